//! Holds the shop's filters against tests of others: the Core Rule Set's own regression tests, and questions whose answer is
//! known. The filters are the built components, published into the real host; what is measured is what the shop would run.
//!
//! - [`crs`]: go-ftw tests against a target: the WAF's [`component`] in the host, the listening [`edge`], the engine alone, or
//!   component and engine side by side ([`differential`]).
//! - [`faq`]: how many questions the FAQ component answers, and how many of them rightly.
//! - [`shop`] reads the slots' settings, [`publish`] publishes a filter, [`turns`] are what a chat filter is asked, [`capture`] keeps
//!   what a filter logs, [`counters`] reads what the host counted. `bench faq` measures with the same.
#![forbid(unsafe_code)]

pub mod backend;
pub mod capture;
pub mod component;
pub mod counters;
pub mod crs;
pub mod differential;
pub mod edge;
pub mod faq;
pub mod publish;
pub mod security_log;
pub mod shop;
pub mod turns;
