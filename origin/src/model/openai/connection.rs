//! The way to the server: one pool of HTTP/1.1 connections, the headers, and the bounds of what comes back before an answer does.
//!
//! HTTP/1.1 alone, because there a client that leaves closes the connection, and every server stops for that. Redirects are
//! not followed: they would carry the conversation and the key to wherever they point.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use axum::http::uri::InvalidUri;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::{Client, Error as ClientError, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower::util::{BoxCloneSyncService, ServiceExt as _};

use super::failure;
use super::key::Key;
use super::settings::{BASE_URL_BYTES_MAX, CONNECT_MS_MAX, HEADERS_MAX, IDLE_MS_MAX, Settings};
use crate::model::{ModelError, ModelErrorKind};

/// Longest head of a response, in bytes. hyper allows it 100 headers.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Connections kept for the next answer. More at once are opened and closed.
const IDLE_MAX: usize = 64;
/// The request's id, as OpenAI logs it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-client-request-id");
/// Headers that have a setting of their own, or that HTTP needs for itself.
const RESERVED: [&str; 12] = [
    "accept",
    "api-key",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
];

type BoxError = Box<dyn StdError + Send + Sync>;
type Connector = BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>;

/// The way to one server.
#[derive(Clone)]
pub(super) struct Connection {
    client: Client<Connector, Full<Bytes>>,
    endpoint: Uri,
    headers: HeaderMap,
    key: Option<Arc<Key>>,
}

impl Connection {
    /// The way that these settings describe. Nothing is connected yet.
    ///
    /// # Errors
    /// [`ModelErrorKind::Invalid`] and [`ModelErrorKind::Denied`], naming the setting.
    pub(super) fn new(settings: &Settings) -> Result<Self, ModelError> {
        let endpoint = endpoint(&settings.base_url)?;
        let connector = connector(settings, endpoint.scheme_str() == Some("https"))?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle(settings)?)
            .pool_max_idle_per_host(IDLE_MAX)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .build(connector);
        let key = Key::of(settings)?.map(Arc::new);
        Ok(Self { client, endpoint, headers: headers(settings)?, key })
    }

    /// Asks, and returns what came back if it may be an answer. Dropping this, or the body later, closes the connection. A server
    /// that refuses a key that has been replaced meanwhile is asked once more with the new one: it took nothing the first time.
    ///
    /// # Errors
    /// What the server refused with, or why it could not be reached.
    pub(super) async fn ask(&self, body: Bytes, request_id: &str) -> Result<Incoming, ModelError> {
        let mut headers = self.headers.clone();
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert(REQUEST_ID, id);
        }
        let Some(key) = &self.key else { return self.send(body, headers).await };
        let sent = key.value();
        headers.insert(key.name(), sent.clone());
        let denied = match self.send(body.clone(), headers.clone()).await {
            Err(error) if error.kind == ModelErrorKind::Denied => error,
            asked => return asked,
        };
        let Some(value) = key.replaced(&sent).await else { return Err(denied) };
        headers.insert(key.name(), value);
        self.send(body, headers).await
    }

    async fn send(&self, body: Bytes, headers: HeaderMap) -> Result<Incoming, ModelError> {
        let mut request = Request::post(&self.endpoint)
            .body(Full::from(body))
            .map_err(|error| ModelError::new(ModelErrorKind::Invalid, error))?;
        *request.headers_mut() = headers;
        let response = self.client.request(request).await.map_err(|error| unreached(&error))?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body()),
            _ => Err(refused(response).await),
        }
    }
}

async fn refused(response: Response<Incoming>) -> ModelError {
    let (head, body) = response.into_parts();
    let told = failure::read(body).await;
    let mut error = failure::of_status(head.status, &told.with_id(&head.headers));
    error.retry_after = failure::retry_after(&head.headers, SystemTime::now());
    error
}

