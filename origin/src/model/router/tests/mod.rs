//! The router over models that do as the test says, in paused time.

mod faults;
mod orders;
mod spending;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_stream::stream;
use chat::{Citation, CitationKind, Language, Source};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep};

use super::*;
use crate::model::{
    Answer, Brief, Labels, Matter, ModelError, ModelErrorKind, OutputLimits, Tokens, ToolRound, ToolSpec,
};

const S: Duration = Duration::from_secs(1);
const TURN: Duration = Duration::from_secs(60);

/// What a model does, step by step. Without a stop or a failure its stream just ends.
#[derive(Clone, Debug)]
pub(super) enum Does {
    Say(&'static str),
    Think(usize),
    Call(ToolCall),
    Cite(&'static str),
    Use(u32, u32),
    Wait(Duration),
    Stall,
    Fail(ModelErrorKind),
    /// Throttled, with the time that the provider asks to wait.
    Throttle(Duration),
    Stop(StopReason),
}

use Does::{Call, Cite, Fail, Say, Stall, Stop, Think, Throttle, Use, Wait};

/// A model that answers from a script: the first request with the first script, all further ones with the last.
pub(super) struct Fake {
    name: &'static str,
    scripts: Mutex<VecDeque<Vec<Does>>>,
    asked: AtomicUsize,
    /// Streams under way.
    streams: Arc<()>,
}

impl Fake {
    fn new(name: &'static str, scripts: impl IntoIterator<Item = Vec<Does>>) -> Arc<Self> {
        let scripts = Mutex::new(scripts.into_iter().collect());
        Arc::new(Self { name, scripts, asked: AtomicUsize::new(0), streams: Arc::default() })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn streams(&self) -> usize {
        Arc::strong_count(&self.streams) - 1
    }
}

impl Model for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn source(&self) -> Source {
        Source::Model
    }

    fn generate(&self, _: Arc<ModelRequest>) -> Answer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut scripts = self.scripts.lock().unwrap();
        let script = if scripts.len() > 1 { scripts.pop_front() } else { scripts.front().cloned() };
        let stream = Arc::clone(&self.streams);
        stream! {
            let _stream = stream;
            for does in script.unwrap() {
                match does {
                    Say(text) => yield Ok(ModelEvent::Text(text.to_owned())),
                    Think(chars) => yield Ok(ModelEvent::Thinking(chars)),
                    Call(call) => yield Ok(ModelEvent::ToolCall(call)),
                    Cite(id) => yield Ok(ModelEvent::Citation(citation(id))),
                    Use(input, output) => {
                        yield Ok(ModelEvent::Usage(Tokens { input, output, ..Tokens::default() }));
                    }
                    Wait(time) => sleep(time).await,
                    Stall => std::future::pending().await,
                    Fail(kind) => yield Err(ModelError::new(kind, "the test says so")),
                    Throttle(wait) => {
                        let error = ModelError::new(ModelErrorKind::Throttled, "the test says so");
                        yield Err(ModelError { retry_after: Some(wait), ..error });
                    }
                    Stop(reason) => yield Ok(ModelEvent::Stop(reason)),
                }
            }
        }
        .boxed()
    }
}

pub(super) fn citation(id: &str) -> Citation {
    Citation { kind: CitationKind::Series, id: id.to_owned(), title: id.to_owned(), url: None }
}

pub(super) fn call(arguments: &str) -> ToolCall {
    ToolCall { id: "1".to_owned(), name: "find".to_owned(), arguments: arguments.to_owned() }
}

/// A whole answer.
pub(super) fn says(text: &'static str) -> Vec<Does> {
    vec![Say(text), Stop(StopReason::End)]
}

pub(super) fn fails(kind: ModelErrorKind) -> Vec<Does> {
    vec![Fail(kind)]
}

pub(super) fn request() -> ModelRequest {
    ModelRequest {
        system: "Answer.".to_owned(),
        turns: Vec::new(),
        message: "hello".to_owned(),
        language: Language::En,
        passages: Vec::new(),
        tools: Vec::new(),
        rounds: Vec::new(),
        limits: OutputLimits { chars_max: 100, tokens_max: 50 },
        stop: Vec::new(),
        labels: Labels::default(),
        brief: Arc::new(Brief { language: Language::En, matter: Matter::Greeting, named: Vec::new() }),
    }
}

/// A router under test.
pub(super) struct Bench {
    router: Router,
    metrics: Arc<Metrics>,
    /// How long the whole turn may take.
    turn: Duration,
    said: bool,
    after: Option<&'static str>,
    unheard: Unheard,
    verdict: Verdict,
}

impl Bench {
    /// These models in this order, each with the default policy. They wait as long as they may before they are asked again.
    pub(super) fn of<const N: usize>(models: [&Arc<Fake>; N]) -> Self {
        Self::with(models.map(|model| (model, Policy::default())), Ledger::default())
    }

