//! Compressed bodies: what is in them is inspected, and what cannot be is a decision that rules see.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use seclang::{Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction};

mod support;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// What compresses a body.
type Pack = fn(&[u8]) -> Vec<u8>;

/// Posts to the shop; the status of a refusal and the rules that matched.
fn post(uri: &str, encoding: &str, body: &[u8]) -> (Option<u16>, Vec<u64>) {
    let rules = support::ours();
    let length = body.len().to_string();
    let headers: &[(&str, &[u8])] = &[
        ("Host", b"shop.example.com"),
        ("Content-Type", b"application/json"),
        ("Content-Encoding", encoding.as_bytes()),
        ("Content-Length", length.as_bytes()),
    ];
    let mut transaction = Transaction::new(&rules, Mode::Block);
    let head = RequestHead { method: "POST", uri, protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let mut outcome = transaction.request_head(&head);
    if outcome.interruption().is_none() {
        outcome = transaction.request_body(body);
    }
    let status = outcome.interruption().map(|interruption| interruption.status);
    (status, transaction.matches().iter().map(|found| found.rule_id).collect())
}

const ATTACK: &[u8] = br#"{"name":"x","note":"<script>alert(1)</script>"}"#;
const INNOCENT: &[u8] = br#"{"name":"x","note":"Which volume has the Enies Lobby arc?"}"#;

#[test]
fn an_attack_in_a_compressed_body_is_refused_and_an_innocent_body_passes() {
    let cases: [(&str, Pack); 5] = [
        ("gzip", gzip),
        ("x-gzip", gzip),
        ("deflate", zlib),
        ("gzip, deflate", |bytes| zlib(&gzip(bytes))),
        ("identity", <[u8]>::to_vec),
    ];
    for (encoding, pack) in cases {
        let (status, ids) = post("/api/cart", encoding, &pack(ATTACK));
        assert!(status == Some(403) && ids.contains(&1_000_221), "{encoding}: {status:?} {ids:?}");
        assert_eq!(post("/api/cart", encoding, &pack(INNOCENT)), (None, vec![]), "{encoding}");
    }
}

#[test]
fn what_cannot_be_inflated_is_refused_wherever_it_is_posted() {
    let bomb = gzip(&vec![b' '; 40 * 1024 * 1024]);
    let cut = gzip(INNOCENT);
    let cut = &cut[..cut.len() - 6];
    for (encoding, body) in [
        ("gzip", bomb.as_slice()),
        ("gzip, gzip", gzip(&bomb).as_slice()),
        ("gzip", cut),
        ("deflate", INNOCENT),
        ("gzip", INNOCENT),
    ] {
        for uri in ["/api/cart", "/v1/chat/messages"] {
            let (status, ids) = post(uri, encoding, body);
            assert!(
                status == Some(400) && ids.iter().any(|id| matches!(id, 1_000_134 | 1_000_137)),
                "{encoding} {uri}: {status:?} {ids:?}"
            );
        }
    }
    for encoding in ["br", "zstd", "compress", "gzip, gzip, gzip", "gzip;q=1"] {
        let (status, ids) = post("/api/cart", encoding, INNOCENT);
        assert!(status == Some(415) && ids.contains(&1_000_130), "{encoding}: {status:?} {ids:?}");
    }
}

/// The request phases of a plain request, and the response with this body; the status of a refusal.
fn respond(rules: &RuleSet, encoding: &str, body: &[u8]) -> Option<u16> {
    let mut transaction = Transaction::new(rules, Mode::Block);
    let request: &[(&str, &[u8])] = &[("Host", b"shop.example.com")];
    let head = RequestHead {
        method: "GET",
        uri: "/",
        protocol: "HTTP/1.1",
        headers: request,
        ..RequestHead::default()
    };
    assert!(transaction.request_head(&head).interruption().is_none());
    assert!(transaction.request_body(b"").interruption().is_none());
    let headers: &[(&str, &[u8])] =
        &[("Content-Type", b"text/html"), ("Content-Encoding", encoding.as_bytes())];
    assert!(transaction.response_head(200, headers).interruption().is_none());
    transaction.response_body(body).interruption().map(|interruption| interruption.status)
}

#[test]
fn a_compressed_response_is_inspected_inflated() {
    let text = r#"SecRule RESPONSE_BODY "@contains ORA-01756" "id:1,phase:4,deny,status:500""#;
    let rules = RuleSet::compile(&[Source { name: "t.conf", text }], &NoDataFiles).expect("a rule");
    let page = b"<p>ORA-01756: quoted string not properly terminated</p>";
    assert_eq!(respond(&rules, "gzip", &gzip(page)), Some(500));
    assert_eq!(respond(&rules, "deflate", &zlib(page)), Some(500));
    assert_eq!(respond(&rules, "gzip", &gzip(b"<p>fine</p>")), None);
}

#[test]
fn a_response_that_cannot_be_inflated_is_an_inspection_error_that_our_rules_refuse() {
    let ours = support::ours();
    assert_eq!(respond(&ours, "gzip", &gzip(b"<p>fine</p>")), None);
    assert_eq!(respond(&ours, "gzip", b"<p>no gzip</p>"), Some(502));
    assert_eq!(respond(&ours, "br", b"whatever it is"), Some(502));
    assert_eq!(respond(&ours, "gzip", &gzip(&vec![0; 40 * 1024 * 1024])), Some(502));
}
