//! The turn phase, and filters that ask for a sentence vector.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use host::chain::{Chain, NoVectors, TurnDecision, TurnOutcome, Vectors};
use host::config::{OnFailure, SlotConfig};
use host::slot::Slot;
use host::wit::{Asked, ChatEvent, Language, Turn};
use serde_json::json;

use super::artifacts::misbehave;
use super::rig::{Rig, client, config, context, score, shown};

fn turn() -> Turn {
    Turn {
        context: context(),
        client: client(),
        id: "4c9b0c8e-3f43-4c8e-9f0e-2d2e6a3b5f10".into(),
        text: "Where is my order?".into(),
        language: Language::En,
        page: None,
        dissatisfied: false,
        previous: None,
        handed_over: false,
        asked: Asked::NotYet,
    }
}

type Vector<'a> = Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>>;

/// A model whose vectors have three numbers, and which keeps what it was asked.
#[derive(Default)]
struct Model {
    asked: Mutex<Vec<String>>,
}

impl Vectors for Model {
    fn vector<'a>(&'a self, text: &'a str) -> Vector<'a> {
        self.asked.lock().expect("no panic").push(text.to_owned());
        Box::pin(ready(Some(vec![0.6, 0.8, 0.0])))
    }
}

/// No model; but while it is asked, the slot gets another version.
struct Replacing(Arc<Slot>);

impl Vectors for Replacing {
    fn vector<'a>(&'a self, _: &'a str) -> Vector<'a> {
        self.0.replace(misbehave(&json!({ "on_turn": "ask", "name": "v2" }))).expect("published");
        Box::pin(ready(None))
    }
}

async fn without_a_model(chain: &Chain) -> TurnOutcome {
    chain.turn(turn(), &NoVectors).await
}

#[tokio::test]
async fn a_filter_that_asks_is_called_again_with_the_vector() {
    let rig = Rig::new();
    let model = Model::default();
    let outcome = rig.chain(json!({ "on_turn": "ask" })).turn(turn(), &model).await;
    assert!(matches!(outcome.decision, TurnDecision::Next));
    assert_eq!(score(&outcome.context, "numbers"), Some(3));
    assert_eq!(*model.asked.lock().unwrap(), ["Where is my order?"]);
}

#[tokio::test]
async fn asking_without_a_model_says_unavailable() {
    let rig = Rig::new();
    let outcome = without_a_model(&rig.chain(json!({ "on_turn": "ask", "name": "v1" }))).await;
    assert_eq!(outcome.context.tags, ["v1: unavailable"]);
}

#[tokio::test]
async fn asking_twice_counts_as_next() {
    let rig = Rig::new();
    let model = Model::default();
    let asks = rig.slot(config("first"), json!({ "on_turn": "ask-forever" }));
    let answers = rig.slot(config("second"), json!({ "on_turn": "answer", "name": "v" }));
    let outcome = Chain::new(vec![asks, answers]).turn(turn(), &model).await;
    assert!(matches!(outcome.decision, TurnDecision::Answer(_, slot) if slot == "second"));
    assert_eq!(model.asked.lock().unwrap().len(), 1);
    let verdicts = |outcome: &str| rig.counter("filter_verdicts", "first", &format!("outcome=\"{outcome}\""));
    assert_eq!([verdicts("ask"), verdicts("next")], [1, 1]);
}

#[tokio::test]
async fn the_next_filter_that_asks_has_not_asked_yet() {
    let rig = Rig::new();
    let model = Model::default();
    let slots = ["first", "second"].map(|name| rig.slot(config(name), json!({ "on_turn": "ask" })));
    Chain::new(slots.into()).turn(turn(), &model).await;
    assert_eq!(model.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_turn_that_asked_ends_on_the_version_it_began_with() {
    let rig = Rig::new();
    let slot = rig.slot(config("first"), json!({ "on_turn": "ask", "name": "v1" }));
    let chain = Chain::new(vec![slot.clone()]);
    let outcome = chain.turn(turn(), &Replacing(slot)).await;
    assert_eq!(outcome.context.tags, ["v1: unavailable"]);
    assert_eq!(without_a_model(&chain).await.context.tags, ["v2: unavailable"]);
}

#[tokio::test]
async fn a_turn_is_answered_with_events() {
    let rig = Rig::new();
    let outcome = without_a_model(&rig.chain(json!({ "on_turn": "answer", "name": "v" }))).await;
    match outcome.decision {
        TurnDecision::Answer(events, slot) => {
            assert!(matches!(events.as_slice(), [ChatEvent::Delta(text)] if text == "v"));
            assert_eq!(slot, "first");
        }
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[tokio::test]
async fn a_turns_response_headers_stay_on_a_later_refusal() {
    let rig = Rig::new();
    let adds = rig.slot(config("first"), json!({ "on_turn": "add-response-header", "name": "v" }));
    let refuses = rig.slot(config("second"), json!({ "on_turn": "refuse" }));
    let outcome = Chain::new(vec![adds, refuses]).turn(turn(), &NoVectors).await;
    assert!(matches!(outcome.decision, TurnDecision::Refuse(refusal, _) if refusal.status == 403));
    assert_eq!(shown(&outcome.response_headers), ["x-granted: v"]);
}

#[tokio::test]
async fn failures_of_a_turn_are_answered_by_the_policy() {
    let rig = Rig::new();
    for (behaviour, cause) in [("trap", "trap"), ("loop", "deadline"), ("huge-answer", "overrun")] {
        let slot = SlotConfig { deadline_ms: 500, ..config("first") };
        let chain = Chain::new(vec![rig.slot(slot, json!({ "on_turn": behaviour }))]);
        match without_a_model(&chain).await.decision {
            TurnDecision::Refuse(refusal, _) => {
                assert_eq!((refusal.status, refusal.rule), (503, Some(format!("first:{cause}"))));
            }
            other => panic!("{behaviour}: expected a refusal, got {other:?}"),
        }
    }
    let open = SlotConfig { on_failure: OnFailure::Open, ..config("open") };
    let chain = Chain::new(vec![rig.slot(open, json!({ "on_turn": "trap" }))]);
    assert!(matches!(without_a_model(&chain).await.decision, TurnDecision::Next));
}
