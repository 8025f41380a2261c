//! Starts the service and speaks to it as an edge does.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use chat::internal::{Exchange, INTERNAL_HEADER, TURNS, TurnRequest};
use chat::message::History;
use chat::{Citation, Event, Language, Page, Problem, Product, Source, Usage};
use futures_util::StreamExt as _;
use identity::internal::{InternalClaims, sign};
use identity::keyring::Keyring;
use identity::{Principal, Tier};
use origin::clock::Clock;
use origin::model::{
    Model, ModelError, ModelErrorKind, ModelEvent, ModelRequest, Policy, Routable, Routes, StopReason,
};
use origin::{App, Config, Parts, StartError};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

const SECRET: &[u8; 33] = b"a secret that only the tests know";
/// 21 November 2026, noon.
pub(crate) const NOON_MS: u64 = 1_795_262_400_000;

pub(crate) fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shop")
}

/// A clock that a test sets.
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    pub(crate) fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// How the service is to be started.
pub(crate) struct Setup {
    pub data: PathBuf,
    pub state: Option<PathBuf>,
    pub settings: String,
    pub models: Vec<Routable>,
    /// None: all models in their order.
    pub routes: Option<Routes>,
    pub start_ms: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            data: fixture(),
            state: None,
            settings: String::new(),
            models: Vec::new(),
            routes: None,
            start_ms: NOON_MS,
        }
    }
}

impl Setup {
    pub(crate) fn settings(mut self, settings: &str) -> Self {
        self.settings.push_str(settings);
        self
    }

    pub(crate) fn state(mut self, dir: &Path) -> Self {
        self.state = Some(dir.to_owned());
        self
    }

    /// A model, after those before it.
    pub(crate) fn model(self, model: impl Model + 'static) -> Self {
        self.model_with(model, Policy::default())
    }

    pub(crate) fn model_with(mut self, model: impl Model + 'static, policy: Policy) -> Self {
        self.models.push(Routable { model: Arc::new(model), policy });
        self
    }

    pub(crate) fn config(&self) -> Config {
        Config::from_toml(&self.text()).unwrap()
    }

    /// The configuration as a file has it.
    pub(crate) fn text(&self) -> String {
        let state = self
            .state
            .as_ref()
            .map_or(String::new(), |dir| format!("state.dir = {:?}", dir.display().to_string()));
        format!(
            "listen = {{ public = \"127.0.0.1:0\", admin = \"127.0.0.1:0\" }}\nshop.data_dir = {:?}\n{state}\n{}\n\
             [[keys]]\nname = \"k\"\nalgorithm = \"HS256\"\nsecret_base64 = \"{}\"\n",
            self.data.display().to_string(),
            self.settings,
            base64::engine::general_purpose::STANDARD.encode(SECRET),
        )
    }

    pub(crate) fn build(self) -> Result<(App, Arc<TestClock>), StartError> {
        let clock = Arc::new(TestClock(AtomicU64::new(self.start_ms)));
        let config = self.config();
        let routes = self.routes.unwrap_or_else(|| Routes::in_order(&self.models));
        let parts = Parts { clock: Arc::<TestClock>::clone(&clock), models: self.models, routes };
        Ok((App::build(config, parts)?, clock))
    }

    pub(crate) fn start(self) -> Origin {
        let (app, clock) = self.build().unwrap();
        let (internal, admin) = (free_port(), free_port());
        let (at, admin_at) = (internal.local_addr().unwrap(), admin.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(app.serve(internal, admin, async {
            let _ = stopped.await;
        }));
        let keys = Keyring::default().with_secret("k", SECRET).unwrap();
        Origin { at, admin_at, clock, keys, http: reqwest::Client::new(), stop: Some(stop), serving }
    }
}

fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// The service, running.
pub(crate) struct Origin {
    pub at: SocketAddr,
    pub admin_at: SocketAddr,
    pub clock: Arc<TestClock>,
    pub keys: Keyring,
    pub http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), StartError>>,
}

impl Origin {
    pub(crate) fn start() -> Self {
        Setup::default().start()
    }

