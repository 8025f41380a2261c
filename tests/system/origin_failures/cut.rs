//! The origin's answer ends before its end while two read it: turns are joined on the edge alone.

use chat::internal::TURNS;
use chat::{Code, Event};

use crate::fixture::{DISCOVERY, FakeOrigin, Shop, Step, message, next_turn_works};

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_the_middle_interrupts_the_answer_for_whoever_reads_it() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Gate, Step::Reset]
    });
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let posting = {
        let (guest, question) = (guest.clone(), question.clone());
        tokio::spawn(async move { guest.ask(&question).await })
    };
    origin.call(TURNS, 1).await;
    let mut stream = guest.ask_for_stream(&question).await;
    // The edge has read it: a reset takes along what has not been read.
    while !matches!(stream.next().await.expect("a delta comes"), Event::Delta { .. }) {}
    origin.let_one_go_on();
    let events = stream.rest().await;
    assert!(matches!(events[..], [Event::Error { code: Code::Interrupted, .. }]), "{events:?}");
    let reply = posting.await.expect("posting does not panic");
    assert_eq!((reply.status, reply.problem().code), (502, Code::Interrupted));
    assert_eq!(origin.turns().len(), 1);
    next_turn_works(&origin, &guest).await;
}
