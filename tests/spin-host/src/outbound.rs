//! Requests that the component sends: to the hosts that the manifest allows, over HTTP/1.1.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::state::Allowed;

/// How long anything takes at most when the component does not say: Spin's own default.
const TIMEOUT: Duration = Duration::from_secs(600);

type Ended = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sent = Result<(http::Response<WasiBody>, Ended), Error>;

pub(crate) struct Outbound {
    allowed: Arc<Allowed>,
}

impl Outbound {
    pub(crate) const fn new(allowed: Arc<Allowed>) -> Self {
        Self { allowed }
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Ended,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        if !self.allowed.hosts.iter().any(|host| host.allows(request.uri())) {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        Box::new(send(request, options.unwrap_or_default()))
    }
}

async fn send(mut request: http::Request<WasiBody>, options: RequestOptions) -> Sent {
    let authority = request.uri().authority().ok_or(Error::HttpRequestUriInvalid)?.to_string();
    let connect =
        tokio::time::timeout(options.connect_timeout.unwrap_or(TIMEOUT), TcpStream::connect(authority));
    let stream =
        connect.await.map_err(|_| Error::ConnectionTimeout)?.map_err(|error| match error.kind() {
            io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
            _ => Error::Connect(error),
        })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Error::Hyper)?;
    // Ends with the response's body, or when the component drops it.
    let connection = tokio::spawn(connection);
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(http::Uri::default, http::Uri::from);
    let first_byte = options.first_byte_timeout.unwrap_or(TIMEOUT);
    let response = tokio::time::timeout(first_byte, sender.send_request(request)).await;
    let response = response.map_err(|_| Error::HttpResponseTimeout)?.map_err(Error::Hyper)?;
    let between = options.between_bytes_timeout.unwrap_or(TIMEOUT);
    let response = response.map(|body| paced(body, between));
    Ok((
        response,
        Box::new(async move {
            // A connection that broke has told so in the body.
            let _ = connection.await;
            Ok(())
        }),
    ))
}

/// The body, broken off when nothing comes for this long.
fn paced(body: hyper::body::Incoming, between: Duration) -> WasiBody {
    let frames = futures_util::stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match tokio::time::timeout(between, body.frame()).await {
            Ok(None) => None,
            Ok(Some(Ok(frame))) => Some((Ok(frame), Some(body))),
            Ok(Some(Err(error))) => Some((Err(Error::Hyper(error)), None)),
            Err(_) => Some((Err(Error::ConnectionReadTimeout), None)),
        }
    });
    http_body_util::StreamBody::new(frames).boxed_unsync()
}
