//! What no edge would send: each gets a problem document, and the next call works.

use chat::internal::{INTERNAL_HEADER, TURNS};
use identity::keyring::Keyring;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Origin, Setup, read, turn};

#[tokio::test]
async fn a_call_without_a_header_that_counts_is_unauthorized() {
    let mut origin = Origin::start();
    let url = format!("http://{}{TURNS}", origin.at);
    let body = serde_json::to_string(&turn("hello")).unwrap();
    let genuine = origin.guest("s").header("POST", TURNS);
    let other_path = origin.guest("s").header("POST", "/internal/v1/feedback");
    let other_method = origin.guest("s").header("GET", TURNS);
    let mut forged = genuine.clone();
    forged.replace_range(forged.len() - 2.., if forged.ends_with("AA") { "BB" } else { "AA" });
    let ours = std::mem::replace(&mut origin.keys, Keyring::default().with_secret("k", &[7; 32]).unwrap());
    let other_key = origin.guest("s").header("POST", TURNS);
    origin.keys = Keyring::default().with_secret("unknown", &[7; 32]).unwrap();
    origin.keys = ours;
    for header in [&other_path, &other_method, &forged, &other_key, "", "v1.k.e30.AAAA", &"x".repeat(5_000)] {
        let request = origin.http.post(&url).header(INTERNAL_HEADER, header).body(body.clone());
        let reply = read(request).await;
        assert_eq!((reply.status, reply.code()), (401, "unauthorized"), "{header}");
    }
    let none = read(origin.http.post(&url).body(body.clone())).await;
    assert_eq!(none.code(), "unauthorized");
    let twice =
        origin.http.post(&url).header(INTERNAL_HEADER, &genuine).header(INTERNAL_HEADER, &genuine).body(body);
    assert_eq!(read(twice).await.code(), "unauthorized");
    assert_eq!(origin.guest("s").turn(&turn("hello")).await.status, 200);
}

#[tokio::test]
async fn an_expired_header_is_unauthorized() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let late = shopper.request("POST", TURNS).body(serde_json::to_string(&turn("hello")).unwrap());
    origin.clock.advance(66_000);
    let reply = read(late).await;
    assert_eq!(reply.code(), "unauthorized");
    assert!(reply.problem().detail.contains("expired"));
}

#[tokio::test]
async fn a_header_covers_the_query() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let url = format!("http://{}/internal/v1/history?limit=1", origin.at);
    let header = shopper.header("GET", "/internal/v1/history");
    assert_eq!(read(origin.http.get(url).header(INTERNAL_HEADER, header)).await.code(), "unauthorized");
}

#[tokio::test]
async fn a_body_that_is_no_turn_is_refused_by_what_is_wrong_with_it() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let id = "7f0c1c9e-2f5a-4a53-9f0e-2b6f0d6f8a11";
    let long = format!(r#"{{"id":"{id}","language":"en","text":"{}"}}"#, "あ".repeat(4_001));
    for (body, status, code) in [
        ("", 400, "malformed"),
        ("{", 400, "malformed"),
        ("\u{0}", 400, "malformed"),
        ("[]", 422, "invalid"),
        ("{}", 422, "invalid"),
        (&format!(r#"{{"id":"{id}","language":"en"}}"#), 422, "invalid"),
        (&format!(r#"{{"id":"{id}","language":"xx","text":"secret"}}"#), 422, "invalid"),
        (&format!(r#"{{"id":"{id}","language":"en","text":7}}"#), 422, "invalid"),
        (&format!(r#"{{"id":"{id}","language":"en","text":" \n "}}"#), 422, "invalid"),
        (r#"{"id":"nobody","language":"en","text":"secret"}"#, 422, "invalid"),
        (&long, 422, "invalid"),
    ] {
        let reply = read(shopper.request("POST", TURNS).body(body.to_owned())).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{body}");
        assert!(!reply.body.contains("secret"), "{}", reply.body);
    }
    let not_utf8 = read(shopper.request("POST", TURNS).body(b"{\"text\":\"\xff\"}".to_vec())).await;
    assert_eq!(not_utf8.code(), "malformed");
    let form = shopper.request("POST", TURNS).header("content-type", "text/plain").body("{}");
    assert_eq!(read(form).await.code(), "unsupported_media_type");
    assert_eq!(shopper.turn(&turn("hello")).await.status, 200);
}

#[tokio::test]
async fn a_text_of_the_greatest_length_is_answered() {
    let origin = Origin::start();
    for text in ["あ".repeat(4_000), "horror ".repeat(571), "(".repeat(4_000)] {
        assert!(!origin.guest("s").ask(&text).await.text.is_empty());
    }
}

#[tokio::test]
async fn a_body_over_its_bound_is_too_large() {
    let origin = Setup::default().settings("limits.body_bytes_max = 2048").start();
    let shopper = origin.guest("s");
    let reply = read(shopper.request("POST", TURNS).body("x".repeat(3_000))).await;
    assert_eq!((reply.status, reply.code()), (413, "too_large"));
    let mut many = turn("hello");
    many.preceding = vec![crate::harness::exchange("a", "b", "c"); 3];
    many.preceding.iter_mut().for_each(|exchange| exchange.citations.clear());
    assert_eq!(shopper.turn(&many).await.status, 200);
}

#[tokio::test]
async fn too_many_preceding_exchanges_are_invalid() {
    let origin = Origin::start();
    let mut many = turn("hello");
    many.preceding = vec![crate::harness::exchange("a", "b", "c"); 21];
    assert_eq!(origin.guest("s").turn(&many).await.code(), "invalid");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_times_out() {
    let origin = Setup::default().settings("timeouts.body_ms = 50").start();
    let shopper = origin.guest("s");
    let mut socket = tokio::net::TcpStream::connect(origin.at).await.unwrap();
    let head = format!(
        "POST {TURNS} HTTP/1.1\r\nhost: o\r\n{INTERNAL_HEADER}: {}\r\ncontent-length: 100\r\n\r\n{{",
        shopper.header("POST", TURNS)
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut reply = [0; 12];
    socket.read_exact(&mut reply).await.unwrap();
    assert_eq!(&reply, b"HTTP/1.1 408");
    assert_eq!(shopper.turn(&turn("hello")).await.status, 200);
}

#[tokio::test]
async fn other_paths_and_methods_are_problems_too() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    assert_eq!(shopper.get("/internal/v2/turns").await.code(), "not_found");
    assert_eq!(shopper.get(TURNS).await.code(), "method_not_allowed");
    assert_eq!(shopper.get("/internal/v1/history?limit=0").await.code(), "invalid");
    assert_eq!(shopper.get("/internal/v1/history?before=yesterday").await.code(), "invalid");
    assert_eq!(shopper.get("/internal/v1/history?page=2").await.code(), "invalid");
    assert_eq!(shopper.post("/internal/v1/session/upgrade", &json!({})).await.code(), "invalid");
}
