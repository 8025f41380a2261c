//! What goes on to the shop's own site: each body is inspected whole, however it comes, or refused.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::to_bytes;
use axum::extract::Request;
use chat::Code;
use chat::limits::BODY_BYTES_MAX;

use crate::demo_site::settings_of;
use crate::fixture::{Connection, RawReply, Shop, refused_raw, still_serves};

/// A form as shoppers send it.
const FORM: &str = "name=Naoko+Ito&note=Please+leave+it+at+the+door";
/// One that the rules refuse.
const ATTACK: &str = "name=Naoko+Ito&note=1'+UNION+SELECT+password+FROM+users--";

/// Requests that a site has got: their targets and bodies.
#[derive(Clone, Default)]
struct Got(Arc<Mutex<Vec<(String, String)>>>);

impl Got {
    fn all(&self) -> Vec<(String, String)> {
        self.0.lock().expect("nobody panics while holding it").clone()
    }
}

/// A site that takes every request, on a port of its own, until the test ends.
async fn site() -> (SocketAddr, Got) {
    let got = Got::default();
    let told = got.clone();
    let take = move |request: Request| {
        let told = told.clone();
        async move {
            let target = request.uri().to_string();
            let body = to_bytes(request.into_body(), usize::MAX).await.expect("a whole body");
            let body = String::from_utf8_lossy(&body).into_owned();
            told.0.lock().expect("nobody panics while holding it").push((target, body));
            "Thank you."
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(take)).await });
    (address, got)
}

async fn shop_with_site() -> (Shop, Got) {
    let (address, got) = site().await;
    (Shop::open().setting("site", settings_of(address)).await, got)
}

/// The head of a posted form with these headers about its body.
fn head(shop: &Shop, framing: &str) -> String {
    format!(
        "POST /contact HTTP/1.1\r\nhost: {}\r\nuser-agent: Mozilla/5.0\r\naccept: */*\r\n\
         content-type: application/x-www-form-urlencoded\r\n{framing}\r\n\r\n",
        shop.http
    )
}

async fn send(shop: &Shop, request: String) -> RawReply {
    Connection::to(shop.http).await.write(request).await.reply().await
}

fn with_length(shop: &Shop, body: &str) -> String {
    head(shop, &format!("content-length: {}", body.len())) + body
}

/// In chunks of so many bytes.
fn in_chunks(shop: &Shop, body: &str, bytes: usize) -> String {
    let mut request = head(shop, "transfer-encoding: chunked");
    for chunk in body.as_bytes().chunks(bytes) {
        let text = std::str::from_utf8(chunk).expect("the body is ASCII");
        request += &format!("{:x}\r\n{text}\r\n", chunk.len());
    }
    request + "0\r\n\r\n"
}

/// A form of so many bytes.
fn form_of(bytes: usize) -> String {
    const FIELDS: usize = 8;
    let field =
        |number: usize| format!("field{number}={}", "volume+".repeat(bytes / FIELDS / "volume+".len() - 2));
    let mut form = (0..FIELDS).map(field).collect::<Vec<_>>().join("&");
    form += &"s".repeat(bytes - form.len());
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_reaches_the_site_whole_however_it_is_framed() {
    let (shop, got) = shop_with_site().await;
    for request in [with_length(&shop, FORM), in_chunks(&shop, FORM, 1), in_chunks(&shop, FORM, 1_000)] {
        assert_eq!(send(&shop, request).await.status, 200);
    }
    assert_eq!(got.all(), vec![("/contact".to_owned(), FORM.to_owned()); 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_reaches_no_site_however_it_is_framed() {
    let (shop, got) = shop_with_site().await;
    for request in [with_length(&shop, ATTACK), in_chunks(&shop, ATTACK, 1), in_chunks(&shop, ATTACK, 1_000)]
    {
        refused_raw(&send(&shop, request).await, Code::Blocked);
    }
    assert!(got.all().is_empty(), "{:?}", got.all());
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_the_word_to_go_on_gets_it_and_is_inspected() {
    let (shop, got) = shop_with_site().await;
    for (body, status) in [(FORM, 200), (ATTACK, Code::Blocked.status())] {
        let mut connection = Connection::to(shop.http).await;
        let framing = format!("content-length: {}\r\nexpect: 100-continue", body.len());
        connection.write(head(&shop, &framing)).await;
        assert_eq!(connection.head().await.status, 100);
        assert_eq!(connection.write(body).await.reply().await.status, status, "{body}");
    }
    assert_eq!(got.all(), [("/contact".to_owned(), FORM.to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_announces_too_much_is_not_told_to_go_on() {
    let (shop, got) = shop_with_site().await;
    let framing = format!("content-length: {}\r\nexpect: 100-continue", BODY_BYTES_MAX + 1);
    let mut connection = Connection::to(shop.http).await;
    refused_raw(&connection.write(head(&shop, &framing)).await.reply().await, Code::TooLarge);
    connection.closes().await;
    assert!(got.all().is_empty());
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_the_greatest_size_reaches_the_site_whole() {
    let (shop, got) = shop_with_site().await;
    let form = form_of(BODY_BYTES_MAX);
    assert_eq!(form.len(), BODY_BYTES_MAX);
    for request in [with_length(&shop, &form), in_chunks(&shop, &form, 5_000)] {
        assert_eq!(send(&shop, request).await.status, 200);
    }
    assert!(got.all().iter().all(|(_, body)| *body == form));
    assert_eq!(got.all().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_at_the_end_of_the_largest_body_reaches_no_site() {
    let (shop, got) = shop_with_site().await;
    let attack = format!("&q={}", &ATTACK["name=Naoko+Ito&note=".len()..]);
    let form = form_of(BODY_BYTES_MAX - attack.len()) + &attack;
    for request in [with_length(&shop, &form), in_chunks(&shop, &form, 5_000)] {
        refused_raw(&send(&shop, request).await, Code::Blocked);
    }
    assert!(got.all().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_bound_reaches_no_site() {
    let (shop, got) = shop_with_site().await;
    // Announced, and not one byte of it sent; or sent, and not announced.
    let announced = head(&shop, &format!("content-length: {}", BODY_BYTES_MAX + 1));
    let sent = in_chunks(&shop, &form_of(BODY_BYTES_MAX + 1), BODY_BYTES_MAX + 1);
    for request in [announced, sent] {
        refused_raw(&send(&shop, request).await, Code::TooLarge);
    }
    assert!(got.all().is_empty());
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_encoded_reaches_no_site_uninspected() {
    let (shop, got) = shop_with_site().await;
    // Declared as something that is not undone here.
    let framing = format!("content-encoding: compress\r\ncontent-length: {}", FORM.len());
    let reply = send(&shop, head(&shop, &framing) + FORM).await;
    assert_eq!(reply.status, Code::UnsupportedMediaType.status(), "{}", reply.body);
    assert!(got.all().is_empty());
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_site_reads_the_target_that_the_filters_read() {
    let (shop, got) = shop_with_site().await;
    let get = |target: &str| {
        format!(
            "GET {target} HTTP/1.1\r\nhost: {}\r\nuser-agent: Mozilla/5.0\r\naccept: */*\r\n\r\n",
            shop.http
        )
    };
    // Pingora writes the space as an escape before anyone sees it.
    assert_eq!(send(&shop, get("/series/one piece")).await.status, 200);
    assert_eq!(got.all(), [("/series/one%20piece".to_owned(), String::new())]);
    refused_raw(&send(&shop, get("/series/monster\"><script> ")).await, Code::Blocked);
    assert_eq!(got.all().len(), 1);
}
