//! The component host: takes a filter (a WebAssembly component of package `mangaassist:edge`), publishes it into a slot, and
//! calls it within its bounds. It knows no proxy, no socket and no chat protocol; the edge, the tools and the tests
//! are built on it.
//!
//! - [`config`]: a slot's settings, and its [`grant::Grant`]: what its filter may import, read and write.
//! - [`artifact`]: what is published: the component's bytes, its settings and its assets.
//! - [`publish`]: artifact → checked, pre-initialised, compiled [`version::Version`].
//! - [`slot`]: a name with a current version; replacing it is an atomic swap.
//! - [`chain`]: the slots in order, and what becomes of their verdicts.
//! - [`services`]: what the imports stand on: clock, keys, buckets, sessions.
//! - [`watch`]: publishes what changes in a directory.

pub mod artifact;
pub mod chain;
pub mod config;
pub mod engine;
pub mod grant;
pub mod metrics;
pub mod publish;
pub mod services;
pub mod slot;
pub mod version;
pub mod watch;

mod bindings;
mod state;

/// The types of the contract, as the chain takes and gives them. See `wit/` for what each means.
pub mod wit {
    pub use crate::bindings::exports::mangaassist::edge::event_filter::{EventVerdict, Outgoing};
    pub use crate::bindings::exports::mangaassist::edge::request_filter::{Request, Verdict};
    pub use crate::bindings::exports::mangaassist::edge::response_filter::{
        Response, ResponseChanges, ResponseVerdict,
    };
    pub use crate::bindings::exports::mangaassist::edge::turn_filter::{
        AnswerSource, Asked, ChatEvent, Citation, CitationKind, Language, Page, PreviousAnswer, Turn,
        TurnVerdict,
    };
    pub use crate::bindings::mangaassist::edge::types::{
        Changes, Client, Context, Fact, Header, Principal, Refusal, ResponseParts, Score, Tier,
    };
}
