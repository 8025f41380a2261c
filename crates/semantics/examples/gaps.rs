//! dev: words of the FAQ's phrasings and answers that have no concept
use semantics::faq::FaqBundle; use semantics::lexical::{Concepts, Slots}; use semantics::text::normalise;
use std::collections::BTreeMap;
fn main() {
    let b = FaqBundle::parse_jsonl(&std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap()).unwrap();
    let c = Concepts::new();
    let mut m: BTreeMap<String, usize> = BTreeMap::new();
    for e in b.entries() { for q in &e.questions {
        let n = normalise(q); let s = Slots::of(&n, &c, None);
        for x in &s.slots { if x.concepts().is_empty() && x.factor > 0.5 && !s.stem(x).is_empty() { *m.entry(s.stem(x).to_owned()).or_default() += 1; } }
        if !q.is_ascii() {
            let chars: Vec<char> = n.chars().map(semantics::text::fold_kana).collect(); let mut i = 0; let mut run = String::new();
            while i <= chars.len() {
                let hit = if i < chars.len() { c.longest_japanese(&chars[i..]) } else { Some((1, &[][..])) };
                let sep = i < chars.len() && !chars[i].is_alphanumeric();
                if let Some((l, _)) = hit { if run.chars().count() >= 1 && run.chars().any(|c| c as u32 > 0x4e00) { *m.entry(run.clone()).or_default() += 1; } run.clear(); i += l; } else if sep { if run.chars().any(|c| c as u32 > 0x4e00) { *m.entry(run.clone()).or_default() += 1; } run.clear(); i += 1 } else { run.push(chars[i]); i += 1; }
            }
        }
    } }
    let mut v: Vec<_> = m.into_iter().collect(); v.sort_by(|a, b| b.1.cmp(&a.1));
    println!("{}", v.iter().filter(|x| x.1 >= 1).map(|(w, n)| format!("{w}:{n}")).collect::<Vec<_>>().join(" "));
}
