//! One HTTP request, as Pingora hands it over: identified, bounded, filtered, routed, answered, logged.

pub mod cors;
pub mod exchange;
pub mod forward;
pub mod head;
mod hops;
pub mod in_flight;
pub mod incoming;
pub mod judged;
pub mod route;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chat::{Code, Problem};
use host::chain::Decision;
use host::wit;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorSource, ErrorType, Result as PingoraResult};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::{FailToProxy, ProxyHttp, Session};

use crate::app::Edge;
use crate::routes;
use crate::turns::Asker;
use crate::turns::origin::Caller;
use crate::upstream::Upstream;
use exchange::{Exchange, Refused, Reply};
use route::Route;

/// The proxy: Pingora's hooks, each handing on to where the work is.
pub struct Proxy {
    edge: Arc<Edge>,
}

impl Proxy {
    /// The hooks of this edge.
    #[must_use]
    pub const fn new(edge: Arc<Edge>) -> Self {
        Self { edge }
    }

    /// Everything up to the answer; `Ok(false)` when the request is to be forwarded.
    async fn handle(&self, session: &mut Session, exchange: &mut Exchange) -> Result<bool, Refused> {
        self.edge.floor(exchange)?;
        head::check(session.as_downstream())?;
        let target = incoming::target(session)?;
        exchange.route = Route::of(session.req_header().method.as_str(), &target)?;
        incoming::refuse_upgrade(session, exchange);
        exchange.query = target.split_once('?').map(|(_, query)| query.to_owned());
        cors::check(&self.edge, session, exchange)?;
        if exchange.route == Route::Preflight {
            exchange.send_filtered(&self.edge, session, Reply::empty(204)).await;
            return Ok(true);
        }
        let body = incoming::body(&self.edge, session, exchange).await?;
        let request = incoming::request(session, exchange, target, body);
        let outcome = self.edge.chain.request(request);
        exchange.add_headers(&outcome.response_headers);
        if !exchange.is_past_filters {
            exchange.context = Some(outcome.request.context.clone());
        }
        match outcome.decision {
            Decision::Next => {}
            Decision::Answer(parts) => {
                exchange.send_filtered(&self.edge, session, Reply::from_parts(parts)).await;
                return Ok(true);
            }
            Decision::Refuse(refusal, slot) => return Err(Refused::by_filter(&refusal, slot)),
        }
        apply_to_request(session, &outcome.set_headers, &outcome.removed_headers);
        self.route(session, exchange, outcome.request).await
    }

    async fn route(
        &self,
        session: &mut Session,
        exchange: &mut Exchange,
        request: wit::Request,
    ) -> Result<bool, Refused> {
        let edge = &self.edge;
        match exchange.route {
            Route::Page => {
                let is_answered = routes::files::serve(edge, session, exchange, &request).await?;
                exchange.body = request.body.map(Bytes::from);
                return Ok(is_answered);
            }
            Route::Init => routes::session::init(edge, session, exchange, &asker(exchange, request)?).await?,
            Route::Upgrade => {
                routes::session::upgrade(edge, session, exchange, &asker(exchange, request)?).await?
            }
            Route::Messages => {
                let body = request.body.clone().unwrap_or_default();
                let asker = asker(exchange, request)?;
                routes::messages::post(edge, session, exchange, asker, &body).await?;
            }
            Route::Feedback => {
                let body = request.body.clone().unwrap_or_default();
                let asker = asker(exchange, request)?;
                routes::calls::feedback(edge, session, exchange, &asker, &body).await?;
            }
            Route::Handoff => {
                routes::calls::handoff(edge, session, exchange, &asker(exchange, request)?).await?
            }
            Route::Socket => {
                let asker = asker(exchange, request)?;
                crate::socket::serve(edge, session, exchange, asker).await?;
            }
            Route::History => {
                routes::calls::history(edge, session, exchange, &asker(exchange, request)?).await?
            }
            Route::Preflight | Route::Unknown => {
                return Err(Problem::new(Code::NotFound, "There is no such page.").into());
            }
        }
        Ok(true)
    }

    /// Leaves the request to Pingora, unless a filter reads the body of what the site answers: then it is answered here.
    async fn forward(&self, session: &mut Session, exchange: &mut Exchange) -> PingoraResult<bool> {
        let is_judged = !exchange.is_past_filters
            && self.edge.chain.reads_response_bodies(session.req_header().uri.path());
        match self.upstream(exchange).filter(|_| is_judged) {
            // In a box of its own, so that no other request carries what this needs.
            Some(upstream) => {
                Box::pin(judged::serve(&self.edge, upstream, session, exchange)).await.map(|()| true)
            }
            None => Ok(false),
        }
    }

    /// Where the request is forwarded to. The origin is called ([`crate::turns::origin`]); nothing of a client's is forwarded to it.
    fn upstream(&self, exchange: &Exchange) -> Option<&Upstream> {
        self.edge.site_upstream.as_ref().filter(|_| exchange.is_for_site)
    }
}

