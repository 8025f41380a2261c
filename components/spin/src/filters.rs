//! The filters that the shop is composed with, as slots of the chain. A filter is called like any function of another component;
//! what it may read and write is enforced by the chain, as on the edge.

use std::cell::OnceCell;
use std::future::ready;
use std::pin::Pin;

use chain::bindings as filters;
use chain::grant::{Grant, Names};
use chain::wit::{EventVerdict, Outgoing, Request, Response, ResponseVerdict, Turn, TurnVerdict, Verdict};
use chain::{CallFailure, Chain, Note, OnFailure, Policy, Readable, Slot, TurnFilter, Vectors};
use serde::Deserialize;
use serde_json::json;
use spin_sdk::llm;

use crate::log;

/// The slots, in the order of `config/edge.toml`.
const SLOTS: &str = include_str!(concat!(env!("OUT_DIR"), "/slots.json"));

/// The model whose vectors filters ask for, where `spin.toml` allows it.
const MODEL: llm::EmbeddingModel<'static> = llm::EmbeddingModel::AllMiniLmL6V2;

type OnRequest = fn(&Request) -> Verdict;
type OnTurn = fn(&Turn) -> TurnVerdict;

#[derive(Deserialize)]
struct Settings {
    name: String,
    on_failure: OnFailure,
    #[serde(default = "every_path")]
    paths: Names,
    phases: Option<Vec<Phase>>,
    grant: Grant,
}

/// A phase of the contract, as a slot's settings name it.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    Request,
    Turn,
    /// A slot that names this one or the next is not composed.
    Response,
    Event,
}

impl Settings {
    /// Whether the filter is called in this phase: in every one when none is named.
    fn has_phase(&self, phase: Phase) -> bool {
        self.phases.as_ref().is_none_or(|phases| phases.contains(&phase))
    }
}

fn every_path() -> Names {
    Names::new(["*"])
}

/// A filter in its slot.
pub(crate) struct Filter {
    settings: Settings,
    on_request: Option<OnRequest>,
    on_turn: Option<OnTurn>,
}

/// The filter of one turn.
pub(crate) struct OfTurn(OnTurn);

impl TurnFilter for OfTurn {
    fn on_turn(&self, turn: &Turn) -> Result<TurnVerdict, CallFailure> {
        Ok(self.0(turn))
    }
}

thread_local! {
    static CHAIN: OnceCell<&'static Chain<Filter>> = const { OnceCell::new() };
}

/// The chain of this instance.
pub(crate) fn chain() -> &'static Chain<Filter> {
    CHAIN.with(|chain| *chain.get_or_init(|| Box::leak(Box::new(Chain::new(slots())))))
}

fn slots() -> Vec<Filter> {
    let settings: Vec<Settings> = serde_json::from_str(SLOTS).expect("build.rs wrote the slots");
    settings.into_iter().map(filter).collect()
}

/// # Panics
/// There is a slot in `config/edge.toml` that this component is not composed with: nothing must be served without it.
fn filter(settings: Settings) -> Filter {
    let (on_request, on_turn): (Option<OnRequest>, Option<OnTurn>) = match settings.name.as_str() {
        "waf" => (Some(filters::waf_request::on_request), Some(filters::waf_turn::on_turn)),
        "auth" => (Some(filters::auth_request::on_request), None),
        "guest-session" => (Some(filters::guest_session_request::on_request), None),
        "rate-limit" => {
            (Some(filters::rate_limit_request::on_request), Some(filters::rate_limit_turn::on_turn))
        }
        "faq" => (None, Some(filters::faq_turn::on_turn)),
        name => panic!("the world `composed` of wit/ has no filter `{name}`: add its phases there and here"),
    };
    Filter {
        on_request: on_request.filter(|_| settings.has_phase(Phase::Request)),
        on_turn: on_turn.filter(|_| settings.has_phase(Phase::Turn)),
        settings,
    }
}

impl Slot for Filter {
    type TurnFilter = OfTurn;

    fn policy(&self) -> Policy<'_> {
        let Settings { name, on_failure, paths, grant, phases: _ } = &self.settings;
        Policy { name, on_failure: *on_failure, paths, grant }
    }

    fn on_request(&self, request: Readable<'_, Request>) -> Option<Result<Verdict, CallFailure>> {
        let on_request = self.on_request?;
        Some(request.hand_over(|request| Ok(on_request(request))))
    }

    fn turn_filter(&self) -> Option<OfTurn> {
        self.on_turn.map(OfTurn)
    }

    fn on_response(&self, _: Readable<'_, Response>) -> Option<Result<ResponseVerdict, CallFailure>> {
        None
    }

    fn on_event(&self, _: &Outgoing) -> Option<Result<EventVerdict, CallFailure>> {
        None
    }

    fn sees_responses(&self) -> bool {
        false
    }

    fn sees_events(&self) -> bool {
        false
    }

    fn note(&self, note: Note<'_>) {
        let slot = &self.settings.name;
        match note {
            Note::DeniedFact { request_id, kind } => log::line(
                "WARN",
                "fact not granted",
                json!({ "slot": slot, "request_id": request_id, "kind": format!("{kind:?}") }),
            ),
            Note::DeniedHeader { request_id, name } => log::line(
                "WARN",
                "header not granted",
                json!({ "slot": slot, "request_id": request_id, "header": name }),
            ),
            // There is nobody to count for.
            Note::Next | Note::Answer | Note::Refuse | Note::Ask => {}
        }
    }
}

/// Sentence vectors by Spin's own model. None when the manifest does not allow it or it is not there.
pub(crate) struct SpinVectors;

impl Vectors for SpinVectors {
    fn vector<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>> {
        let vectors = llm::generate_embeddings(MODEL, &[text.to_owned()]);
        Box::pin(ready(vectors.ok().and_then(|vectors| vectors.embeddings.into_iter().next())))
    }
}