    /// A guest in a session.
    pub(crate) fn guest(&self, session: &str) -> Shopper<'_> {
        self.shopper(session, &format!("guest:{session}"), Tier::Guest)
    }

    /// A customer in a session.
    pub(crate) fn customer(&self, session: &str, customer: &str) -> Shopper<'_> {
        self.shopper(session, customer, Tier::Customer)
    }

    fn shopper(&self, session: &str, subject: &str, tier: Tier) -> Shopper<'_> {
        let principal = Principal {
            subject: subject.into(),
            tier,
            scopes: Vec::new(),
            session: Some(session.into()),
            expires_at: u64::MAX,
            upgraded_from: None,
        };
        Shopper { origin: self, principal }
    }

    pub(crate) async fn admin(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("http://{}{path}", self.admin_at)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The value of a metric, all its labels together.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.admin("/metrics").await;
        let lines = text.lines().filter(|line| line.starts_with(&format!("mangaassist_origin_{name}")));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// The value of a metric with these labels, as the exposition writes them; nothing counted is 0.
    pub(crate) async fn series(&self, series: &str) -> f64 {
        let (_, text) = self.admin("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("mangaassist_origin_{series} ")));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Stops the service and waits until it has.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.serving.await.unwrap().unwrap();
    }

    /// Begins to stop the service.
    pub(crate) fn begin_to_stop(&mut self) {
        drop(self.stop.take());
    }
}

/// Someone with a session.
pub(crate) struct Shopper<'o> {
    origin: &'o Origin,
    principal: Principal,
}

/// A response, read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub kind: String,
    pub retry_after: Option<String>,
    pub body: String,
}

impl Reply {
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        let problem: Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert!(problem.request_id.is_some(), "{self:?}");
        problem
    }

    pub(crate) fn code(&self) -> &'static str {
        self.problem().code.as_str()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Shopper<'_> {
    pub(crate) fn header(&self, method: &str, path: &str) -> String {
        let now_ms = self.origin.clock.now_ms();
        let claims = InternalClaims::new(&self.principal, "req-1", method, path, now_ms).unwrap();
        sign(&claims, "k", &self.origin.keys).unwrap()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.origin.at);
        let method_name = method.parse().unwrap();
        self.origin.http.request(method_name, url).header(INTERNAL_HEADER, self.header(method, path))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        read(self.request("POST", path).header("content-type", "application/json").body(body.to_string()))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        read(self.request("GET", path)).await
    }

    pub(crate) async fn turn(&self, request: &TurnRequest) -> Reply {
        self.post(TURNS, &serde_json::to_value(request).unwrap()).await
    }

    pub(crate) async fn ask(&self, text: &str) -> Answer {
        self.ask_with(&turn(text)).await
    }

    pub(crate) async fn ask_with(&self, request: &TurnRequest) -> Answer {
        let reply = self.turn(request).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        Answer::read(&reply.body)
    }

    /// Begins a turn and leaves its answer to be read.
    pub(crate) async fn begin(&self, request: &TurnRequest) -> reqwest::Response {
        let body = serde_json::to_string(request).unwrap();
        let response =
            self.request("POST", TURNS).header("content-type", "application/json").body(body).send();
        response.await.unwrap()
    }

    pub(crate) async fn history(&self) -> History {
        let reply = self.get("/internal/v1/history").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        serde_json::from_str(&reply.body).unwrap()
    }
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (kind, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
    Reply { status: response.status().as_u16(), kind, retry_after, body: response.text().await.unwrap() }
}

/// A turn with this text, in the language that an edge would detect.
pub(crate) fn turn(text: &str) -> TurnRequest {
    let language = match semantics::text::detect_language(text) {
        semantics::text::Language::En => Language::En,
        semantics::text::Language::Ja => Language::Ja,
    };
    TurnRequest {
        id: Uuid::new_v4(),
        text: text.into(),
        language,
        page: None,
        not: None,
        preceding: Vec::new(),
    }
}

pub(crate) fn on_page(series: &str) -> Option<Page> {
    Some(Page { path: Some(format!("/series/{series}")), series: Some(series.into()) })
}

/// An edge answer.
pub(crate) fn exchange(text: &str, answer: &str, faq: &str) -> Exchange {
    Exchange {
        id: Uuid::new_v4(),
        at_ms: NOON_MS - 60_000,
        text: text.into(),
        answer: answer.into(),
        source: Source::FaqEdge,
        citations: vec![Citation {
            kind: chat::CitationKind::Faq,
            id: faq.into(),
            title: faq.into(),
            url: None,
        }],
    }
}

/// A streamed answer, read to its end. Reading checks the order of its events.
#[derive(Debug)]
pub(crate) struct Answer {
    pub events: Vec<Event>,
    pub text: String,
    pub cards: Vec<Product>,
    pub citations: Vec<Citation>,
    pub source: Option<Source>,
    pub usage: Usage,
    pub error: Option<&'static str>,
}

