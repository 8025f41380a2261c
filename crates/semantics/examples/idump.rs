//! dev: intent mismatch of each query and LOPO trial against its best candidates
use semantics::eval::parse_queries;
use semantics::faq::{FaqBundle, FaqIndex, Thresholds, trials};
use semantics::intent::IntentModel;
use semantics::text::Language;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let bundle = FaqBundle::parse_jsonl(&std::fs::read_to_string(&args[0]).expect("faq")).expect("bundle");
    let index = FaqIndex::build(&bundle, Thresholds::uncalibrated());
    let model = IntentModel::new();
    let probs: Vec<Vec<[f32; 9]>> = bundle.entries().iter().map(|e| e.questions.iter().map(|q| model.probabilities(q)).collect()).collect();
    let mut n = 0;
    let mut row = |text: &str, skip: Option<(usize, usize)>, cs: &[semantics::faq::Candidate]| {
        n += 1;
        let p = model.probabilities(text);
        for c in cs {
            let mut max = [0.0_f32; 9];
            for (k, q) in probs[c.entry].iter().enumerate() {
                if skip == Some((c.entry, k)) { continue; }
                for i in 0..9 { max[i] = max[i].max(q[i]); }
            }
            let mis: f32 = (1..9).map(|i| (p[i] - max[i]).max(0.0)).sum();
            println!("{n}\t{}\t{mis}\t{}", c.entry, p[0]);
        }
    };
    for language in Language::ALL {
        for t in trials(&index, language) {
            row(&index.entries()[t.asked.0].questions[t.asked.1], Some(t.asked), &t.candidates);
        }
    }
    for q in &parse_queries(&std::fs::read_to_string(&args[1]).expect("q")).expect("q") {
        row(&q.text, None, &index.candidates(&q.text));
    }
}
