//! The https listener: its certificate, its cookie, HTTP/1.1, HTTP/2 and WebSocket over it.

use std::os::unix::fs::PermissionsExt as _;
use std::pin::Pin;

use bytes::Bytes;
use chat::Event;
use futures_util::{SinkExt as _, StreamExt as _};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::fixture::{Shop, eventually, in_time, message};

const SHIPPING: &str = "How much is shipping?";

/// A connection that trusts the shop's own certificate and nothing else, and speaks this protocol (RFC 7301).
pub(crate) async fn connect(
    shop: &Shop,
    host: &str,
    protocol: &[u8],
) -> std::io::Result<SslStream<TcpStream>> {
    let certificate = shop.folder().join("tls/certificate.pem");
    // The edge makes it before it takes the first connection, not before it has its port.
    eventually("the certificate is made", async || certificate.exists()).await;
    let mut builder = SslConnector::builder(SslMethod::tls_client()).expect("a connector");
    builder.set_ca_file(certificate).expect("the shop's certificate");
    builder.set_verify(SslVerifyMode::PEER);
    builder.set_alpn_protos(protocol).expect("a protocol");
    let ssl =
        builder.build().configure().and_then(|ssl| ssl.into_ssl(host)).expect("a connection's settings");
    let stream = TcpStream::connect(shop.https.expect("an https listener")).await?;
    let mut stream = SslStream::new(ssl, stream).expect("a stream");
    in_time("the handshake", Pin::new(&mut stream).connect()).await.map_err(std::io::Error::other)?;
    Ok(stream)
}

const HTTP_1: &[u8] = b"\x08http/1.1";
pub(crate) const HTTP_2: &[u8] = b"\x02h2";

/// Sends a request on a connection of its own and gives all that comes back.
async fn exchange(shop: &Shop, request: &str) -> String {
    let mut stream = connect(shop, "localhost", HTTP_1).await.expect("the certificate is the shop's");
    stream.write_all(request.as_bytes()).await.expect("the request is sent");
    let mut reply = Vec::new();
    // A peer that closes without a TLS farewell is an error to OpenSSL, and none to us.
    let _ = in_time("the reply", stream.read_to_end(&mut reply)).await;
    String::from_utf8(reply).expect("a reply in UTF-8")
}

