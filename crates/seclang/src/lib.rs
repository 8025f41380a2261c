//! The ModSecurity rule language (SecLang): parser, compiler and engine.
//!
//! Rule files are compiled once into a [`RuleSet`]; each request, response or chat message is a [`Transaction`] over
//! it. Nothing here does I/O, reads a clock or knows a host: rule text, data files, requests and bodies are handed in, and
//! what comes out is an [`Outcome`] and the [`Match`]es that explain it.
//!
//! ```
//! use seclang::{Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction};
//!
//! let text = r#"SecRule ARGS "@rx (?i)<script" "id:1,phase:2,deny,status:403,msg:'Script',t:none,t:urlDecodeUni""#;
//! let rules = RuleSet::compile(&[Source { name: "rules.conf", text }], &NoDataFiles).expect("rules without mistakes");
//! let mut transaction = Transaction::new(&rules, Mode::Block);
//! let head = RequestHead { method: "GET", uri: "/?q=%3Cscript%3E", protocol: "HTTP/1.1", ..RequestHead::default() };
//! assert!(transaction.request_head(&head).interruption().is_none());
//! let refusal = transaction.request_body(b"");
//! assert_eq!(refusal.interruption().map(|i| (i.status, i.rule_id)), Some((403, 1)));
//! assert_eq!(transaction.matches()[0].variable, "ARGS:q");
//! ```
//!
//! # What differs from ModSecurity
//!
//! - `MESSAGE` is a chat message's text ([`Transaction::chat_message`]). No other variable shows it, and rules about HTTP
//!   requests are not run on messages.
//! - `INSPECTION_ERROR` is 1 when a bound of [`limits`] kept something from being inspected; `INSPECTION_ERROR_MSG` says
//!   which. Rules decide what that means.
//! - JSON and XML bodies are read whenever the content type says so, without a `ctl`.
//! - `SecRuleEngine` defaults to `On`; [`Mode`] decides whether anything is interrupted.
//! - A response may be judged without its request: [`Transaction::answered_request`].
//! - Collections opened by `initcol` are kept by a [`Records`], which a host provides; without one they last as long as the transaction.
//! - `SecInspectDecoded On` (it is `Off` unless set) shows rules what values stand for, too. A header, a cookie, an argument's
//!   name or value, a file name, a text or attribute of XML, and a segment of the path (as `REQUEST_FILENAME`) that is wholly
//!   base64, hexadecimal or UTF-16 of a text, or holds percent or backslash escapes, character references or full-width letters,
//!   is also looked at decoded, under the name it has, twice over. Rules that count, compare or say what a value must be (a
//!   negated operator) do not see what was decoded, and no size or number of members grows by it.
//! - A body with a `Content-Encoding` is inflated before anything reads it: `gzip` and `deflate`, at most two of them. One that
//!   cannot be (another encoding, a broken or cut stream, more than the bounds of [`limits`]) is `REQBODY_ERROR`, of a
//!   response `INSPECTION_ERROR`. What is forwarded is not this engine's matter.
//! - A regex is a regular expression: look-around and back-references are refused when rules are compiled, and no input
//!   makes matching slow.
#![forbid(unsafe_code)]

mod bytes;
mod compile;
mod decode;
mod engine;
mod error;
pub mod limits;
mod operators;
mod outcome;
mod parse;
mod records;
mod source;
mod transform;
mod variable;

pub use compile::RuleSet;
pub use engine::{Transaction, Workspace};
pub use error::RuleError;
pub use outcome::{AnsweredRequest, Interruption, Match, Mode, Outcome, RequestHead, Severity};
pub use records::Records;
pub use source::{DataFiles, NoDataFiles, Source, rule_files};
