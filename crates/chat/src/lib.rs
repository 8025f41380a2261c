//! The chat protocol, as data: what a client sends, what it gets back, and what the edge and the origin say to each
//! other. Nothing here reads a socket, a clock or a file.
//!
//! - [`message`]: what a client may send, over a WebSocket or by post.
//! - [`event`]: what an answer is made of, the same on every transport.
//! - [`answer`]: the forms that an answer to a post goes out in.
//! - [`feature`]: what a session may use, and by which transports.
//! - [`route`]: the calls, by method and path.
//! - [`problem`]: errors, as RFC 9457 problem documents with stable codes.
//! - [`internal`]: the calls between the edge and the origin, and what is made of the replies.
//! - [`limits`]: the bounds of all of these, each with a name.
//! - `validate` (feature): the JSON schemas, and reading by them.
#![forbid(unsafe_code)]

pub mod answer;
pub mod event;
pub mod feature;
pub mod internal;
pub mod limits;
pub mod message;
pub mod problem;
pub mod route;
#[cfg(feature = "validate")]
pub mod validate;

pub use event::{Citation, CitationKind, Cost, Event, Money, Product, Source, Stock, Usage};
pub use feature::Feature;
pub use message::{ClientMessage, Language, MessagePost, Page, Rating};
pub use problem::{Code, Problem};
