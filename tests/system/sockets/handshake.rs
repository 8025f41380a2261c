//! The opening handshake: what it refuses, and before which check.

use chat::{Code, Source};

use super::aid::{KEY, SHIPPING, UPGRADE, VERSION, attempt, guest_line, source_of, the_next_one_is_served};
use crate::fixture::{RawReply, Shop, Socket, cookie_ending_in, cookie_of_another_key, eventually, message};

/// Whether the head has this line, in any case.
fn has_line(reply: &RawReply, line: &str) -> bool {
    reply.head.lines().any(|known| known.eq_ignore_ascii_case(line))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_without_a_key_is_malformed() {
    let shop = Shop::open().await;
    let cookie = guest_line(&shop).await;
    let reply = attempt(&shop, &format!("{cookie}{UPGRADE}{VERSION}")).await;
    assert_eq!((reply.status, reply.problem().code), (400, Code::Malformed));
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_with_a_wrong_key_is_malformed() {
    let shop = Shop::open().await;
    let cookie = guest_line(&shop).await;
    // No base64, nothing, 15 bytes, 17 bytes.
    for key in ["not base64!", "", "MDEyMzQ1Njc4OWFiY2Rl", "MDEyMzQ1Njc4OWFiY2RlZmc="] {
        let reply = attempt(&shop, &format!("{cookie}{UPGRADE}{VERSION}sec-websocket-key: {key}\r\n")).await;
        assert_eq!((reply.status, reply.problem().code), (400, Code::Malformed), "{key}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_of_another_version_is_told_the_right_one() {
    let shop = Shop::open().await;
    let cookie = guest_line(&shop).await;
    for version in ["", "sec-websocket-version: 8\r\n"] {
        let reply = attempt(&shop, &format!("{cookie}{UPGRADE}{version}{KEY}")).await;
        assert_eq!((reply.status, reply.problem().code), (426, Code::UpgradeRequired), "{version}");
        assert!(has_line(&reply, "sec-websocket-version: 13"), "{}", reply.head);
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_an_upgrade_is_told_to_upgrade() {
    let shop = Shop::open().await;
    let cookie = guest_line(&shop).await;
    for upgrade in ["", "connection: Upgrade\r\nupgrade: chat/1\r\n"] {
        let reply = attempt(&shop, &format!("{cookie}{upgrade}{VERSION}{KEY}")).await;
        assert_eq!((reply.status, reply.problem().code), (426, Code::UpgradeRequired), "{upgrade}");
        assert!(has_line(&reply, "upgrade: websocket"), "{}", reply.head);
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_session_gets_no_socket() {
    let shop = Shop::open().await;
    let cookies = [cookie_ending_in(-10), cookie_of_another_key()];
    let lines = cookies.iter().map(|cookie| format!("cookie: {cookie}\r\n"));
    for cookie in std::iter::once(String::new()).chain(lines) {
        let reply = attempt(&shop, &format!("{cookie}{UPGRADE}{VERSION}{KEY}")).await;
        assert_eq!((reply.status, reply.problem().code), (401, Code::SessionRequired), "{cookie}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_gets_no_socket() {
    let shop = Shop::open().await;
    let cookie = guest_line(&shop).await;
    for origin in ["https://evil.example", "null"] {
        let lines = format!("{cookie}{UPGRADE}{VERSION}{KEY}origin: {origin}\r\n");
        let reply = attempt(&shop, &lines).await;
        assert_eq!((reply.status, reply.problem().code), (403, Code::OriginNotAllowed), "{origin}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shops_own_page_and_an_allowed_one_get_a_socket() {
    let shop = Shop::open().setting("chat.allowed_origins", vec!["https://manga.example"]).await;
    let cookie = guest_line(&shop).await;
    for origin in [shop.url(""), "https://manga.example".to_owned()] {
        let lines = format!("{cookie}{UPGRADE}{VERSION}{KEY}origin: {origin}\r\n");
        assert_eq!(attempt(&shop, &lines).await.status, 101, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compression_that_is_offered_is_not_negotiated() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let offer = ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits");
    let mut socket = Socket::open(&shop.url(""), &[("cookie", guest.cookie.as_str()), offer]).await;
    assert!(!socket.handshake.headers().contains_key("sec-websocket-extensions"));
    let question = message(SHIPPING);
    socket.ask(&question).await;
    assert_eq!(source_of(&socket.answer_to(question.id).await), Source::FaqEdge);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_socket_more_than_there_may_be_is_refused_until_another_closes() {
    let shop = Shop::open().setting("chat.sockets_max", 1).await;
    let open = shop.guest().await.socket().await;
    let lines = format!("{}{UPGRADE}{VERSION}{KEY}", guest_line(&shop).await);
    let refused = attempt(&shop, &lines).await;
    assert_eq!((refused.status, refused.problem().code), (503, Code::Overloaded));
    drop(open);
    eventually("a place is free", || async { attempt(&shop, &lines).await.status == 101 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_cannot_take_every_place() {
    let shop = Shop::open().setting("chat.session_sockets_max", 2).await;
    let guest = shop.guest().await;
    let _first = guest.socket().await;
    let second = guest.socket().await;
    let lines = format!("cookie: {}\r\n{UPGRADE}{VERSION}{KEY}", guest.cookie);
    let refused = attempt(&shop, &lines).await;
    assert_eq!((refused.status, refused.problem().code), (429, Code::RateLimited));
    // Others have places of their own.
    shop.guest().await.socket().await;
    drop(second);
    eventually("a place is free", || async { attempt(&shop, &lines).await.status == 101 }).await;
}
