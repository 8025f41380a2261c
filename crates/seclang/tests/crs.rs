//! The Core Rule Set, unchanged, through the parser and the compiler.
//!
//! The rules are not part of this repository: `CRS_DIR` says where they are, and the tests are ignored unless asked for.
//! `cargo xtask test` asks for them where there are rules.

#[path = "support/ordinary.rs"]
mod ordinary;

use std::path::{Path, PathBuf};

use seclang::{AnsweredRequest, Mode, Outcome, RequestHead, RuleSet, Source, Transaction};

fn folder() -> PathBuf {
    std::env::var_os("CRS_DIR").map(PathBuf::from).expect("CRS_DIR names the folder of the Core Rule Set")
}

/// The rules at the paranoia level that their set-up names.
fn compile(folder: &Path) -> RuleSet {
    compile_at(folder, "")
}

/// The rules after these of ours, which may set another level.
fn compile_at(folder: &Path, before: &str) -> RuleSet {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("rules"))
        .expect("the rules folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("UTF-8"))
    };
    let with = |extension: &str| {
        let chosen = files.iter().filter(|path| path.extension().is_some_and(|e| e == extension));
        chosen.map(read).collect::<Vec<_>>()
    };
    let mut texts = vec![read(&folder.join("crs-setup.conf.example"))];
    texts.push(("level.conf".to_owned(), before.to_owned()));
    texts.extend(with("conf"));
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    RuleSet::compile(&sources, &with("data")).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_core_rule_set_is_accepted_whole() {
    let rules = compile(&folder());
    assert!(rules.len() > 500, "{}", rules.len());
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_core_rule_set_refuses_an_attack_and_passes_a_plain_request() {
    let rules = compile(&folder());
    let headers: &[(&str, &[u8])] = &[
        ("Host", b"localhost"),
        ("User-Agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        ("Accept", b"text/html"),
    ];
    let decide = |uri: &str| {
        let mut transaction = Transaction::new(&rules, Mode::Block);
        let head = RequestHead {
            method: "GET",
            uri,
            protocol: "HTTP/1.1",
            headers,
            client_address: "192.0.2.1",
            ..RequestHead::default()
        };
        let mut outcome = transaction.request_head(&head);
        if outcome.interruption().is_none() {
            outcome = transaction.request_body(b"");
        }
        transaction.log();
        (
            outcome.interruption().map(|i| i.status),
            transaction.matches().iter().map(|m| m.rule_id).collect::<Vec<_>>(),
        )
    };
    assert_eq!(decide("/?q=one+piece"), (None, vec![]));
    let (status, ids) = decide("/?q=1%27+UNION+SELECT+password+FROM+users--+");
    assert_eq!(status, Some(403), "{ids:?}");
    assert!(ids.contains(&942_100), "{ids:?}");
    let (status, ids) = decide("/?q=%3Cscript%3Ealert(1)%3C/script%3E");
    assert_eq!(status, Some(403), "{ids:?}");
    assert!(ids.contains(&941_110), "{ids:?}");
}

/// The rules of phases 3 to 5 that a page with this body matches, and whether it is refused: after its request, and by itself.
fn both_ways(rules: &RuleSet, body: &str) -> [(bool, Vec<u64>); 2] {
    let headers: &[(&str, &[u8])] = &[
        ("Host", b"localhost"),
        ("User-Agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        ("Accept", b"text/html"),
    ];
    let mut whole = Transaction::new(rules, Mode::Block);
    let head = RequestHead {
        method: "GET",
        uri: "/series/berserk?page=2",
        protocol: "HTTP/1.1",
        headers,
        client_address: "192.0.2.1",
        ..RequestHead::default()
    };
    assert_eq!(whole.request_head(&head), Outcome::Pass);
    assert_eq!(whole.request_body(b""), Outcome::Pass);
    let mut alone = Transaction::new(rules, Mode::Block);
    alone.answered_request(&AnsweredRequest {
        method: "GET",
        path: "/series/berserk",
        unique_id: "request-1",
    });
    [whole, alone].map(|mut transaction| {
        assert!(transaction.matches().is_empty(), "{:?}", transaction.matches());
        assert_eq!(transaction.response_head(200, &[("Content-Type", b"text/html")]), Outcome::Pass);
        let outcome = transaction.response_body(body.as_bytes());
        transaction.log();
        let ids = transaction.matches().iter().map(|found| found.rule_id).collect();
        (outcome.interruption().is_some(), ids)
    })
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_core_rule_set_finds_the_same_leaks_without_the_request() {
    let rules = compile(&folder());
    assert!(rules.judges_responses() && rules.opens_collections());
    let leaks = [
        (951_000, "<p>ORA-01756: quoted string not properly terminated</p>"),
        (
            951_000,
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version",
        ),
        (
            953_000,
            "<b>Fatal error</b>: Uncaught Error: Call to undefined function mysql_query() in /var/www/index.php on line 3",
        ),
        (950_000, "<title>Index of /backup</title><h1>Index of /backup</h1>"),
    ];
    for (family, body) in leaks {
        let [whole, alone] = both_ways(&rules, body);
        assert_eq!(whole, alone, "{body}");
        assert!(alone.0 && alone.1.iter().any(|id| id / 1_000 * 1_000 == family), "{body}: {:?}", alone.1);
    }
    let page = "<!doctype html><title>Berserk</title><p>Volume 42 is in stock. Error-free since 1989.</p>";
    assert_eq!(both_ways(&rules, page), [(false, vec![]), (false, vec![])]);
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn ordinary_json_of_64_kib_is_never_too_much_work() {
    let level = |level: u8| {
        format!("SecAction \"id:900000,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level={level}\"\n")
    };
    // At the level that most use there is room for twice as much.
    for (paranoia, room) in [(1, 2), (4, 1)] {
        let rules = compile_at(&folder(), &level(paranoia));
        for (name, body) in ordinary::bodies() {
            let headers: &[(&str, &[u8])] =
                &[("Host", b"localhost"), ("Content-Type", b"application/json"), ("Accept", b"*/*")];
            let head = RequestHead {
                method: "POST",
                uri: "/search",
                protocol: "HTTP/1.1",
                headers,
                ..RequestHead::default()
            };
            let mut transaction = Transaction::new(&rules, Mode::Detect);
            let _ = transaction.request_head(&head);
            let _ = transaction.request_body(body.as_bytes());
            let work = transaction.work_bytes();
            assert!(work * room < seclang::limits::WORK_BYTES_MAX, "{name} at level {paranoia}: {work}");
        }
    }
}
