//! Who has asked for a person gets no known answer any more, until the origin says that the conversation is the assistant's again.

use chat::internal::{HANDED_OVER_HEADER, HANDOFF, NDJSON, TurnRequest, handed_over_value};
use chat::{Code, Source};
use reqwest::Method;

use crate::fixture::{
    DISCOVERY, FakeOrigin, Front, Kind, Reply, SHIPPING, Step, Visitor, answer, message, token_of,
};

on_every_host! {
    who_asked_for_a_person_gets_no_known_answer,
    a_hand_off_that_fails_silences_nobody,
    the_words_that_ask_for_a_person_are_for_the_origin,
    a_person_asked_for_in_a_turn_counts_as_well,
    the_known_answers_come_back_when_the_origin_says_so,
    an_origin_that_says_nothing_leaves_it_as_it_was,
    a_guest_who_signs_in_goes_on_waiting,
}

const YES: &str = "x-mangaassist-handed-over: yes";
const NO: &str = "x-mangaassist-handed-over: no";

/// An answer whose head has this line.
fn answer_with(turn: &TurnRequest, line: &'static str) -> Vec<Step> {
    let mut steps = answer(turn, &["Try Berserk."]);
    steps[0] = Step::HeadWith(200, NDJSON, line);
    steps
}

async fn source_of_a_known_question(visitor: &Visitor) -> Source {
    visitor.ask(&message(SHIPPING)).await.answer().source
}

async fn ask_for_a_person(visitor: &Visitor) {
    let reply = visitor.post("/v1/chat/handoff", "").await;
    assert_eq!(reply.status, 202, "{}", reply.body);
}

#[test]
fn the_lines_are_those_of_the_protocol() {
    for (line, is_handed_over) in [(YES, true), (NO, false)] {
        assert_eq!(line, format!("{HANDED_OVER_HEADER}: {}", handed_over_value(is_handed_over)));
    }
}

async fn who_asked_for_a_person_gets_no_known_answer(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let (guest, other) = (shop.guest().await, shop.guest().await);
    assert_eq!(source_of_a_known_question(&guest).await, Source::FaqEdge);
    ask_for_a_person(&guest).await;
    for _ in 0..2 {
        assert_eq!(source_of_a_known_question(&guest).await, Source::Extractive);
    }
    assert_eq!(origin.turns().last().expect("the origin was asked").text, SHIPPING);
    assert_eq!(source_of_a_known_question(&other).await, Source::FaqEdge);
}

async fn a_hand_off_that_fails_silences_nobody(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(HANDOFF, 503, Code::Unavailable);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    assert_eq!(guest.post("/v1/chat/handoff", "").await.status, 503);
    assert_eq!(source_of_a_known_question(&guest).await, Source::FaqEdge);
}

/// They are what the FAQ itself and the origin's answers tell shoppers to write.
async fn the_words_that_ask_for_a_person_are_for_the_origin(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    for words in ["talk to a person", " Talk to a person.", "担当者と話したい。"] {
        assert_eq!(guest.ask(&message(words)).await.answer().source, Source::Extractive, "{words}");
    }
}

async fn a_person_asked_for_in_a_turn_counts_as_well(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| answer_with(turn, YES));
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    assert_eq!(source_of_a_known_question(&guest).await, Source::FaqEdge);
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(source_of_a_known_question(&guest).await, Source::Extractive);
}

async fn the_known_answers_come_back_when_the_origin_says_so(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| answer_with(turn, YES));
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    ask_for_a_person(&guest).await;
    assert_eq!(source_of_a_known_question(&guest).await, Source::Extractive);
    origin.do_from_now_on(|turn| answer_with(turn, NO));
    assert_eq!(source_of_a_known_question(&guest).await, Source::Extractive);
    assert_eq!(source_of_a_known_question(&guest).await, Source::FaqEdge);
}

async fn an_origin_that_says_nothing_leaves_it_as_it_was(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| answer_with(turn, "x-mangaassist-handed-over: perhaps"));
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(source_of_a_known_question(&guest).await, Source::FaqEdge);
    ask_for_a_person(&guest).await;
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(source_of_a_known_question(&guest).await, Source::Extractive);
}

async fn a_guest_who_signs_in_goes_on_waiting(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    ask_for_a_person(&guest).await;
    let upgrade = guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    let customer = shop.stranger().with_cookie(&Reply::to(upgrade).await.cookie());
    assert_eq!(source_of_a_known_question(&customer).await, Source::Extractive);
}
