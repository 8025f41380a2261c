//! Which pages may call: the shop's own. Cross-Origin Resource Sharing as in the Fetch standard, section 3.2.

use chat::Code;
use chat::route::Route;
use http::request::Parts;

use crate::exchange::{Exchange, Refused};
use crate::incoming;

/// Lets the page's request through.
///
/// # Errors
/// The request says which page it comes from, and that is another shop's.
pub(crate) fn check(exchange: &mut Exchange, head: &Parts) -> Result<(), Refused> {
    if exchange.route == Route::Page {
        return Ok(());
    }
    let Some(origin) = head.headers.get("origin") else { return Ok(()) };
    exchange.add_header("vary", "origin");
    let scheme = if exchange.client.secure { "https" } else { "http" };
    let own = format!("{scheme}://{}", incoming::host(head));
    if origin.as_bytes() == own.as_bytes() {
        return Ok(());
    }
    Err(Refused::new(Code::OriginNotAllowed, "This page may not use the assistant."))
}