/// Whom the request is for: who has no session goes no further.
fn asker(exchange: &Exchange, request: wit::Request) -> Result<Asker, Refused> {
    let Some(principal) = request.context.principal.as_ref().filter(|principal| principal.session.is_some())
    else {
        return Err(Problem::new(Code::SessionRequired, "Call POST /v1/chat/init first.").into());
    };
    let principal = chain::words::principal_of(principal);
    let caller = Caller { principal, request_id: exchange.request_id.clone() };
    Ok(Asker { caller, client: request.client, context: request.context })
}

fn apply_to_request(session: &mut Session, set: &[wit::Header], removed: &[String]) {
    let head = session.req_header_mut();
    for name in removed {
        head.remove_header(name.as_str());
    }
    for header in set {
        // The chain lets only well-formed headers through.
        let _ = head.insert_header(header.name.clone(), header.value.as_slice());
    }
}

#[async_trait]
impl ProxyHttp for Proxy {
    type CTX = Exchange;

    fn new_ctx(&self) -> Exchange {
        Exchange::new()
    }

    async fn request_filter(&self, session: &mut Session, exchange: &mut Exchange) -> PingoraResult<bool> {
        exchange.in_flight = Some(self.edge.requests.enter());
        exchange.is_past_filters = !self.edge.chain.sees_responses();
        incoming::begin(session, exchange);
        match self.handle(session, exchange).await {
            Ok(true) => Ok(true),
            Ok(false) => self.forward(session, exchange).await,
            Err(refused) => {
                exchange.refuse(&self.edge, session, refused).await;
                Ok(true)
            }
        }
    }

    async fn upstream_peer(&self, _: &mut Session, exchange: &mut Exchange) -> PingoraResult<Box<HttpPeer>> {
        let upstream = self
            .upstream(exchange)
            .ok_or_else(|| Error::explain(ErrorType::InternalError, "nothing to forward"))?;
        Ok(Box::new(upstream.peer()))
    }

    /// An upstream of several addresses is tried at another one.
    fn fail_to_connect(
        &self,
        _: &mut Session,
        peer: &HttpPeer,
        exchange: &mut Exchange,
        mut error: Box<Error>,
    ) -> Box<Error> {
        exchange.connect_failures += 1;
        if let Some(upstream) = self.upstream(exchange) {
            error.set_retry(upstream.could_not_connect(peer, &error, exchange.connect_failures));
        }
        error
    }

    async fn upstream_request_filter(
        &self,
        _: &mut Session,
        upstream: &mut RequestHeader,
        exchange: &mut Exchange,
    ) -> PingoraResult<()> {
        forward::finish_request(upstream, exchange)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        exchange: &mut Exchange,
    ) -> PingoraResult<()> {
        if response.status.is_informational() {
            // The response itself is still to come.
            return Ok(());
        }
        // The body is still to come, and is streamed.
        forward::finish_response(&self.edge, session, response, None, exchange)
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        error: &Error,
        exchange: &mut Exchange,
    ) -> FailToProxy {
        let problem = match error.esource() {
            ErrorSource::Upstream => match error.etype() {
                ErrorType::ConnectTimedout | ErrorType::ReadTimedout => {
                    Problem::new(Code::OriginTimeout, "The page took too long to come. Try again.")
                }
                ErrorType::ConnectRefused | ErrorType::ConnectError | ErrorType::ConnectNoRoute => {
                    Problem::new(
                        Code::OriginDown,
                        "The page cannot be reached right now. Try again in a moment.",
                    )
                }
                _ => Problem::new(Code::BadGateway, "The page came broken. Try again."),
            },
            ErrorSource::Downstream => Problem::new(Code::Malformed, "The request could not be read."),
            ErrorSource::Internal | ErrorSource::Unset => match error.etype() {
                ErrorType::HTTPStatus(403) => {
                    Problem::new(Code::Blocked, "A security rule refused the answer.")
                }
                _ => Problem::new(Code::Internal, "Something went wrong on our side."),
            },
        };
        let refused = exchange.response_refusal.take().unwrap_or_else(|| problem.into());
        tracing::warn!(
            request_id = exchange.request_id,
            code = refused.problem.code.as_str(),
            rule = refused.rule,
            cause = error.etype().as_str(),
            "forwarding failed"
        );
        let status = refused.problem.status;
        let is_begun = session.response_written().is_some_and(|head| !head.status.is_informational());
        if !is_begun {
            // Pingora closes after this, and the client is to know.
            session.set_keepalive(None);
            exchange.refuse(&self.edge, session, refused).await;
        }
        FailToProxy { error_code: status, can_reuse_downstream: false }
    }

    async fn logging(&self, session: &mut Session, _: Option<&Error>, exchange: &mut Exchange) {
        let status = session.response_written().map_or(exchange.status, |head| head.status.as_u16());
        self.edge.metrics.request(exchange.route.name(), status);
        exchange.log(session.req_header().method.as_str(), session.req_header().uri.path(), status);
    }
}