/// Why nothing came back. The cause says more than its wrappers do: a refused connection, an unknown certificate.
fn unreached(error: &ClientError) -> ModelError {
    let mut cause: &(dyn StdError + 'static) = error;
    let mut garbage = false;
    while let Some(inner) = cause.source() {
        garbage |= inner.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
        cause = inner;
    }
    if garbage {
        return ModelError::new(ModelErrorKind::Broken, "what came back is not HTTP/1.1: is base_url right?");
    }
    let what = if error.is_connect() { "could not connect" } else { "the connection broke before an answer" };
    ModelError::new(ModelErrorKind::Unavailable, format_args!("{what}: {cause}"))
}

fn endpoint(base_url: &str) -> Result<Uri, ModelError> {
    let invalid = |what: &str| ModelError::new(ModelErrorKind::Invalid, format_args!("base_url: {what}"));
    if base_url.len() > BASE_URL_BYTES_MAX {
        return Err(invalid("it is too long"));
    }
    let url: Uri = base_url.parse().map_err(|error: InvalidUri| invalid(&error.to_string()))?;
    let Some(authority) = url.authority().filter(|_| matches!(url.scheme_str(), Some("http" | "https")))
    else {
        return Err(invalid("it has to begin with http:// or https:// and a host"));
    };
    if authority.as_str().contains('@') {
        return Err(invalid("a user or password does not belong there: name the key by key_file or key_env"));
    }
    // The parser takes anything for a port, and what is no number would go to port 80.
    if authority.port_u16().is_none() && authority.host().len() != authority.as_str().len() {
        return Err(invalid("its port is no number of a port"));
    }
    // An address of HTTP has no fragment, so the parser passes over it.
    if url.query().is_some() || base_url.contains('#') {
        return Err(invalid("it has to end with its path, for example /v1"));
    }
    let endpoint = format!("{}/chat/completions", base_url.trim_end_matches('/'));
    endpoint.parse().map_err(|_| invalid("it is no address of HTTP"))
}

fn headers(settings: &Settings) -> Result<HeaderMap, ModelError> {
    let mut headers = added(&settings.headers)?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("mangaassist/", env!("CARGO_PKG_VERSION"))));
    Ok(headers)
}

fn added(settings: &BTreeMap<String, String>) -> Result<HeaderMap, ModelError> {
    let invalid = |what: String| ModelError::new(ModelErrorKind::Invalid, format_args!("headers: {what}"));
    if settings.len() > HEADERS_MAX {
        return Err(invalid(format!("at most {HEADERS_MAX}")));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in settings {
        let known = header_name("headers", name)?;
        if RESERVED.contains(&known.as_str()) {
            return Err(invalid(format!("{name} is not set there; a key belongs in key_file or key_env")));
        }
        let value =
            HeaderValue::from_str(value).map_err(|_| invalid(format!("the value of {name} is no header")))?;
        headers.insert(known, value);
    }
    Ok(headers)
}

pub(super) fn header_name(setting: &str, name: &str) -> Result<HeaderName, ModelError> {
    name.parse().map_err(|_| {
        ModelError::new(ModelErrorKind::Invalid, format_args!("{setting}: {name:?} is no name of a header"))
    })
}

/// How long a connection is kept for the next answer.
fn idle(settings: &Settings) -> Result<Duration, ModelError> {
    if settings.idle_ms > IDLE_MS_MAX {
        let what = format_args!("idle_ms: it has to be at most {IDLE_MS_MAX}");
        return Err(ModelError::new(ModelErrorKind::Invalid, what));
    }
    Ok(Duration::from_millis(settings.idle_ms))
}

/// TCP and, where the address says so, TLS; both within the time to connect.
fn connector(settings: &Settings, https: bool) -> Result<Connector, ModelError> {
    if !(1..=CONNECT_MS_MAX).contains(&settings.connect_ms) {
        let what = format_args!("connect_ms: it has to be 1 to {CONNECT_MS_MAX}");
        return Err(ModelError::new(ModelErrorKind::Invalid, what));
    }
    let within = settings.connect();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let tls = tls(settings.ca_file.as_deref(), https)?;
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    let bounded = tower::service_fn(move |uri: Uri| {
        let connecting = tokio::time::timeout(within, connector.clone().oneshot(uri));
        Box::pin(async move {
            connecting.await.unwrap_or_else(|_| Err(format!("not within {} ms", within.as_millis()).into()))
        })
    });
    Ok(BoxCloneSyncService::new(bounded))
}

/// rustls on ring, as everywhere in the origin. Nothing is trusted for an address without TLS.
fn tls(ca_file: Option<&Path>, https: bool) -> Result<ClientConfig, ModelError> {
    let roots = match ca_file {
        Some(file) => own_roots(file)?,
        None if https => system_roots()?,
        None => RootCertStore::empty(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ModelError::new(ModelErrorKind::Invalid, error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn own_roots(file: &Path) -> Result<RootCertStore, ModelError> {
    let invalid = |what: &dyn std::fmt::Display| {
        ModelError::new(ModelErrorKind::Invalid, format_args!("ca_file: {}: {what}", file.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| invalid(&error))? {
        let certificate = certificate.map_err(|error| invalid(&error))?;
        roots.add(certificate).map_err(|error| invalid(&error))?;
    }
    if roots.is_empty() { Err(invalid(&"it holds no certificate")) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, ModelError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let what = "this system has no certificates to trust: install ca-certificates, or set ca_file";
        return Err(ModelError::new(ModelErrorKind::Invalid, what));
    }
    Ok(roots)
}
