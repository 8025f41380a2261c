//! A request from its head to its reply: identified, bounded, filtered, routed.

use chain::Decision;
use chain::wit;
use chat::route::Route;
use chat::{Code, Problem};
use http::request::Parts;
use identity::Principal;
use spin_sdk::http::{Request, Response};

use crate::exchange::{Body, Exchange, Refused, Reply};
use crate::store::Store;
use crate::{calls, cors, files, filters, incoming, settings, turns};

/// Whom a call is for, and what the request chain found out.
pub(crate) struct Asker {
    pub(crate) principal: Principal,
    pub(crate) request_id: String,
    pub(crate) client: wit::Client,
    pub(crate) context: wit::Context,
}

impl Asker {
    /// The session that the call belongs to.
    pub(crate) fn session(&self) -> &str {
        self.principal.session.as_deref().unwrap_or_default()
    }
}

/// Answers a request.
pub(crate) async fn answer(request: Request) -> Response<Body> {
    settings::tell_once().await;
    let (head, body) = request.into_parts();
    let mut exchange = incoming::begin(&head);
    let reply = match handle(&mut exchange, &head, body).await {
        Ok(reply) => reply,
        Err(refused) => exchange.refusal(refused),
    };
    exchange.finish(reply)
}

async fn handle<B>(exchange: &mut Exchange, head: &Parts, body: B) -> Result<Reply, Refused>
where
    B: http_body::Body<Data = bytes::Bytes> + Unpin,
{
    let target = incoming::target(head)?;
    exchange.route = Route::of(head.method.as_str(), &target).map_err(|error| {
        let refused = Refused::from(error.problem());
        error.allow().into_iter().fold(refused, |refused, allow| refused.with_header("allow", allow))
    })?;
    cors::check(exchange, head)?;
    if exchange.route == Route::Preflight {
        return Ok(Reply::empty(204));
    }
    let body = incoming::body(exchange, head, body).await?;
    // Without the store no limit is kept and nothing is let through. A filter would tell whoever asks to be slower.
    Store::open().await?.probe().await?;
    let request = incoming::request(exchange, head, target, body);
    let outcome = filters::chain().request(request);
    exchange.add_headers(outcome.response_headers);
    match outcome.decision {
        Decision::Next => route(exchange, head, outcome.request).await,
        Decision::Answer(parts) => Ok(Reply::from_parts(parts)),
        Decision::Refuse(refusal, slot) => Err(Refused::by_filter(refusal, slot)),
    }
}

async fn route(exchange: &mut Exchange, head: &Parts, mut request: wit::Request) -> Result<Reply, Refused> {
    match exchange.route {
        Route::Page => return files::serve(head),
        Route::Socket => return Err(no_sockets()),
        Route::Preflight | Route::Unknown => {
            return Err(Refused::new(Code::NotFound, "There is no such page."));
        }
        Route::Init
        | Route::Upgrade
        | Route::Messages
        | Route::History
        | Route::Feedback
        | Route::Handoff => {}
    }
    let query = request.target.split_once('?').map_or(String::new(), |(_, query)| query.to_owned());
    let body = request.body.take().unwrap_or_default();
    let asker = asker(exchange, request)?;
    match exchange.route {
        Route::Upgrade => calls::upgrade(exchange, &asker).await,
        Route::Messages => turns::post(exchange, head, asker, &body).await,
        Route::History => calls::history(&asker, &query).await,
        Route::Feedback => calls::feedback(&asker, &body).await,
        Route::Handoff => calls::handoff(&asker).await,
        _ => Ok(calls::init(&asker)),
    }
}

/// Whom the request is for: who has no session goes no further.
fn asker(exchange: &Exchange, request: wit::Request) -> Result<Asker, Problem> {
    let principal = request.context.principal.as_ref().filter(|principal| principal.session.is_some());
    let principal = principal
        .map(chain::words::principal_of)
        .ok_or_else(|| Problem::new(Code::SessionRequired, "Call POST /v1/chat/init first."))?;
    Ok(Asker {
        principal,
        request_id: exchange.request_id.clone(),
        client: request.client,
        context: request.context,
    })
}

fn no_sockets() -> Refused {
    Refused::new(
        Code::NoSockets,
        "Post to /v1/chat/messages with `accept: text/event-stream`: the answer comes as Server-Sent Events.",
    )
}
