//! dev
use semantics::faq::Signature;
use semantics::lexical::{Concepts, Slots, Speller};
use semantics::text::{normalise, tokens, detect_language};
use std::time::Instant;
fn main() {
    let qs: Vec<String> = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap().lines().map(|l| semantics::eval::parse_queries(l).unwrap()[0].text.clone()).collect();
    let c = Concepts::new(); let forms = semantics::faq::Forms::new();
    let sp = Speller::new(c.words().iter().map(|w| (w.clone(), 0)).collect());
    let n = 20;
    for ja in [false, true] {
        let qs: Vec<&String> = qs.iter().filter(|q| (detect_language(q) == semantics::text::Language::Ja) == ja).collect();
        let t = |name: &str, f: &mut dyn FnMut(&str)| { let mut best = f64::MAX; for _ in 0..n { let s = Instant::now(); for q in &qs { f(q); } best = best.min(s.elapsed().as_secs_f64() * 1e6 / qs.len() as f64); } println!("{ja} {name} {best:.2} µs"); };
        t("normalise", &mut |q| { std::hint::black_box(normalise(q)); });
        let norm: Vec<String> = qs.iter().map(|q| normalise(q)).collect();
        let _ = &norm;
        t("tokens", &mut |q| { std::hint::black_box(tokens(&normalise(q))); });
        t("signature", &mut |q| { std::hint::black_box(Signature::of(&normalise(q), &forms)); });
        t("slots", &mut |q| { std::hint::black_box(Slots::of(&normalise(q), &c, None)); });
        t("slots+spell", &mut |q| { std::hint::black_box(Slots::of(&normalise(q), &c, Some(&sp))); });
    }
}
