//! The origin sends what is no answer: a bad gateway whichever way the turn came, and nothing of it reaches the client.

use chat::internal::TurnRequest;
use chat::limits::{ANSWER_BYTES_MAX, EVENT_BYTES_MAX, TURN_EVENTS_MAX};
use chat::{Code, Event, Source};
use uuid::Uuid;

use crate::fixture::{DISCOVERY, FakeOrigin, Front, GARBAGE, Kind, Step, answer, fails_every_way, message};

on_every_host! {
    a_line_that_is_no_json_is_a_bad_gateway,
    a_line_that_is_no_utf_8_is_a_bad_gateway,
    an_event_of_no_known_type_is_a_bad_gateway,
    an_event_with_a_field_of_another_type_is_a_bad_gateway,
    an_event_of_another_message_is_a_bad_gateway,
    an_answer_to_another_message_is_a_bad_gateway,
    a_delta_too_early_is_a_bad_gateway,
    a_delta_for_the_second_time_is_a_bad_gateway,
    a_page_in_place_of_a_stream_is_a_bad_gateway,
    one_document_in_place_of_a_stream_is_a_bad_gateway,
    a_line_without_an_end_is_a_bad_gateway_before_it_ends,
    an_event_over_its_bound_is_a_bad_gateway,
    more_events_than_an_answer_may_have_are_a_bad_gateway,
    an_answer_that_goes_on_and_on_is_a_bad_gateway,
    blank_lines_without_an_end_are_a_bad_gateway,
    what_follows_the_end_of_an_answer_is_not_read,
}

async fn is_a_bad_gateway(kind: Kind, script: impl Fn(&TurnRequest) -> Vec<Step> + Send + Sync + 'static) {
    let origin = FakeOrigin::doing(script);
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::BadGateway).await;
}

/// An answer that has begun well and goes on with these bytes.
fn then(turn: &TurnRequest, bytes: impl Into<Vec<u8>>) -> Vec<Step> {
    vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Bytes(bytes.into())]
}

async fn a_line_that_is_no_json_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| then(turn, format!("<p>{GARBAGE}</p>\n"))).await;
}

async fn a_line_that_is_no_utf_8_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| then(turn, [&b"\"\xff\xfe"[..], GARBAGE.as_bytes(), b"\"\n"].concat()))
        .await;
}

async fn an_event_of_no_known_type_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| then(turn, format!("{{\"type\":\"poem\",\"text\":\"{GARBAGE}\"}}\n")))
        .await;
}

async fn an_event_with_a_field_of_another_type_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let line =
            format!("{{\"type\":\"delta\",\"id\":\"{}\",\"seq\":\"2\",\"text\":\"{GARBAGE}\"}}\n", turn.id);
        then(turn, line)
    })
    .await;
}

async fn an_event_of_another_message_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let other = Event::Delta { id: Uuid::new_v4(), seq: 2, text: GARBAGE.into() };
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Event(other)]
    })
    .await;
}

async fn an_answer_to_another_message_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| answer(&TurnRequest { id: Uuid::new_v4(), ..turn.clone() }, &[GARBAGE]))
        .await;
}

async fn a_delta_too_early_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 2, GARBAGE), Step::done(turn)]
    })
    .await;
}

async fn a_delta_for_the_second_time_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let (first, again) = (Step::delta(turn, 1, "Try "), Step::delta(turn, 1, GARBAGE));
        vec![Step::stream(), Step::start(turn), first, again, Step::done(turn)]
    })
    .await;
}

async fn a_page_in_place_of_a_stream_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |_| vec![Step::Head(200, "text/html"), Step::Bytes(GARBAGE.into())]).await;
}

async fn one_document_in_place_of_a_stream_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let mut steps = answer(turn, &[GARBAGE]);
        steps[0] = Step::Head(200, "application/json");
        steps
    })
    .await;
}

async fn a_line_without_an_end_is_a_bad_gateway_before_it_ends(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let mut steps = then(turn, GARBAGE.repeat(EVENT_BYTES_MAX / GARBAGE.len() + 1));
        steps.push(Step::Stall);
        steps
    })
    .await;
}

async fn an_event_over_its_bound_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let text = GARBAGE.repeat(EVENT_BYTES_MAX / GARBAGE.len() + 1);
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, &text), Step::done(turn)]
    })
    .await;
}

async fn more_events_than_an_answer_may_have_are_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let line = |seq| Event::Delta { id: turn.id, seq, text: String::new() }.to_json() + "\n";
        let lines: String = (1..).take(TURN_EVENTS_MAX + 1).map(line).collect();
        vec![Step::stream(), Step::Bytes(lines.into_bytes())]
    })
    .await;
}

async fn an_answer_that_goes_on_and_on_is_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let text = "on and on ".repeat(EVENT_BYTES_MAX / 20);
        let deltas = (1..).take(ANSWER_BYTES_MAX / text.len() + 1).map(|seq| Step::delta(turn, seq, &text));
        let mut steps = vec![Step::stream(), Step::start(turn)];
        steps.extend(deltas);
        steps.push(Step::Stall);
        steps
    })
    .await;
}

async fn blank_lines_without_an_end_are_a_bad_gateway(kind: Kind) {
    is_a_bad_gateway(kind, |turn| {
        let mut steps = then(turn, vec![b'\n'; ANSWER_BYTES_MAX]);
        steps.push(Step::Stall);
        steps
    })
    .await;
}

async fn what_follows_the_end_of_an_answer_is_not_read(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        let mut steps = answer(turn, &["Try Berserk."]);
        steps.push(Step::delta(turn, 2, GARBAGE));
        steps.push(Step::Bytes(GARBAGE.into()));
        steps
    });
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let answer = guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!((answer.text.as_str(), answer.source), ("Try Berserk.", Source::Extractive));
    assert_eq!(guest.ask(&message(DISCOVERY)).await.answer().text, "Try Berserk.");
}
