//! The Core Rule Set's own regression tests against the engine itself, at paranoia level 4, detection only.
//!
//! Rules and tests are not part of this repository: `CRS_DIR` says where they are, and the test is ignored unless asked for.
//! `cargo xtask test` asks for it where there are rules.

use std::path::PathBuf;

use ftw::rules::RuleFiles;
use ftw::{Exceptions, Native, Suite, run};
use seclang::Mode;

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_core_rule_set_passes_its_own_tests_but_for_the_exceptions() {
    let folder = std::env::var_os("CRS_DIR").map(PathBuf::from).expect("CRS_DIR names the Core Rule Set");
    let rules =
        RuleFiles::for_tests(&folder, 4).expect("rule files").compile().expect("rules without mistakes");
    let suite = Suite::load(&folder.join("tests")).expect("tests");
    let exceptions = Exceptions::of_core_rule_set().expect("exceptions");
    let report = run(&suite, &mut Native::new(&rules, Mode::Detect), |_| true, |_| {});
    println!("{report}");
    let differences = exceptions.differences(&report);
    assert!(differences.is_empty(), "{report}\n{}", differences.join("\n"));
    assert!(report.passed > 1000, "{report}");
    assert!(report.pass_rate() >= 0.999, "{report}");
}
