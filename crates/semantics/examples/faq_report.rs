//! How an index does on a FAQ file, by words and (given vectors) by meaning, beside what the best thresholds could reach:
//! `cargo run --release -p semantics --example faq_report -- FAQ [QUERIES] [--vectors FILE] [--wrong] [--missed]`
//!
//! A file of vectors is what a development aid writes: the number of dimensions, then for every text its length in bytes, the
//! text, and the numbers; all little-endian `u32` and `f32`.
use std::collections::HashMap;

use semantics::eval::{Labelled, Report, parse_queries};
use semantics::faq::{Audience, Decision, FaqBundle, FaqIndex, MeaningThresholds, Query, Vectors};
use semantics::text::{Language, detect_language};

type Known = HashMap<String, Vec<f32>>;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|a| a == flag);
    let vectors = args.iter().position(|a| a == "--vectors").map(|at| read_vectors(&args[at + 1]));
    let files: Vec<&String> = args
        .iter()
        .enumerate()
        .filter(|(i, a)| !a.starts_with("--") && (*i == 0 || args[i - 1] != "--vectors"))
        .map(|(_, a)| a)
        .collect();
    let bundle =
        FaqBundle::parse_jsonl(&std::fs::read_to_string(files[0]).expect("the FAQ file")).expect("a bundle");
    let start = std::time::Instant::now();
    let mut index = FaqIndex::build_calibrated(&bundle);
    println!("built and calibrated in {:?}: {:?}", start.elapsed(), index.thresholds());
    if let Some(known) = &vectors {
        let start = std::time::Instant::now();
        add_vectors(&mut index, known);
        println!("calibrated meaning in {:?}: {:?}", start.elapsed(), index.meaning());
    }
    let Some(file) = files.get(1) else { return };
    let queries = parse_queries(&std::fs::read_to_string(file).expect("the queries")).expect("queries");
    for language in Language::ALL {
        let queries: Vec<&Labelled> =
            queries.iter().filter(|q| detect_language(&q.text) == language).collect();
        if queries.is_empty() {
            continue;
        }
        println!("{} by words:   {}", language.code(), measure(&index, &queries, None, has("--wrong")));
        let mut loose = index.clone();
        let mut thresholds = *loose.thresholds();
        (thresholds.en.answer, thresholds.ja.answer, thresholds.en.miss, thresholds.ja.miss) =
            (0.0, 0.0, 0.0, 0.0);
        loose.set_thresholds(thresholds);
        println!("              best thresholds: {}", best(&loose, &queries, None));
        let Some(known) = vectors.as_ref().filter(|_| index.asks(language)) else { continue };
        println!(
            "{} by meaning: {}",
            language.code(),
            measure(&index, &queries, Some(known), has("--wrong"))
        );
        let mut loose = index.clone();
        let mut meaning = *loose.meaning();
        for cut in [&mut meaning.en, &mut meaning.ja].into_iter().flatten() {
            (cut.sure, cut.ask, cut.answer) = (2.0, 0.0, f32::MIN);
        }
        loose.set_meaning(meaning);
        println!("              best thresholds: {}", best(&loose, &queries, Some(known)));
        if has("--missed") {
            missed(&index, &queries, known);
        }
    }
}

fn decide(index: &FaqIndex, text: &str, known: Option<&Known>) -> (Decision, bool) {
    let query = Query::new(text).from_audience(Audience::Customer);
    let Some(known) = known else { return (index.decide_by_words(&query), false) };
    match index.decide(&query) {
        Decision::Unsure { language, .. } if index.asks(language) => {
            (index.decide_with_vector(&query, &known[text]), true)
        }
        decision => (decision, false),
    }
}

fn measure(index: &FaqIndex, queries: &[&Labelled], known: Option<&Known>, show_wrong: bool) -> String {
    let (mut report, mut asked) = (Report::default(), 0);
    for query in queries {
        let (decision, asks) = decide(index, &query.text, known);
        asked += usize::from(asks);
        let answered = match &decision {
            Decision::Answer { entry, .. } => Some(index.entries()[*entry].id.as_str()),
            _ => None,
        };
        report.count(query.expect.as_deref(), answered);
        if show_wrong && answered.is_some() && answered != query.expect.as_deref() {
            println!("  WRONG {:?} want {:?} got {decision:?} {answered:?}", query.text, query.expect);
        }
    }
    format!(
        "n {} answered {} wrong {} precision {:.3} coverage {:.3} asked {:.3}",
        report.n,
        report.answered,
        report.wrong,
        report.precision,
        report.coverage,
        asked as f64 / report.n as f64
    )
}

/// What the best threshold could reach, at several precisions.
fn best(loose: &FaqIndex, queries: &[&Labelled], known: Option<&Known>) -> String {
    let answerable = queries.iter().filter(|q| q.expect.is_some()).count();
    let mut scored: Vec<(f32, bool)> = queries
        .iter()
        .filter_map(|query| match decide(loose, &query.text, known).0 {
            Decision::Answer { entry, score, .. } => {
                Some((score, Some(&loose.entries()[entry].id) == query.expect.as_ref()))
            }
            _ => None,
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    [0.95, 0.97, 0.98]
        .map(|goal| {
            let (mut right, mut best) = (0, (0, 1.0));
            for (n, t) in scored.iter().enumerate() {
                right += usize::from(t.1);
                if right as f64 / (n + 1) as f64 >= goal {
                    best = (right, t.0);
                }
            }
            format!("@{goal}: {:.3} (≥{:.3})", best.0 as f64 / answerable.max(1) as f64, best.1)
        })
        .join(" ")
}

fn missed(index: &FaqIndex, queries: &[&Labelled], known: &Known) {
    for query in queries.iter().filter(|q| q.expect.is_some()) {
        let (decision, asked) = decide(index, &query.text, Some(known));
        if !matches!(decision, Decision::Answer { .. }) {
            let decision = format!("{decision:?}");
            println!("  MISSED asked {asked} {:?} want {:?} {:.120}", query.text, query.expect, decision);
        }
    }
}

fn add_vectors(index: &mut FaqIndex, known: &Known) {
    let dimensions = known.values().next().expect("a vector").len();
    let mut vectors = Vectors::new("all-MiniLM-L6-v2", dimensions).expect("a model");
    let questions = index.entries().iter().flat_map(|e| &e.questions);
    for (phrasing, question) in (0..).zip(questions) {
        if detect_language(question) == Language::En {
            vectors.push(phrasing, &known[question]).expect("a vector");
        }
    }
    index.set_vectors(vectors, MeaningThresholds::default()).expect("vectors of the bundle");
    index.calibrate_meaning(&|text| known.get(text).cloned());
}

fn read_vectors(file: &str) -> Known {
    let bytes = std::fs::read(file).expect("the vectors");
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let (dimensions, mut at, mut out) = (number(0), 4, Known::new());
    while at < bytes.len() {
        let len = number(at);
        at += 4;
        let text = String::from_utf8(bytes[at..at + len].to_vec()).expect("UTF-8");
        at += len;
        let numbers = bytes[at..at + 4 * dimensions].chunks_exact(4);
        out.insert(text, numbers.map(|n| f32::from_le_bytes(n.try_into().expect("four bytes"))).collect());
        at += 4 * dimensions;
    }
    out
}
