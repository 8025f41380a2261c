//! Whole-system tests: real hosts, real filters, real sockets on port 0, in this process. One module a subject.

mod api_docs;
mod bad_input;
mod browser;
mod chat_turns;
mod demo_site;
mod draining;
mod filters;
mod fixture;
mod hosts;
mod misbehaving;
mod models;
mod origin_failures;
mod readme;
mod replacement;
mod responses;
mod sentences;
mod shop_data;
mod sockets;
mod spin;
mod tls;
mod waf;
mod whole_shop;
