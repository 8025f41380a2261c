//! The types of the contract, as the chain takes and gives them. See `wit/` for what each means.

// A native host calls what a filter exports; a composed one imports the same.
#[cfg(not(target_family = "wasm"))]
use crate::bindings::exports::mangaassist::edge as phases;
#[cfg(target_family = "wasm")]
use crate::bindings::mangaassist::edge as phases;

pub use crate::bindings::mangaassist::edge::types::{
    Changes, Client, Context, Fact, Header, Principal, Refusal, ResponseParts, Score, Tier,
};
pub use phases::event_filter::{EventVerdict, Outgoing};
pub use phases::request_filter::{Request, Verdict};
pub use phases::response_filter::{Response, ResponseChanges, ResponseVerdict};
pub use phases::turn_filter::{
    AnswerSource, Asked, ChatEvent, Citation, CitationKind, Language, Page, PreviousAnswer, Turn, TurnVerdict,
};
