//! `bench faq`: what a large FAQ costs in the edge, 2,000 entries of 8 phrasings: its publication, its image, its turns by words and by
//! sentence vectors. Beside it the same index run natively, and the shop's own FAQ in the component.

mod compose;
mod figures;
mod measure;
mod questions;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use conformance::faq::{SLOT, artifact};
use conformance::publish::Published;
use conformance::shop;
use conformance::turns::Sentences;
use host::chain::{NoVectors, Vectors};
use host::config::SlotConfig;
use semantics::eval::parse_queries;
use semantics::faq::FaqIndex;
use sentence::Model;
use serde_json::{Value, json};

use self::compose::Parts;
use self::figures::{Figures, PublishedFigures, TurnFigures};
use self::measure::Measured;
use self::questions::{Question, questions};
use crate::server::root;

/// Memory that the slot may have, in MiB: more than the shop's, so that a goal that is missed is told by how much.
const MEMORY_MIB: u32 = 512;

/// A FAQ in the component, and the same natively.
struct Candidate {
    name: &'static str,
    published: Published,
    figures: PublishedFigures,
    index: FaqIndex,
    questions: Vec<Question>,
}

pub(crate) async fn run(model: Option<&Path>) -> anyhow::Result<Value> {
    let load = |path: &Path| Model::load(path).with_context(|| path.display().to_string());
    let model = model.map(load).transpose()?;
    if model.is_none() {
        println!("There is no sentence model: words decide alone, and nothing is measured of tier two.");
    }
    let parts = Parts::read()?;
    let large = Candidate::new("The large FAQ", &parts.source()?, questions(&parts), model.as_ref())?;
    let shops = shops(model.as_ref())?;
    // From here on this thread counts as all there are, and a vector takes what it takes on one core. What is built and compiled
    // before is not held to that.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()?;
    let mut figures = serde_json::to_value(large.measure(model.as_ref()).await?)?;
    figures["shop"] = serde_json::to_value(shops.measure(model.as_ref()).await?)?;
    figures["model"] = json!(model.is_some());
    drop(alone);
    Ok(figures)
}

/// The shop's own FAQ, and the questions that it is evaluated with.
fn shops(model: Option<&Model>) -> anyhow::Result<Candidate> {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).with_context(|| path.to_owned());
    let queries = parse_queries(&read("shop/eval/queries.jsonl")?).map_err(anyhow::Error::msg)?;
    let questions = queries
        .into_iter()
        .map(|query| Question {
            kind: if query.expect.is_some() { "answerable" } else { "unanswerable" },
            text: query.text,
            expect: query.expect,
        })
        .collect();
    Candidate::new("The shop's own FAQ", &read("shop/faq.jsonl")?, questions, model)
}

impl Candidate {
    /// Builds it, and publishes it as the edge would, without a cache.
    fn new(
        name: &'static str,
        source: &str,
        questions: Vec<Question>,
        model: Option<&Model>,
    ) -> anyhow::Result<Self> {
        let began = Instant::now();
        let bundle = mangactl::faq::build(source, model)?;
        let build_s = began.elapsed().as_secs_f64();
        let artifact = artifact(shop::filter(&root().join("target/filters"), SLOT)?, &bundle, None)?;
        let bundle_bytes = artifact.assets.values().map(Vec::len).sum();
        let slot = SlotConfig { memory_mib: MEMORY_MIB, ..shop::slot(SLOT)? };
        let published = Published::new(slot, artifact, None)?;
        let version = published.slot.current();
        let index = bundle.into_index()?;
        let figures = PublishedFigures {
            entries: index.entries().len(),
            phrasings: index.entries().iter().map(|entry| entry.questions.len()).sum(),
            build_s,
            bundle_bytes,
            publication_s: published.publication.as_secs_f64(),
            image_bytes: version.memory().context("no instance")?.image_bytes,
            compiled_bytes: version.compiled_bytes(),
        };
        Ok(Self { name, published, figures, index, questions })
    }

    /// Asks its questions, and says what came of it.
    async fn measure(&self, model: Option<&Model>) -> anyhow::Result<Figures> {
        let sentences = model.map(Sentences);
        let vectors: &dyn Vectors = match &sentences {
            Some(sentences) => sentences,
            None => &NoVectors,
        };
        let (chain, index, questions) = (&self.published.chain, &self.index, &self.questions);
        let timed = Measured { chain, index, vectors, questions }.run().await;
        let failed = (self.published.counters())()?.failed_calls;
        ensure!(failed == 0, "{}: {failed} calls ended without a verdict", self.name);
        let figures = Figures { published: self.figures, turns: TurnFigures::of(&timed) };
        println!("{}:\n{figures}", self.name);
        Ok(figures)
    }
}