async fn begin_session(shop: &Shop) -> (String, String) {
    let reply = exchange(
        shop,
        "POST /v1/chat/init HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    )
    .await;
    let line = reply.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
    let cookie = line.and_then(|line| line.split_once(": ")).expect("init sets a cookie").1.to_owned();
    (reply, cookie)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_development_certificate_is_made_for_loopback_names_and_kept() {
    let shop = Shop::open().with_https().await;
    for host in ["localhost", "127.0.0.1"] {
        assert!(connect(&shop, host, HTTP_1).await.is_ok(), "{host}");
    }
    assert!(connect(&shop, "manga.example", HTTP_1).await.is_err(), "it is for loopback alone");
    let folder = shop.folder().join("tls");
    let mode = std::fs::metadata(folder.join("key.pem")).expect("the key").permissions().mode();
    assert_eq!(mode & 0o077, 0, "the key is its owner's alone: {mode:o}");
    let kept = std::fs::read(folder.join("certificate.pem")).expect("the certificate");
    let again = mangaassist_edge::tls::development_certificate(&folder).expect("the folder can be read");
    assert_eq!(std::fs::read(again.certificate).expect("the certificate"), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_session_cookie_is_bound_to_the_host_and_to_tls() {
    let shop = Shop::open().with_https().await;
    let (reply, cookie) = begin_session(&shop).await;
    assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
    assert!(cookie.starts_with("__Host-ma_session=v1."), "{cookie}");
    for attribute in ["Path=/", "HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(reply.to_ascii_lowercase().contains("strict-transport-security: max-age="), "{reply}");
    assert!(reply.contains(r#""ws_url":"wss://localhost/v1/chat/ws""#), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_of_plain_http_opens_nothing_over_tls_and_the_reverse() {
    let shop = Shop::open().with_https().await;
    let plain = shop.guest().await.cookie;
    let reply = exchange(
        &shop,
        &format!(
            "GET /v1/chat/history HTTP/1.1\r\nhost: localhost\r\ncookie: {plain}\r\nconnection: close\r\n\r\n"
        ),
    )
    .await;
    assert!(reply.starts_with("HTTP/1.1 401"), "{reply}");
    let (_, secure) = begin_session(&shop).await;
    let secure = secure.split(';').next().expect("a cookie");
    let reply = shop.stranger().with_cookie(secure).get("/v1/chat/history").await;
    assert_eq!(reply.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_certificate_files_are_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let given = mangaassist_edge::tls::development_certificate(folder.path()).expect("a certificate");
    let mut table = toml::Table::new();
    table.insert("certificate".into(), given.certificate.to_string_lossy().into_owned().into());
    table.insert("key".into(), given.key.to_string_lossy().into_owned().into());
    let shop = Shop::open().with_https().setting("tls", table).await;
    std::fs::create_dir_all(shop.folder().join("tls")).expect("a folder");
    std::fs::copy(&given.certificate, shop.folder().join("tls/certificate.pem")).expect("a copy");
    assert!(connect(&shop, "localhost", HTTP_1).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_on_the_tls_port_is_no_handshake_and_the_next_connection_works() {
    let shop = Shop::open().with_https().await;
    let mut plain = TcpStream::connect(shop.https.expect("an https listener")).await.expect("a connection");
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is sent");
    let mut reply = Vec::new();
    let _ = in_time("the end", plain.read_to_end(&mut reply)).await;
    assert!(!reply.starts_with(b"HTTP/"), "nothing is served in the clear");
    assert!(connect(&shop, "localhost", HTTP_1).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_a_streamed_answer_come_over_http_2() {
    let shop = Shop::open().with_https().await;
    let (_, cookie) = begin_session(&shop).await;
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let stream = connect(&shop, "localhost", HTTP_2).await.expect("the certificate is the shop's");
    assert_eq!(stream.ssl().selected_alpn_protocol(), Some(b"h2".as_slice()));
    let (client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let mut client = client.ready().await.expect("HTTP/2");

    let page = http::Request::get("https://localhost/").body(()).expect("a request");
    let (response, _) = client.send_request(page, true).expect("it is sent");
    let response = in_time("the page", response).await.expect("a response");
    assert_eq!(response.status(), 200);
    assert!(whole(response.into_body()).await.contains("Manga shop"));

    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let post = http::Request::post("https://localhost/v1/chat/messages")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .header("cookie", cookie)
        .body(())
        .expect("a request");
    let (response, mut send) = client.send_request(post, false).expect("it is sent");
    send.send_data(Bytes::from(body), true).expect("it is sent");
    let response = in_time("the answer", response).await.expect("a response");
    assert_eq!(response.status(), 200);
    let events = whole(response.into_body()).await;
    assert!(events.contains(r#""source":"faq-edge""#) && events.contains("event: done"), "{events}");
    drop(client);
    connection.abort();
}

/// All of a body that comes over HTTP/2.
pub(crate) async fn whole(mut body: h2::RecvStream) -> String {
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time("more", body.data()).await {
        let chunk = chunk.expect("the stream is whole");
        body.flow_control().release_capacity(chunk.len()).expect("it was received");
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_works_over_tls() {
    let shop = Shop::open().with_https().await;
    let (_, cookie) = begin_session(&shop).await;
    let cookie = cookie.split(';').next().expect("a cookie");
    let mut request = "wss://localhost/v1/chat/ws".into_client_request().expect("an address");
    request.headers_mut().insert("cookie", cookie.parse().expect("a header's value"));
    let stream = connect(&shop, "localhost", HTTP_1).await.expect("the certificate is the shop's");
    let (mut socket, _) = in_time("the handshake", client_async(request, stream)).await.expect("a socket");
    let question = message(SHIPPING);
    let text = format!(r#"{{"type":"message","id":"{}","text":"{SHIPPING}"}}"#, question.id);
    socket.send(Message::text(text)).await.expect("it is sent");
    loop {
        let frame = in_time("an event", socket.next()).await.expect("the socket is open").expect("a frame");
        let Message::Text(text) = frame else { continue };
        match serde_json::from_str::<Event>(&text).expect("an event") {
            Event::Done { id, .. } => break assert_eq!(id, question.id),
            Event::Error { code, .. } => panic!("{code:?}"),
            _ => {}
        }
    }
}
