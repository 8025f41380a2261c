//! Development aid: candidates with their evidence, as TSV.
use semantics::eval::parse_queries;
use semantics::faq::{Candidate, FaqBundle, FaqIndex, Thresholds, trials};
use semantics::text::{Language, detect_language};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let bundle = FaqBundle::parse_jsonl(&std::fs::read_to_string(&args[0]).expect("faq")).expect("bundle");
    let index = FaqIndex::build(&bundle, Thresholds::uncalibrated());
    let mut n = 0;
    let mut row = |set: &str, lang: Language, answerable: bool, want: Option<usize>, cs: &[Candidate]| {
        n += 1;
        for c in cs {
            let e = c.evidence;
            println!("{n}\t{set}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", lang.code(), u8::from(answerable), u8::from(want == Some(c.entry)),
                c.entry, e.coverage, e.phrasing_coverage, e.entry_coverage, e.answer_coverage, e.second, e.unknown, e.mass, e.literal,
                u8::from(e.negation_differs), u8::from(e.numbers_differ));
        }
    };
    for language in Language::ALL {
        for t in trials(&index, language) {
            row("lopo", language, !t.unanswerable, Some(t.asked.0), &t.candidates);
        }
    }
    let queries = parse_queries(&std::fs::read_to_string(&args[1]).expect("q")).expect("q");
    for q in &queries {
        let want = q.expect.as_ref().and_then(|id| index.entries().iter().position(|e| e.id == *id));
        row("eval", detect_language(&q.text), want.is_some(), want, &index.candidates(&q.text));
    }
}