impl Answer {
    pub(crate) fn read(body: &str) -> Self {
        let events: Vec<Event> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut answer = Self {
            events: Vec::new(),
            text: String::new(),
            cards: Vec::new(),
            citations: Vec::new(),
            source: None,
            usage: Usage::default(),
            error: None,
        };
        let mut expected = 1;
        assert!(matches!(events.first(), Some(Event::Start { .. })), "{body}");
        for event in &events {
            assert!(answer.source.is_none() && answer.error.is_none(), "something follows the end: {body}");
            match event {
                Event::Start { .. } => {}
                Event::Delta { seq, text, .. } => {
                    assert_eq!(*seq, expected, "a delta is missing: {body}");
                    expected += 1;
                    answer.text.push_str(text);
                }
                Event::Cards { products, .. } => answer.cards.extend(products.iter().cloned()),
                Event::Done { source, citations, usage, .. } => {
                    answer.source = Some(*source);
                    answer.usage.clone_from(usage);
                    answer.citations.clone_from(citations);
                }
                Event::Error { code, usage, .. } => {
                    answer.error = Some(code.as_str());
                    answer.usage = usage.clone().unwrap_or_default();
                }
            }
        }
        answer.events = events;
        answer
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.cards.iter().map(|card| card.id.as_str()).collect()
    }

    pub(crate) fn cites(&self, id: &str) -> bool {
        self.citations.iter().any(|citation| citation.id == id)
    }
}

/// A model whose answers a test feeds, one stream a request. An answer whose feed ends without an end is whole.
pub(crate) struct Scripted {
    name: &'static str,
    whole: bool,
    asked: Asked,
    streams: std::sync::Mutex<
        std::collections::VecDeque<tokio::sync::mpsc::Receiver<Result<ModelEvent, ModelError>>>,
    >,
}

/// What a scripted model was asked, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<std::sync::Mutex<Vec<Arc<ModelRequest>>>>);

impl Asked {
    pub(crate) fn all(&self) -> Vec<Arc<ModelRequest>> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Arc<ModelRequest> {
        Arc::clone(self.0.lock().unwrap().last().expect("it was asked nothing"))
    }
}

/// The feeding end of one answer.
pub(crate) type Feed = tokio::sync::mpsc::Sender<Result<ModelEvent, ModelError>>;

impl Scripted {
    /// A model for so many answers, and their feeding ends.
    pub(crate) fn new(answers: usize) -> (Self, Vec<Feed>) {
        let (feeds, streams) =
            (0..answers).map(|_| tokio::sync::mpsc::channel(64)).unzip::<_, _, Vec<_>, Vec<_>>();
        let streams = std::sync::Mutex::new(streams.into());
        (Self { name: "scripted", whole: true, asked: Asked::default(), streams }, feeds)
    }

    /// A model that answers its requests with these events, each answer whole when they are over.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Vec<ModelEvent>>) -> Self {
        let answers: Vec<Vec<ModelEvent>> = answers.into_iter().collect();
        let (model, feeds) = Self::new(answers.len());
        for (feed, events) in feeds.iter().zip(answers) {
            events.into_iter().for_each(|event| feed.try_send(Ok(event)).expect("64 events are enough"));
        }
        model
    }

    /// What it is asked, now and later.
    pub(crate) fn asked(&self) -> Asked {
        self.asked.clone()
    }

    /// The same, called so.
    pub(crate) fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same, whose answers end only by what they are fed.
    pub(crate) fn cut_off(self) -> Self {
        Self { whole: false, ..self }
    }
}

impl Model for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn source(&self) -> Source {
        Source::Model
    }

    fn generate(&self, request: Arc<ModelRequest>) -> origin::model::Answer {
        self.asked.0.lock().unwrap().push(request);
        let stream = self.streams.lock().unwrap().pop_front().expect("no answer is left");
        let end = self.whole.then_some(Ok(ModelEvent::Stop(StopReason::End)));
        let stream = tokio_stream::wrappers::ReceiverStream::new(stream);
        Box::pin(stream.chain(futures_util::stream::iter(end)))
    }
}

pub(crate) async fn say(feed: &Feed, text: &str) {
    feed.send(Ok(ModelEvent::Text(text.into()))).await.unwrap();
}

/// The answer fails for this reason.
pub(crate) async fn fail(feed: &Feed, kind: ModelErrorKind) {
    feed.send(Err(ModelError::new(kind, "the test says so"))).await.unwrap();
}

pub(crate) async fn stop(feed: &Feed, reason: StopReason) {
    feed.send(Ok(ModelEvent::Stop(reason))).await.unwrap();
}
