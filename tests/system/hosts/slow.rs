//! The origin takes its time: no host waits for ever, and each lets go of the origin.

use chat::internal::HANDOFF;
use chat::{Code, Event};

use crate::fixture::{
    FakeOrigin, Front, Kind, Step, Time, fails_every_way, next_turn_works, post_fails, refused, stream_fails,
    text_of,
};

on_every_host! {
    an_origin_that_does_not_begin_to_answer_is_given_up,
    who_waited_in_vain_is_told_when_to_come_back,
    an_origin_that_stalls_in_the_middle_is_given_up,
    what_was_said_before_the_stall_stays_said,
    an_answer_has_an_end_of_its_time_as_a_whole,
    a_call_that_is_no_turn_is_given_up_as_well,
    an_origin_that_stalls_is_hung_up_on,
}

/// Long enough for an answer on a machine that builds something else meanwhile.
const SHORT_MS: u32 = 1_000;

/// A shop that waits no longer for the origin's next bytes.
async fn impatient(kind: Kind, origin: &FakeOrigin) -> Front {
    Front::impatient(kind, origin, &[(Time::Read, SHORT_MS)]).await
}

fn stalling_in_the_middle() -> FakeOrigin {
    FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Stall]
    })
}

async fn an_origin_that_does_not_begin_to_answer_is_given_up(kind: Kind) {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = impatient(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::OriginTimeout).await;
}

async fn who_waited_in_vain_is_told_when_to_come_back(kind: Kind) {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = impatient(kind, &origin).await;
    let guest = shop.guest().await;
    let reply = post_fails(&guest, Code::OriginTimeout).await;
    assert_eq!((reply.status, reply.header("retry-after")), (504, "5"));
    next_turn_works(&origin, &guest).await;
}

async fn an_origin_that_stalls_in_the_middle_is_given_up(kind: Kind) {
    let origin = stalling_in_the_middle();
    let shop = impatient(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::OriginTimeout).await;
}

async fn what_was_said_before_the_stall_stays_said(kind: Kind) {
    let origin = stalling_in_the_middle();
    let shop = impatient(kind, &origin).await;
    let guest = shop.guest().await;
    let events = stream_fails(&guest, Code::OriginTimeout).await;
    assert_eq!(text_of(&events), "Try ");
    assert!(matches!(events.last(), Some(Event::Error { retry_after: Some(5), .. })), "{events:?}");
    next_turn_works(&origin, &guest).await;
}

async fn an_answer_has_an_end_of_its_time_as_a_whole(kind: Kind) {
    let origin = stalling_in_the_middle();
    let shop = Front::impatient(kind, &origin, &[(Time::Total, SHORT_MS)]).await;
    fails_every_way(&origin, &shop.guest().await, Code::OriginTimeout).await;
}

async fn a_call_that_is_no_turn_is_given_up_as_well(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.reply(HANDOFF, vec![Step::Stall]);
    let shop = impatient(kind, &origin).await;
    let guest = shop.guest().await;
    refused(&guest.post("/v1/chat/handoff", "").await, Code::OriginTimeout);
    next_turn_works(&origin, &guest).await;
}

async fn an_origin_that_stalls_is_hung_up_on(kind: Kind) {
    let origin = stalling_in_the_middle();
    let shop = impatient(kind, &origin).await;
    let guest = shop.guest().await;
    post_fails(&guest, Code::OriginTimeout).await;
    origin.hung_up_on(1).await;
    next_turn_works(&origin, &guest).await;
}
