//! The same message again: it is answered once, and run again only after a failure of ours, which takes no token.

use chat::Code;
use chat::limits::FREE_RUNS_MAX;

use crate::fixture::{DISCOVERY, FakeOrigin, Front, Kind, SHIPPING, Step, message, source_of, text_of};

on_every_host! {
    the_same_message_twice_is_answered_once,
    the_same_message_in_the_other_form_is_answered_from_the_first_run,
    the_same_id_in_another_session_is_another_message,
    the_same_id_with_another_text_is_a_conflict,
    a_retry_after_the_origin_was_down_runs_and_takes_no_token,
    a_retry_after_an_interruption_runs_from_the_start_and_takes_no_token,
    a_second_retry_takes_no_token_either,
    a_retry_that_was_answered_is_not_run_again,
    one_token_pays_for_a_few_runs_and_the_next_one_takes_another,
}

async fn the_same_message_twice_is_answered_once(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try ", "Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let first = guest.ask_for_stream(&question).await.rest().await;
    let second = guest.ask_for_stream(&question).await.rest().await;
    assert_eq!(first, second);
    assert_eq!(origin.turns().len(), 1);
}

async fn the_same_message_in_the_other_form_is_answered_from_the_first_run(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try ", "Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    for text in [DISCOVERY, SHIPPING] {
        let question = message(text);
        let document = guest.ask(&question).await;
        let stream = guest.ask_for_stream(&question).await;
        let left = stream.response.headers().get("x-ratelimit-remaining").expect("what is left").clone();
        assert_eq!(left, document.turns_left().to_string(), "{text}");
        let events = stream.rest().await;
        let document = document.answer();
        assert_eq!((text_of(&events), source_of(&events)), (document.text, document.source));
    }
    assert_eq!(origin.turns().len(), 1);
}

async fn the_same_id_in_another_session_is_another_message(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let question = message(DISCOVERY);
    shop.guest().await.ask(&question).await.answer();
    shop.guest().await.ask(&question).await.answer();
    assert_eq!(origin.turns().len(), 2);
}

async fn the_same_id_with_another_text_is_a_conflict(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    let other = chat::MessagePost { text: "And to France?".into(), ..question };
    let reply = guest.ask(&other).await;
    assert_eq!((reply.status, reply.problem().code), (409, Code::IdReused));
}

async fn a_retry_after_the_origin_was_down_runs_and_takes_no_token(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let question = message(DISCOVERY);
    let failed = guest.ask(&question).await;
    assert_eq!((failed.status, failed.problem().code), (503, Code::OriginDown));
    origin.come_up();
    let again = guest.ask(&question).await;
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(again.turns_left(), failed.turns_left());
    assert_eq!(origin.turns().len(), 1);
}

async fn a_retry_after_an_interruption_runs_from_the_start_and_takes_no_token(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Cut]
    });
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let failed = guest.ask(&question).await;
    assert_eq!((failed.status, failed.problem().code), (502, Code::Interrupted));
    origin.answer_from_now_on(&["Try ", "Berserk."]);
    let again = guest.ask(&question).await;
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(again.turns_left(), failed.turns_left());
    assert_eq!(origin.turns().iter().map(|turn| turn.id).collect::<Vec<_>>(), [question.id, question.id]);
}

async fn a_second_retry_takes_no_token_either(kind: Kind) {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let failed = guest.ask(&question).await;
    assert_eq!(guest.ask(&question).await.problem().code, Code::Overloaded);
    origin.answer_from_now_on(&["Try Berserk."]);
    let again = guest.ask(&question).await;
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(again.turns_left(), failed.turns_left());
}

async fn a_retry_that_was_answered_is_not_run_again(kind: Kind) {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    assert_eq!(guest.ask(&question).await.status, 503);
    origin.answer_from_now_on(&["Try Berserk."]);
    let first = guest.ask_for_stream(&question).await.rest().await;
    assert_eq!(text_of(&first), "Try Berserk.");
    assert_eq!(guest.ask_for_stream(&question).await.rest().await, first);
    assert_eq!(origin.turns().len(), 2);
}

async fn one_token_pays_for_a_few_runs_and_the_next_one_takes_another(kind: Kind) {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let left = guest.ask(&question).await.turns_left();
    for _ in 1..FREE_RUNS_MAX {
        assert_eq!(guest.ask(&question).await.turns_left(), left);
    }
    assert_eq!(guest.ask(&question).await.turns_left(), left - 1);
    assert_eq!(guest.ask(&question).await.turns_left(), left - 2);
}
