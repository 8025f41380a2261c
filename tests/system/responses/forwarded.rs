//! Pages of the site whose bodies a filter reads: held back until they are whole, and sent on as they came. What nobody judges streams.

use chat::Code;
use reqwest::{Method, Response};
use serde_json::json;

use super::SLOT;
use crate::demo_site::settings_of;
use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{Connection, FakeOrigin, Shop, Step, in_time, refused};

/// A page of the site.
const PAGE: &str = "/series/monster";
const BODY: &str = "<h1>Monster</h1>\n";
const FORM: &str = "name=Naoko+Ito";
/// Most bytes that are held back.
const HELD_BYTES_MAX: usize = 512 * 1024;

fn site() -> FakeOrigin {
    FakeOrigin::answering(&["never asked"])
}

/// A shop with this site, whose filter tells what it sees of a response. The site may be silent for so long.
async fn shop_waiting(site: &FakeOrigin, read_ms: i64) -> Shop {
    let mut settings = settings_of(site.address());
    settings.insert("read_ms".into(), read_ms.into());
    let sees = misbehave(&json!({ "on_response": "see" }));
    Shop::open().setting("site", settings).with_slot(config(SLOT), sees).await
}

/// The same with a site that may be silent for longer than a test takes.
async fn shop(site: &FakeOrigin) -> Shop {
    shop_waiting(site, 60_000).await
}

/// What the filter says of a page of which it saw this much.
fn seen(status: u16, body: &str) -> String {
    format!("{PAGE} {status} {body} body, 0 earlier")
}

