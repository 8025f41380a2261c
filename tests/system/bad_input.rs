//! Bad requests over HTTP: each gets a status and a stable code, and the next visitor is served as ever.

mod bodies;
mod credentials;
mod floods;
mod framing;
mod heads;
mod pages;

use chat::{Code, Source};

use crate::fixture::{RawReply, Reply, Shop, message};

/// A question that the FAQ answers.
const SHIPPING: &str = "How much is shipping?";
const MESSAGES: &str = "/v1/chat/messages";
const ID: &str = "7f0c1c9e-2f5a-4a53-9f0e-2b6f0d6f8a11";

/// The next request, on a fresh connection, is answered.
async fn still_serves(shop: &Shop) {
    let answer = shop.guest().await.ask(&message(SHIPPING)).await.answer();
    assert_eq!(answer.source, Source::FaqEdge);
}

/// It was refused with this code and the status that goes with it.
#[track_caller]
fn refused(reply: &Reply, code: Code) {
    assert_eq!((reply.status, reply.problem().code), (code.status(), code), "{}", reply.body);
}

/// The same of a reply that was read by hand.
#[track_caller]
fn refused_raw(reply: &RawReply, code: Code) {
    assert_eq!((reply.status, reply.problem().code), (code.status(), code), "{}", reply.body);
}
