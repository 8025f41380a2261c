//! Development aid: how the index does on a FAQ file, against itself and against labelled questions.
//! `cargo run --release --example faq_report -- FAQ [QUERIES] [--wrong] [--missed] [--trials]`
use semantics::eval::{evaluate_language, parse_queries};
use semantics::faq::{Audience, Decision, FaqBundle, FaqIndex, Query, trials};
use semantics::text::{Language, detect_language};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|a| a == flag);
    let files: Vec<&String> = args.iter().filter(|a| !a.starts_with("--")).collect();
    let faq = std::fs::read_to_string(files[0]).expect("the FAQ file");
    let bundle = FaqBundle::parse_jsonl(&faq).expect("a bundle");
    let start = std::time::Instant::now();
    let mut index = FaqIndex::build_calibrated(&bundle);
    if let Some(cut) = args.iter().find_map(|a| a.strip_prefix("--cut=")) {
        let cut = semantics::faq::Cut { answer: cut.parse().expect("a number"), miss: 0.05 };
        index.set_thresholds(semantics::faq::Thresholds { en: cut, ja: cut });
    }
    println!("built and calibrated in {:?}: {:?}", start.elapsed(), index.thresholds());
    for language in Language::ALL {
        let mut all = trials(&index, language);
        all.sort_by(|a, b| b.score().total_cmp(&a.score()));
        let answerable = all.iter().filter(|t| !t.unanswerable).count();
        let first = all.iter().filter(|t| !t.unanswerable && t.is_right()).count();
        print!("{} trials {} rank1 {:.3};", language.code(), all.len(), first as f64 / answerable as f64);
        for goal in [0.80, 0.85, 0.90] {
            let (mut right, mut seen, mut best) = (0.0, 0.0, (0.0, 1.0));
            for t in &all {
                let weight = if t.unanswerable { 0.25 } else { 1.0 };
                seen += weight;
                right += if t.is_right() { 1.0 } else { 0.0 };
                if right >= goal * seen {
                    best = (right, t.score());
                }
            }
            print!(" @{goal}: {:.3} (≥{:.3})", best.0 / answerable as f64, best.1);
        }
        println!();
        if has("--trials") {
            for t in all.iter().filter(|t| !t.is_right() && !t.unanswerable && !t.candidates.is_empty()) {
                println!(
                    "  {:.3} {:?} -> {} / {:?} {:?}",
                    t.score(),
                    index.entries()[t.asked.0].questions[t.asked.1],
                    index.entries()[t.candidates[0].entry].id,
                    index.entries()[t.candidates[0].entry].questions[t.candidates[0].evidence.phrasing],
                    t.candidates[0].evidence
                );
            }
        }
    }
    let Some(file) = files.get(1) else { return };
    let queries = parse_queries(&std::fs::read_to_string(file).expect("the queries")).expect("queries");
    for language in Language::ALL {
        println!("{} {:?}", language.code(), evaluate_language(&index, &queries, language));
        // What the best threshold could reach
        let mut scored = Vec::new();
        let mut loose = index.clone();
        let mut t = *index.thresholds();
        (t.en.answer, t.ja.answer, t.en.miss, t.ja.miss) = (0.0, 0.0, 0.0, 0.0);
        loose.set_thresholds(t);
        let mut answerable = 0;
        let mut rank1 = 0;
        for q in queries.iter().filter(|q| detect_language(&q.text) == language) {
            answerable += usize::from(q.expect.is_some());
            if let Decision::Answer { entry, score, .. } =
                loose.decide(&Query::new(&q.text).from_audience(Audience::Customer))
            {
                let right = Some(&loose.entries()[entry].id) == q.expect.as_ref();
                rank1 += usize::from(right);
                scored.push((score, right));
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        print!("   oracle: rank1 {:.3}", rank1 as f64 / answerable.max(1) as f64);
        for goal in [0.95, 0.97, 0.98, 0.99] {
            let (mut right, mut best) = (0, (0, 1.0));
            for (n, t) in scored.iter().enumerate() {
                right += usize::from(t.1);
                if right as f64 / (n + 1) as f64 >= goal {
                    best = (right, t.0);
                }
            }
            print!(" @{goal}: {:.3} (≥{:.3})", best.0 as f64 / answerable.max(1) as f64, best.1);
        }
        println!();
        for q in queries.iter().filter(|q| detect_language(&q.text) == language) {
            let d = index.decide(&Query::new(&q.text).from_audience(Audience::Customer));
            match d {
                Decision::Answer { entry, score, evidence, .. } => {
                    let e = &index.entries()[entry];
                    if has("--wrong") && q.expect.as_deref() != Some(&e.id) {
                        println!(
                            "  WRONG {score:.3} {:?} want {:?} got {} / {:?} {evidence:?}",
                            q.text, q.expect, e.id, e.questions[evidence.phrasing]
                        );
                    }
                }
                Decision::Unsure { candidates, .. } if q.expect.is_some() && has("--missed") => {
                    let c = &candidates[0];
                    let e = &index.entries()[c.entry];
                    println!(
                        "  UNSURE {} {:.3} {:?} want {:?} got {} / {:?} cov {:.2}/{:.2}",
                        Some(&e.id) == q.expect.as_ref(),
                        c.score,
                        q.text,
                        q.expect,
                        e.id,
                        e.questions[c.evidence.phrasing],
                        c.evidence.coverage,
                        c.evidence.entry_coverage
                    );
                }
                Decision::Miss { reason } if q.expect.is_some() && has("--missed") => {
                    println!("  MISS {reason:?} {:?} want {:?}", q.text, q.expect)
                }
                _ => {}
            }
        }
    }
}