/// A reply as it is written, with these lines in its head.
fn raw(status: &str, lines: &str, body: &str) -> Step {
    Step::Raw(format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\n{lines}\r\n{body}").into_bytes())
}

/// The page with its length.
fn page() -> Step {
    raw("200 OK", &format!("content-length: {}\r\n", BODY.len()), BODY)
}

fn request(shop: &Shop, method: &str, lines: &str) -> String {
    format!("{method} {PAGE} HTTP/1.1\r\nhost: {}\r\n{lines}\r\n", shop.http)
}

/// The head of the reply; its body is still to be read.
async fn begun(shop: &Shop) -> Response {
    let request = shop.stranger().request(Method::GET, PAGE);
    in_time("the head", request.send()).await.expect("the edge answers")
}

/// So many bytes of a body.
async fn read(response: &mut Response, bytes: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < bytes {
        let chunk = in_time("more of the body", response.chunk()).await.expect("it goes on");
        body.extend_from_slice(&chunk.expect("it is not over"));
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_seen_whole_and_arrives_as_it_was() {
    let site = site();
    let cookies = "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n";
    let length = format!("Content-Length: {}\r\n", BODY.len());
    site.reply(PAGE, vec![raw("200 OK", &format!("{cookies}{length}"), BODY)]);
    let shop = shop(&site).await;
    let mut connection = Connection::to(shop.http).await;
    for _ in 0..2 {
        let reply = connection.write(request(&shop, "GET", "")).await.reply().await;
        assert_eq!((reply.status, reply.body.as_str()), (200, BODY));
        assert_eq!(reply.header("x-seen"), Some(seen(200, "17").as_str()));
        assert!(reply.header("x-request-id").is_some(), "{}", reply.head);
        let cookies: Vec<&str> =
            reply.head.lines().filter_map(|line| line.split_once(": ")).map(|(_, value)| value).collect();
        assert!(cookies.contains(&"a=1; Path=/") && cookies.contains(&"b=2"), "{}", reply.head);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_arrives_however_the_site_frames_it() {
    let site = site();
    let shop = shop(&site).await;
    let (first, second) = BODY.split_at(5);
    let chunked = vec![Step::Head(200, "text/html"), Step::Bytes(first.into()), Step::Bytes(second.into())];
    let until_closed = vec![raw("200 OK", "", BODY), Step::Cut];
    let hinted = vec![Step::Raw(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n".to_vec()), page()];
    for steps in [chunked, until_closed, hinted] {
        site.reply(PAGE, steps);
        let reply = shop.stranger().get(PAGE).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, BODY));
        assert_eq!(reply.header("x-seen"), seen(200, "17"));
    }
    site.reply(PAGE, vec![raw("200 OK", "content-length: 0\r\n", "")]);
    assert_eq!(shop.stranger().get(PAGE).await.header("x-seen"), seen(200, "0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_text_is_sent_on_as_it_comes() {
    let site = site();
    let shop = shop(&site).await;
    for media in ["image/png", "application/pdf", "text/event-stream"] {
        let (first, second) = (Step::Bytes(b"first".to_vec()), Step::Bytes(b"second".to_vec()));
        site.reply(PAGE, vec![Step::Head(200, media), first, Step::Gate, second]);
        let mut response = begun(&shop).await;
        assert_eq!(response.headers()["x-seen"], seen(200, "no"), "{media}");
        assert_eq!(read(&mut response, 5).await, b"first", "{media}");
        site.let_one_go_on();
        assert_eq!(read(&mut response, 6).await, b"second", "{media}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_large_page_the_beginning_is_held_back_and_the_rest_is_sent_on_as_it_comes() {
    const FIRST: usize = HELD_BYTES_MAX + 100_000;
    let site = site();
    let shop = shop(&site).await;
    let first = Step::Bytes(vec![b'x'; FIRST]);
    site.reply(PAGE, vec![Step::Head(200, "text/html"), first, Step::Gate, Step::Bytes(BODY.into())]);
    let mut response = begun(&shop).await;
    let seen = response.headers()["x-seen"].to_str().expect("it is ASCII").to_owned();
    let held: usize = seen.split(' ').nth(2).and_then(|bytes| bytes.parse().ok()).expect("it saw a body");
    assert!((HELD_BYTES_MAX..FIRST).contains(&held), "{seen}");
    assert!(read(&mut response, FIRST).await.iter().all(|byte| *byte == b'x'));
    site.let_one_go_on();
    assert_eq!(read(&mut response, BODY.len()).await, BODY.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_body_is_seen_without_one() {
    let site = site();
    let shop = shop(&site).await;
    let mut connection = Connection::to(shop.http).await;
    site.reply(PAGE, vec![raw("200 OK", "content-length: 17\r\n", "")]);
    let head = connection.write(request(&shop, "HEAD", "")).await.head().await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("17")), "{}", head.head);
    assert_eq!(head.header("x-seen"), Some(seen(200, "no").as_str()));

    site.reply(PAGE, vec![raw("304 Not Modified", "etag: \"1\"\r\n", "")]);
    let lines = "if-none-match: \"1\"\r\n";
    let known = connection.write(request(&shop, "GET", lines)).await.head().await;
    assert_eq!((known.status, known.header("etag")), (304, Some("\"1\"")));
    assert_eq!((known.header("content-length"), known.header("transfer-encoding")), (None, None));
    assert_eq!(known.header("x-seen"), Some(seen(304, "no").as_str()));

    site.reply(PAGE, vec![page()]);
    let page = connection.write(request(&shop, "GET", "")).await.reply().await;
    assert_eq!((page.status, page.body.as_str()), (200, BODY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_stalls_is_told_of_in_time() {
    let site = site();
    let shop = shop_waiting(&site, 500).await;
    let in_head = vec![Step::Raw(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()), Step::Stall];
    let in_body = vec![Step::Head(200, "text/html"), Step::Bytes(BODY.into()), Step::Stall];
    for steps in [vec![Step::Stall], in_head, in_body] {
        site.reply(PAGE, steps);
        refused(&shop.stranger().get(PAGE).await, Code::OriginTimeout);
    }
    site.hung_up_on(3).await;
    assert_eq!(shop.metric("edge_requests_total{route=\"page\",status=\"504\"}").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_breaks_off_or_lies_is_told_of_and_the_next_page_comes() {
    let site = site();
    let shop = shop(&site).await;
    let begun = || vec![Step::Head(200, "text/html"), Step::Bytes(BODY.into())];
    let too_long = format!("content-length: {}\r\n", BODY.len() + 1);
    let too_many = "x-a: b\r\n".repeat(300);
    let broken = [
        vec![Step::Reset],
        vec![Step::Cut],
        [begun(), vec![Step::Reset]].concat(),
        [begun(), vec![Step::Cut]].concat(),
        vec![raw("200 OK", &too_long, BODY), Step::Cut],
        vec![raw("200 OK", "content-length: 1\r\ncontent-length: 2\r\n", BODY), Step::Cut],
        vec![raw("200 OK", &too_many, BODY), Step::Cut],
        vec![raw("200 OK", "transfer-encoding: chunked\r\n", "no chunk\r\n"), Step::Cut],
        vec![raw("101 Switching Protocols", "connection: upgrade\r\nupgrade: foo\r\n", ""), Step::Cut],
        vec![Step::Raw(b"This is no HTTP.\r\n\r\n".to_vec()), Step::Cut],
    ];
    for steps in broken {
        site.reply(PAGE, steps.clone());
        let reply = shop.stranger().get(PAGE).await;
        assert_eq!((reply.status, reply.problem().code), (502, Code::BadGateway), "{steps:?}");
        site.reply(PAGE, vec![page()]);
        assert_eq!(shop.stranger().get(PAGE).await.body, BODY, "after {steps:?}");
    }
    site.go_down().await;
    refused(&shop.stranger().get(PAGE).await, Code::OriginDown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_waits_for_any_more_is_not_held_back() {
    let site = site();
    site.reply(PAGE, vec![Step::Head(200, "text/html"), Step::Bytes(BODY.into()), Step::Stall]);
    let shop = shop(&site).await;
    let mut connection = Connection::to(shop.http).await;
    connection.write(request(&shop, "GET", "")).await;
    site.call(PAGE, 1).await;
    drop(connection);
    site.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_reaches_the_site_with_its_body_and_without_what_is_for_one_connection() {
    let site = site();
    site.reply(PAGE, vec![page()]);
    let shop = shop(&site).await;
    let (start, end) = FORM.split_at(4);
    let lines = "user-agent: Mozilla/5.0\r\naccept: */*\r\ncookie: a=b\r\nconnection: keep-alive, hop\r\n\
                 hop: 1\r\nx-forwarded-for: 192.0.2.1\r\naccept-encoding: br\r\nrange: bytes=0-1,3-4\r\n\
                 content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n";
    let chunks = format!("{:x}\r\n{start}\r\n{:x}\r\n{end}\r\n0\r\n\r\n", start.len(), end.len());
    let mut connection = Connection::to(shop.http).await;
    let reply = connection.write(request(&shop, "POST", lines) + &chunks).await.reply().await;
    assert_eq!((reply.status, reply.body.as_str()), (200, BODY), "{}", reply.head);
    let call = site.call(PAGE, 1).await;
    assert_eq!((call.method.as_str(), call.body.as_slice()), ("POST", FORM.as_bytes()));
    let host = shop.http.to_string();
    for (name, value) in [
        ("host", Some(host.as_str())),
        ("content-length", Some("14")),
        ("cookie", Some("a=b")),
        ("x-forwarded-for", Some("127.0.0.1")),
        ("accept-encoding", Some("identity")),
        ("transfer-encoding", None),
        ("hop", None),
        ("range", None),
    ] {
        assert_eq!(call.header(name), value, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_address_of_a_site_is_tried_here_too() {
    let (dead, alive) = (site(), site());
    dead.go_down().await;
    alive.reply(PAGE, vec![page()]);
    let mut settings = settings_of(alive.address());
    settings.insert("url".into(), "http://site.test:80".into());
    let sees = misbehave(&json!({ "on_response": "see" }));
    let addresses = vec![dead.address(), alive.address()];
    let opening = Shop::open().setting("site", settings).resolving_to(addresses);
    let shop = opening.with_slot(config(SLOT), sees).await;
    assert_eq!(shop.stranger().get(PAGE).await.header("x-seen"), seen(200, "17"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_filter_may_read_it_nothing_is_held_back() {
    let site = site();
    site.reply(PAGE, vec![Step::Head(200, "text/html"), Step::Bytes(BODY.into()), Step::Gate]);
    let mut slot = config(SLOT);
    slot.grant.read_body = false;
    let sees = misbehave(&json!({ "on_response": "see" }));
    let opening = Shop::open().setting("site", settings_of(site.address()));
    let shop = opening.with_slot(slot, sees).await;
    let mut response = begun(&shop).await;
    assert_eq!(response.headers()["x-seen"], seen(200, "no"));
    assert_eq!(read(&mut response, BODY.len()).await, BODY.as_bytes());
    site.let_one_go_on();
}
