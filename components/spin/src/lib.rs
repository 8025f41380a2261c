//! The shop on Spin: an HTTP entry that runs the same filters as the edge, answers what they answer, and forwards the rest to the
//! origin by the same signed calls.
//!
//! It is composed with its filters into one component (`compose/`), so what the edge does around a call is Spin's here or is
//! left out: an instance is the isolation, and a filter that traps ends the instance, with every request that it serves at that
//! moment. Filters are called with requests and turns: a slot with a filter for responses or events is not composed. There is no
//! WebSocket, because Spin ends none.
//!
//! - [`serve`]: a request from its head to its reply. - [`incoming`]: read within bounds. - [`filters`]: the chain.
//! - [`calls`] and [`turns`]: what the calls of the API do. - [`origin`]: the calls to it. - [`store`]: what is kept between requests.

mod calls;
mod cors;
mod exchange;
mod files;
mod filters;
mod incoming;
mod log;
mod origin;
mod serve;
mod settings;
mod store;
mod turns;

use spin_sdk::http::{Request, Response};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> Response<exchange::Body> {
    serve::answer(request).await
}
