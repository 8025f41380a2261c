//! The application on a listener.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Sleep;
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyHandler, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView as _};

use crate::application::Application;
use crate::state::State;

/// Requests that one instance serves, one after the other or at once.
const REQUESTS_PER_INSTANCE_MAX: usize = 128;
/// Requests that one instance serves at once.
const REQUESTS_AT_ONCE_MAX: usize = 16;
/// How long an instance is kept for the next request.
const IDLE: Duration = Duration::from_secs(1);

/// A served application. It ends when it is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves the application on a free port of this machine.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(application: Application) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let handler = ProxyHandler::new(Instances(Arc::new(application)));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, client)) = listener.accept().await {
                tokio::spawn(connection(stream, client, address, handler.clone()));
            }
        });
        Ok(Self { address, accepting })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(
    stream: TcpStream,
    client: SocketAddr,
    server: SocketAddr,
    handler: ProxyHandler<Instances>,
) {
    // Small writes are a stream's deltas: they go out at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let handler = handler.clone();
        async move { Ok::<_, Infallible>(answer(&handler, request, client, server).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new());
    // A client that is gone is none of ours.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    handler: &ProxyHandler<Instances>,
    mut request: http::Request<Incoming>,
    client: SocketAddr,
    server: SocketAddr,
) -> http::Response<WasiBody> {
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let url = format!("http://{server}{path}");
    // As Spin tells its components: after whatever a client has sent under these names.
    for (name, value) in [("spin-client-addr", client.to_string()), ("spin-full-url", url.clone())] {
        if let Ok(value) = value.parse() {
            request.headers_mut().append(name, value);
        }
    }
    let uri = url.parse();
    let request = request.map(|body| body.map_err(Error::Hyper).boxed_unsync());
    let request = match uri {
        Ok(uri) => {
            let (mut parts, body) = request.into_parts();
            parts.uri = uri;
            http::Request::from_parts(parts, body)
        }
        Err(_) => request,
    };
    match handler.handle((), request).await {
        Ok(response) => response,
        Err(error) => {
            tracing::warn!(cause = format!("{error:#}"), "the component failed");
            let body = Full::from("the component failed").map_err(|never| match never {}).boxed_unsync();
            let mut response = http::Response::new(body);
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

#[derive(Clone)]
struct Instances(Arc<Application>);

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Idle;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Idle, Worker>> {
        let mut store = self.0.store()?;
        let proxy = self.0.proxy().instantiate_async(&mut store).await?;
        Ok(Instance { store, proxy, view: State::http, expiration: Idle::new(), state: Worker })
    }
}

/// An idle instance goes after a while; a busy one has its time.
struct Idle(Pin<Box<Sleep>>);

impl Idle {
    fn new() -> Self {
        Self(Box::pin(tokio::time::sleep(IDLE)))
    }
}

impl WorkerExpiration for Idle {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        if status != WorkerStatus::Idle {
            return Poll::Pending;
        }
        let ends = tokio::time::Instant::from_std(since) + IDLE;
        if self.0.deadline() != ends {
            self.0.as_mut().reset(ends);
        }
        self.0.as_mut().poll(context)
    }
}

struct Worker;

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, at_once: usize, in_all: usize) -> ShouldAccept {
        if in_all >= REQUESTS_PER_INSTANCE_MAX {
            ShouldAccept::Never
        } else if at_once >= REQUESTS_AT_ONCE_MAX {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, _: Store<State>, result: wasmtime::Result<()>) {
        if let Err(error) = result {
            tracing::warn!(cause = format!("{error:#}"), "an instance failed");
        }
    }
}
