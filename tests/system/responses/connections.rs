//! What becomes of a connection after the response phase has changed, replaced or refused a response on it; and clients of HTTP/2.

use bytes::Bytes;
use chat::Problem;
use h2::client::SendRequest;
use http::request::Builder;
use http::response::Parts;
use http::{Method, Request};
use serde_json::json;
use tokio::task::JoinHandle;

use super::{HISTORY, MESSAGES, MISSING, SHIPPING, SLOT, shop_seen_at};
use crate::demo_site::settings_of_a_site;
use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{Connection, INDEX, Shop, in_time, message};
use crate::tls::{HTTP_2, connect, whole};

/// A page of the site behind the edge.
const PAGE: &str = "/series/monster";

/// A client's one connection of HTTP/2, until it is dropped.
struct Http2 {
    client: SendRequest<Bytes>,
    driver: JoinHandle<Result<(), h2::Error>>,
}

impl Http2 {
    async fn to(shop: &Shop) -> Self {
        let stream = connect(shop, "localhost", HTTP_2).await.expect("the certificate is the shop's");
        let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
        Self { client, driver: tokio::spawn(connection) }
    }

    /// The head and the body of the response.
    async fn ask(&mut self, request: Builder, body: Option<String>) -> (Parts, String) {
        let request = request.body(()).expect("a request");
        let client = in_time("a stream", self.client.clone().ready()).await;
        self.client = client.expect("the connection is in use");
        let (response, mut sending) = self.client.send_request(request, body.is_none()).expect("it is sent");
        if let Some(body) = body {
            sending.send_data(body.into(), true).expect("it is sent");
        }
        let (head, body) = in_time("the response", response).await.expect("a response").into_parts();
        (head, whole(body).await)
    }

    /// The same of a request without a body.
    async fn get(&mut self, path: &str, cookie: &str) -> (Parts, String) {
        self.ask(request(Method::GET, path).header("cookie", cookie), None).await
    }

    /// The cookie of a new session.
    async fn begin_session(&mut self) -> String {
        let (head, _) = self.ask(request(Method::POST, "/v1/chat/init"), None).await;
        let cookie = header(&head, "set-cookie").split(';').next().unwrap_or_default();
        assert_eq!((head.status.as_u16(), cookie.is_empty()), (201, false));
        cookie.to_owned()
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn request(method: Method, path: &str) -> Builder {
    Request::builder().method(method).uri(format!("https://localhost{path}"))
}

/// A header's value; empty when there is none.
fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).map_or("", |value| value.to_str().expect("our headers are ASCII"))
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_2_every_response_of_a_connection_carries_what_a_filter_sets() {
    let sets = misbehave(&json!({ "on_response": "set-headers", "name": "set" }));
    let opening = Shop::open().setting("site", settings_of_a_site().await);
    let shop = opening.with_slot(config(SLOT), sets).with_https().await;
    let mut client = Http2::to(&shop).await;
    let cookie = client.begin_session().await;
    let page = client.get("/", &cookie).await;
    assert_eq!(page.1, INDEX);
    let head = client.ask(request(Method::HEAD, "/"), None).await;
    let known = request(Method::GET, "/").header("if-none-match", header(&page.0, "etag"));
    let known = client.ask(known, None).await;
    assert_eq!((head.1.as_str(), known.1.as_str()), ("", ""), "no body is made up");
    let question = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let post = request(Method::POST, MESSAGES)
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .header("cookie", &cookie);
    let stream = client.ask(post, Some(question)).await;
    assert!(stream.1.contains("event: done"), "{}", stream.1);
    let missing = client.get(MISSING, &cookie).await;
    let of_origin = client.get(HISTORY, &cookie).await;
    let forwarded = client.get(PAGE, &cookie).await;
    for (status, (head, _)) in [
        (200, page),
        (200, head),
        (304, known),
        (200, stream),
        (404, missing),
        (200, of_origin),
        (200, forwarded),
    ] {
        assert_eq!((head.status.as_u16(), header(&head, "x-granted")), (status, "set"), "{head:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_2_a_connection_goes_on_after_responses_that_a_filter_refused() {
    let paths = host::grant::Names::new(["/", HISTORY, PAGE]);
    let slot = host::config::SlotConfig { paths, ..config(SLOT) };
    let refuses = misbehave(&json!({ "on_response": "refuse", "name": "v" }));
    let opening = Shop::open().setting("site", settings_of_a_site().await);
    let shop = opening.with_slot(slot, refuses).with_https().await;
    let mut client = Http2::to(&shop).await;
    let cookie = client.begin_session().await;
    // The second one was the origin's, the third one was forwarded.
    for path in ["/", HISTORY, PAGE, "/"] {
        let (head, body) = client.get(path, &cookie).await;
        let problem: Problem = serde_json::from_str(&body).expect("a problem document");
        assert_eq!((head.status.as_u16(), problem.detail.as_str()), (403, "v refuses this."), "{path}");
        assert_eq!(header(&head, "x-granted"), "refusal");
    }
    assert_eq!(client.get(MISSING, &cookie).await.0.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_2_what_replaces_a_response_is_sent_whole() {
    let slot = host::config::SlotConfig { paths: host::grant::Names::new(["/"]), ..config(SLOT) };
    let replaces = misbehave(&json!({ "on_response": "replace", "name": "another" }));
    let shop = Shop::open().with_slot(slot, replaces).with_https().await;
    let mut client = Http2::to(&shop).await;
    for _ in 0..2 {
        let (head, body) = client.get("/", "").await;
        assert_eq!((head.status.as_u16(), body.as_str()), (200, "another"));
        assert_eq!((header(&head, "x-granted"), header(&head, "content-length")), ("another", "7"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_goes_on_after_a_response_was_changed_replaced_or_refused() {
    for (on_response, status, granted) in
        [("set-headers", 200, "v"), ("replace", 200, "v"), ("refuse", 403, "refusal")]
    {
        let shop = shop_seen_at(&["/"], &json!({ "on_response": on_response, "name": "v" })).await;
        let mut connection = Connection::to(shop.http).await;
        for (path, status, granted) in
            [("/", status, Some(granted)), ("/", status, Some(granted)), (MISSING, 404, None)]
        {
            let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", shop.http);
            let reply = connection.write(request).await.reply().await;
            assert_eq!((reply.status, reply.header("x-granted")), (status, granted), "{on_response} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_response_that_is_refused_ends_its_connection_and_says_so() {
    let slot = host::config::SlotConfig { paths: host::grant::Names::new([PAGE]), ..config(SLOT) };
    let refuses = misbehave(&json!({ "on_response": "refuse", "name": "v" }));
    let shop = Shop::open().setting("site", settings_of_a_site().await).with_slot(slot, refuses).await;
    for _ in 0..2 {
        let mut connection = Connection::to(shop.http).await;
        let request = format!("GET {PAGE} HTTP/1.1\r\nhost: {}\r\n\r\n", shop.http);
        let reply = connection.write(request).await.reply().await;
        assert_eq!((reply.status, reply.header("connection")), (403, Some("close")), "{}", reply.head);
        connection.closes().await;
    }
}
