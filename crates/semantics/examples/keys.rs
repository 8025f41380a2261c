//! dev
use semantics::eval::parse_queries;
use semantics::faq::FaqBundle;
use semantics::lexical::{Concepts, Slots, Speller};
use semantics::text::{detect_language, normalise};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let bundle = FaqBundle::parse_jsonl(&std::fs::read_to_string(&args[0]).expect("faq")).expect("bundle");
    let concepts = Concepts::new();
    let words = concepts.words().iter().map(|w| (w.clone(), 1)).collect();
    let speller = Speller::new(words);
    let print = |set: &str, class: usize, text: &str, spell: bool| {
        let normal = normalise(text);
        let slots = Slots::of(&normal, &concepts, spell.then_some(&speller));
        let keys: Vec<String> = slots.slots.iter().flat_map(|s| {
            std::iter::once(format!("{:x}:{}", s.literal, s.factor)).chain(s.concepts().iter().map(move |c| format!("c{c:x}:{}", s.factor)))
        }).collect();
        println!("{set}\t{}\t{class}\t{}", detect_language(text).code(), keys.join(" "));
    };
    for (i, e) in bundle.entries().iter().enumerate() {
        for q in &e.questions { print("p", i, q, false); }
        for a in [&e.answer.en, &e.answer.ja].into_iter().flatten() {
            for s in a.split_inclusive(['.', '。']) { print("a", i, s, false); }
        }
    }
    for q in parse_queries(&std::fs::read_to_string(&args[1]).expect("q")).expect("q") {
        let want = q.expect.and_then(|id| bundle.entries().iter().position(|e| e.id == id)).unwrap_or(9999);
        print("q", want, &q.text, true);
    }
}