    pub(super) fn with<const N: usize>(models: [(&Arc<Fake>, Policy); N], ledger: Ledger) -> Self {
        let models: Vec<_> = models
            .into_iter()
            .map(|(model, policy)| Routable { model: Arc::<Fake>::clone(model), policy })
            .collect();
        let (routes, metrics) = (Routes::in_order(&models), Arc::new(Metrics::new()));
        let mut router = Router::new(models, routes, Arc::new(ledger), Arc::clone(&metrics)).unwrap();
        router.random = Arc::new(|most| most);
        Self::around(router, metrics)
    }

    pub(super) fn around(router: Router, metrics: Arc<Metrics>) -> Self {
        let (unheard, verdict) = (Unheard::default(), Verdict::default());
        Self { router, metrics, turn: TURN, said: false, after: None, unheard, verdict }
    }

    pub(super) fn ask(&self) -> BoxStream<'static, Routed> {
        self.ask_for(request())
    }

    pub(super) fn ask_for(&self, request: ModelRequest) -> BoxStream<'static, Routed> {
        self.router.ask(self.asking(request))
    }

    pub(super) fn asking(&self, request: ModelRequest) -> Ask {
        Ask {
            request: Arc::new(request),
            intent: "discovery",
            owner: "guest:1".to_owned(),
            said: self.said,
            after: self.after.map(str::to_owned),
            deadline: Instant::now() + self.turn,
            unheard: self.unheard.clone(),
            verdict: self.verdict.clone(),
        }
    }

    pub(super) async fn read(&self) -> Read {
        Read::of(self.ask()).await
    }

    /// The value of a metric with these labels, as the exposition has it; nothing counted is 0.
    pub(super) fn metric(&self, series: &str) -> f64 {
        let text = self.metrics.text().unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("mangaassist_origin_{series} ")));
        line.map_or(0.0, |value| value.parse().unwrap())
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) parts: Vec<Routed>,
    /// Who began to write, in their order.
    pub(super) writers: Vec<String>,
    /// What each of them wrote.
    pub(super) texts: Vec<String>,
    pub(super) spent: Vec<Spent>,
    pub(super) interrupted: bool,
    pub(super) filtered: bool,
    pub(super) took: Duration,
}

impl Read {
    pub(super) async fn of(answer: BoxStream<'static, Routed>) -> Self {
        let began = Instant::now();
        let parts: Vec<_> = answer.collect().await;
        let stops = parts.iter().filter(|part| matches!(part, Routed::Stop(_))).count();
        assert!(stops == 1 && matches!(parts.last(), Some(Routed::Stop(_))), "it ends once: {parts:?}");
        let mut read = Self {
            parts: Vec::new(),
            writers: Vec::new(),
            texts: Vec::new(),
            spent: Vec::new(),
            interrupted: false,
            filtered: false,
            took: began.elapsed(),
        };
        for part in &parts {
            match part {
                Routed::Begins { name, .. } => {
                    read.writers.push(name.clone());
                    read.texts.push(String::new());
                }
                Routed::Text(text) => read.texts.last_mut().expect("someone writes").push_str(text),
                Routed::Spent(spent) => read.spent.push(spent.clone()),
                Routed::Interrupted { filtered } => (read.interrupted, read.filtered) = (true, *filtered),
                Routed::ToolCall(_) | Routed::Citation(_) | Routed::Stop(_) => {}
            }
        }
        read.parts = parts;
        read
    }

    pub(super) fn stop(&self) -> StopReason {
        match self.parts.last() {
            Some(Routed::Stop(reason)) => *reason,
            other => panic!("{other:?} is no end"),
        }
    }
}
