//! A bank, a telephone company and a library: what is measured on the shop holds for others too. Nothing but the entries is
//! known of them, and their thresholds are their own calibration's. Floors below what was measured, not goals.

use semantics::eval::{Report, evaluate, parse_queries};
use semantics::faq::{FaqBundle, FaqIndex};

fn report(name: &str, faq: &str, queries: &str) -> Report {
    let bundle = FaqBundle::parse_jsonl(faq).expect("the fixture is a bundle");
    let queries = parse_queries(queries).expect("labelled questions");
    let report = evaluate(&FaqIndex::build_calibrated(&bundle), &queries);
    eprintln!("{name}: {report:?}");
    report
}

#[test]
fn a_bank_is_answered_rightly() {
    let report =
        report("bank", include_str!("fixtures/bank.jsonl"), include_str!("fixtures/bank.queries.jsonl"));
    assert!(report.precision >= 0.90 && report.coverage >= 0.20, "{report:?}");
}

#[test]
fn a_telephone_company_is_answered_rightly() {
    let report = report(
        "telecom",
        include_str!("fixtures/telecom.jsonl"),
        include_str!("fixtures/telecom.queries.jsonl"),
    );
    assert!(report.precision >= 0.92 && report.coverage >= 0.20, "{report:?}");
}

#[test]
fn a_library_is_answered_rightly() {
    let report = report(
        "library",
        include_str!("fixtures/library.jsonl"),
        include_str!("fixtures/library.queries.jsonl"),
    );
    assert!(report.precision >= 0.92, "{report:?}");
}
