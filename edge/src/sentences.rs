//! Sentence vectors for filters that ask: the model on a pool of its own, so that no thread that serves is taken. Without a
//! model, and when there is too much to do, a filter is told that there is none.

use std::future::Future;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use host::chain::Vectors;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sentence::pool::{Bounds, Embed, Given, Missed, Pool};
use sentence::{LoadError, Model};
use serde::Deserialize;

/// The sentence model, and how much it may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentencesConfig {
    /// The model's file. Where there is none, filters are told so.
    pub model: PathBuf,
    /// Threads that run it.
    pub threads: usize,
    /// Texts that wait for one; with more a filter is told that there is no vector.
    pub queue_max: usize,
    /// Vectors that are kept, about 1.7 KB each.
    pub cache_max: u64,
    /// Longest that a filter's vector is waited for, in milliseconds.
    pub wait_ms: u64,
}

/// Gives sentence vectors, and counts them.
pub struct Sentences {
    pool: Option<Pool>,
    asked: Family<OutcomeLabel, Counter>,
    duration: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

impl Sentences {
    /// Reads the model and starts its threads. A model that is not there is told in the log, with what makes it: what filters
    /// answer without it goes on.
    ///
    /// # Errors
    /// A model is there and cannot be used.
    pub fn open(config: Option<&SentencesConfig>, registry: &mut Registry) -> anyhow::Result<Self> {
        let Some(config) = config else { return Ok(Self::new(None, registry)) };
        match Model::load(&config.model) {
            Ok(model) => {
                tracing::info!(kernel = Model::kernel(), threads = config.threads, "sentence model");
                let model: Arc<dyn Embed> = Arc::new(model);
                Self::with_model(&model, config, registry)
            }
            Err(error @ LoadError::Missing(_)) => {
                tracing::warn!(%error, "no sentence model: filters answer without vectors");
                Ok(Self::new(None, registry))
            }
            Err(error) => Err(error).context("sentences.model"),
        }
    }

    /// The same with another model.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn with_model(
        model: &Arc<dyn Embed>,
        config: &SentencesConfig,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        let bounds = Bounds {
            threads: NonZeroUsize::new(config.threads).context("sentences.threads: at least one")?,
            queue_max: config.queue_max,
            cache_max: config.cache_max,
            wait: Duration::from_millis(config.wait_ms),
        };
        let pool = Pool::start(model, bounds).context("cannot start the threads of the sentence model")?;
        Ok(Self::new(Some(pool), registry))
    }

    fn new(pool: Option<Pool>, registry: &mut Registry) -> Self {
        // From a short question on a fast core to a long one behind others, in seconds.
        let buckets = [1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2, 6.4e-2, 0.128, 0.256];
        let sentences = Self { pool, asked: Family::default(), duration: Histogram::new(buckets) };
        registry.register(
            "edge_sentence_vectors",
            "Sentence vectors that filters asked for, by what came of it",
            sentences.asked.clone(),
        );
        registry.register(
            "edge_sentence_duration_seconds",
            "Time of the sentence model for a text",
            sentences.duration.clone(),
        );
        sentences
    }

    /// Whether there is a model.
    #[must_use]
    pub const fn has_model(&self) -> bool {
        self.pool.is_some()
    }

    async fn given(&self, text: &str) -> Option<Vec<f32>> {
        let given = match &self.pool {
            Some(pool) => pool.vector(text).await,
            None => {
                self.count("no_model");
                return None;
            }
        };
        self.count(outcome(&given));
        let given = given.ok()?;
        if let Some(time) = given.computed {
            self.duration.observe(time.as_secs_f64());
        }
        Some(given.vector.as_slice().to_vec())
    }

    fn count(&self, outcome: &'static str) {
        self.asked.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}

const fn outcome(given: &Result<Given, Missed>) -> &'static str {
    match given {
        Ok(Given { computed: Some(_), .. }) => "computed",
        Ok(Given { computed: None, .. }) => "cached",
        Err(missed) => missed.as_str(),
    }
}

impl Vectors for Sentences {
    fn vector<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>> {
        Box::pin(self.given(text))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use prometheus_client::encoding::text::encode;
    use sentence::{NUMBERS, Vector};

    use super::*;

    /// A model that waits until it is let go on.
    struct Gated(Mutex<Receiver<()>>);

    impl Embed for Gated {
        fn embed(&self, _: &str) -> Vector {
            self.0.lock().unwrap().recv().unwrap();
            Vector::towards([1.0; NUMBERS])
        }
    }

    fn config(wait_ms: u64) -> SentencesConfig {
        SentencesConfig { model: "/nowhere/model".into(), threads: 1, queue_max: 1, cache_max: 10, wait_ms }
    }

    fn gated(wait_ms: u64) -> (Sentences, Registry, Sender<()>) {
        let (let_go_on, go_on) = channel();
        let mut registry = Registry::default();
        let model: Arc<dyn Embed> = Arc::new(Gated(Mutex::new(go_on)));
        let sentences = Sentences::with_model(&model, &config(wait_ms), &mut registry).unwrap();
        (sentences, registry, let_go_on)
    }

    fn count(registry: &Registry, outcome: &str) -> u64 {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        let name = format!("edge_sentence_vectors_total{{outcome=\"{outcome}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().unwrap())
    }

    #[tokio::test]
    async fn a_vector_is_computed_once_and_kept() {
        let (sentences, registry, let_go_on) = gated(60_000);
        let_go_on.send(()).unwrap();
        let first = sentences.vector("text").await.unwrap();
        assert_eq!(first.len(), NUMBERS);
        assert_eq!(sentences.vector("text").await, Some(first));
        assert_eq!((count(&registry, "computed"), count(&registry, "cached")), (1, 1));
    }

    #[tokio::test]
    async fn a_model_that_is_slow_is_not_waited_for_beyond_its_bound() {
        let (sentences, registry, _let_go_on) = gated(10);
        assert_eq!(sentences.vector("text").await, None);
        assert_eq!(count(&registry, "late"), 1);
    }

    #[tokio::test]
    async fn a_missing_model_is_none_and_no_fault() {
        let mut registry = Registry::default();
        let sentences = Sentences::open(Some(&config(10)), &mut registry).unwrap();
        assert!(!sentences.has_model());
        assert_eq!(sentences.vector("text").await, None);
        assert_eq!(count(&registry, "no_model"), 1);
    }

    #[test]
    fn a_file_that_is_no_model_is_a_fault_that_names_the_setting() {
        let own = std::env::current_exe().unwrap();
        let config = SentencesConfig { model: own, ..config(10) };
        let error = Sentences::open(Some(&config), &mut Registry::default()).err().unwrap();
        assert!(format!("{error:#}").starts_with("sentences.model: "), "{error:#}");
    }
}
