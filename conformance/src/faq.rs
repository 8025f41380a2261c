//! How good the FAQ is, on questions whose answer is known: the built component in the real host, asked question by question.
//!
//! Every question is asked as a signed-in customer would, so that all entries are in play, in the language that the host detects,
//! and as the first turn of a conversation. A time is that of the whole turn through the chain, the sentence vector included
//! where the component asks for one.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chain::{NoVectors, Vectors};
use host::artifact::Artifact;
use host::chain::Chain;
use host::wit::Language;
use semantics::eval::{Labelled, Report, parse_queries};
use semantics::faq::{BuiltBundle, Thresholds};
use sentence::Model;
use serde::Serialize;

use crate::publish::Published;
use crate::shop;
use crate::turns::{Sentences, entry, percentile_us, turn};

/// The slot of the FAQ.
pub const SLOT: &str = "faq";
/// The asset that its entries are in.
const BUNDLE: &str = "faq.bundle";
/// Questions that are asked once before any is timed, so that the instance's memory is resident, as it is in a running edge.
const WARM_UP: usize = 100;

/// What is to be evaluated.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The FAQ: JSON lines of `{"id", "questions", "answer"}`, and what else an entry may have.
    pub faq: PathBuf,
    /// The questions: JSON lines of `{"text", "expect"}`.
    pub queries: PathBuf,
    /// Calibrate on the FAQ now, whatever the settings say.
    pub calibrate: bool,
    /// The sentence model; without one words decide alone.
    pub model: Option<PathBuf>,
    /// The built filters.
    pub filters: PathBuf,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Of all questions.
    #[serde(flatten)]
    pub all: Measured,
    /// Of those in English, as the host detects it.
    pub en: Measured,
    /// Of those in Japanese.
    pub ja: Measured,
    /// Of those in English that were held out, where some were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en_held_out: Option<Measured>,
    /// Of those in Japanese that were held out, where some were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja_held_out: Option<Measured>,
    /// Questions for which the component asked for a sentence vector.
    pub asked: usize,
    /// Of those, how many had one.
    pub vectors: usize,
    /// Calls that ended without a verdict. The chain goes on without an answer then, and the figures would lie.
    pub failed_calls: u64,
    /// The thresholds, where they were calibrated anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
}

/// How good, and how soon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// What was answered.
    #[serde(flatten)]
    pub report: Report,
    /// Half of the turns took no longer, in microseconds.
    pub p50_us: f64,
    /// 99 of 100 turns took no longer, in microseconds.
    pub p99_us: f64,
}

/// One question, asked.
struct Answered<'q> {
    query: &'q Labelled,
    language: Language,
    entry: Option<String>,
    took: Duration,
}

impl Evaluation {
    /// Builds and publishes the FAQ, and asks every question.
    ///
    /// # Errors
    /// A file cannot be read, the FAQ cannot be published, or there is no question.
    pub fn run(&self) -> anyhow::Result<Figures> {
        let read = |path: &PathBuf| std::fs::read_to_string(path).with_context(|| path.display().to_string());
        let (faq, queries) = (read(&self.faq)?, read(&self.queries)?);
        let queries = parse_queries(&queries)
            .map_err(|error| anyhow::anyhow!("{}: {error}", self.queries.display()))?;
        anyhow::ensure!(!queries.is_empty(), "{}: no question", self.queries.display());
        let load = |path: &PathBuf| Model::load(path).with_context(|| path.display().to_string());
        let model = self.model.as_ref().map(load).transpose()?;
        let bundle = mangactl::faq::build(&faq, model.as_ref())?;
        let thresholds = self.calibrate.then_some(bundle.thresholds);
        let artifact = artifact(shop::filter(&self.filters, SLOT)?, &bundle, thresholds)?;
        let published = Published::new(shop::slot(SLOT)?, artifact, Some(shop::cache()))?;
        let vectors: &dyn Vectors = match &model {
            Some(model) => &Sentences(model),
            None => &NoVectors,
        };
        let noted = Noted { vectors, asked: 0.into(), given: 0.into() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answered = runtime.block_on(asked(&published.chain, &queries, &noted));
        let failed_calls = (published.counters())()?.failed_calls;
        let of = |language| measured(&answered, |answer| answer.language == language);
        let held_out = |language| {
            let measured = measured(&answered, |answer| answer.query.held_out && answer.language == language);
            (measured.report.n > 0).then_some(measured)
        };
        Ok(Figures {
            all: measured(&answered, |_| true),
            en: of(Language::En),
            ja: of(Language::Ja),
            en_held_out: held_out(Language::En),
            ja_held_out: held_out(Language::Ja),
            asked: noted.asked.into_inner(),
            vectors: noted.given.into_inner(),
            failed_calls,
            thresholds,
        })
    }
}

/// The filter with this FAQ, and with these thresholds where they are not to be its own.
///
/// # Errors
/// The filter's settings are no JSON.
pub fn artifact(
    filter: Artifact,
    bundle: &BuiltBundle,
    thresholds: Option<Thresholds>,
) -> anyhow::Result<Artifact> {
    let mut settings: serde_json::Value = serde_json::from_str(&filter.settings)?;
    if let Some(thresholds) = thresholds {
        settings["thresholds"] = serde_json::to_value(thresholds)?;
    }
    let assets = [(BUNDLE.to_owned(), bundle.write())].into();
    Ok(Artifact { settings: settings.to_string(), assets, ..filter })
}

/// The host's vectors, with a note of how many were asked for and given.
struct Noted<'v> {
    vectors: &'v dyn Vectors,
    asked: std::sync::atomic::AtomicUsize,
    given: std::sync::atomic::AtomicUsize,
}

impl Vectors for Noted<'_> {
    fn vector<'a>(
        &'a self,
        text: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>> {
        use std::sync::atomic::Ordering::Relaxed;
        self.asked.fetch_add(1, Relaxed);
        Box::pin(async move {
            let vector = self.vectors.vector(text).await;
            self.given.fetch_add(usize::from(vector.is_some()), Relaxed);
            vector
        })
    }
}

async fn asked<'q>(chain: &Chain, queries: &'q [Labelled], vectors: &Noted<'_>) -> Vec<Answered<'q>> {
    for query in queries.iter().take(WARM_UP) {
        // Not through the note: these are asked again.
        let _ = chain.turn(turn(&query.text, 0), vectors.vectors).await;
    }
    let mut answered = Vec::with_capacity(queries.len());
    for (query, number) in queries.iter().zip(1..) {
        let turn = turn(&query.text, number);
        let language = turn.language;
        let began = Instant::now();
        let outcome = chain.turn(turn, vectors).await;
        let took = began.elapsed();
        answered.push(Answered { query, language, entry: entry(outcome.decision), took });
    }
    answered
}

fn measured(answered: &[Answered<'_>], wanted: impl Fn(&Answered<'_>) -> bool) -> Measured {
    // Of nothing answered, nothing is wrong.
    let mut report = Report { precision: 1.0, ..Report::default() };
    let mut times = Vec::new();
    for answer in answered.iter().filter(|answer| wanted(answer)) {
        report.count(answer.query.expect.as_deref(), answer.entry.as_deref());
        times.push(answer.took);
    }
    times.sort_unstable();
    Measured { report, p50_us: percentile_us(&times, 50), p99_us: percentile_us(&times, 99) }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { n, answered, correct, wrong, precision, coverage, .. } = self.report;
        write!(
            f,
            "n {n}, answered {answered}, correct {correct}, wrong {wrong}, precision {precision:.4}, coverage {coverage:.4}, \
             p50_us {:.1}, p99_us {:.1}",
            self.p50_us, self.p99_us
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Thresholds { en, ja }) = self.thresholds {
            writeln!(
                f,
                "calibrated: English from {:.3} (miss below {:.3}), Japanese from {:.3} (miss below {:.3})",
                en.answer, en.miss, ja.answer, ja.miss
            )?;
        }
        if self.failed_calls > 0 {
            writeln!(f, "NOT RELIABLE: {} calls ended without a verdict", self.failed_calls)?;
        }
        writeln!(f, "sentence vectors: {} asked for, {} given", self.asked, self.vectors)?;
        writeln!(f, "English:  {}", self.en)?;
        writeln!(f, "Japanese: {}", self.ja)?;
        for (language, held_out) in [("English", self.en_held_out), ("Japanese", self.ja_held_out)] {
            if let Some(held_out) = held_out {
                writeln!(f, "{language}, held out: {held_out}")?;
            }
        }
        write!(f, "all:      {}", self.all)
    }
}

#[cfg(test)]
mod tests {
    use chain::words::detect_language;

    use super::*;

    fn labelled(text: &str, expect: Option<&str>) -> Labelled {
        Labelled { text: text.into(), expect: expect.map(str::to_owned), held_out: false }
    }

    #[test]
    fn languages_are_measured_together_and_apart() {
        let queries = [
            labelled("returns?", Some("returns")),
            labelled("weather?", None),
            labelled("返品できますか", Some("returns")),
            labelled("送料は", Some("shipping")),
        ];
        let answers = [Some("returns"), Some("shipping"), Some("returns"), None];
        let answered: Vec<Answered<'_>> = queries
            .iter()
            .zip(answers)
            .zip(1..)
            .map(|((query, entry), ms)| Answered {
                query,
                language: detect_language(&query.text),
                entry: entry.map(str::to_owned),
                took: Duration::from_millis(ms),
            })
            .collect();
        let all = measured(&answered, |_| true);
        assert_eq!((all.report.n, all.report.answered, all.report.correct, all.report.wrong), (4, 3, 2, 1));
        assert!((all.report.coverage - 2.0 / 3.0).abs() < 1e-9, "{all}");
        assert!((all.p50_us - 2_000.0).abs() < 1e-6 && (all.p99_us - 4_000.0).abs() < 1e-6, "{all}");
        let ja = measured(&answered, |answer| answer.language == Language::Ja);
        assert_eq!((ja.report.n, ja.report.correct, ja.report.wrong), (2, 1, 0));
        assert!((ja.report.coverage - 0.5).abs() < 1e-9 && (ja.report.precision - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_takes_no_time() {
        let nothing =
            Measured { report: Report { precision: 1.0, ..Report::default() }, ..Measured::default() };
        assert_eq!(measured(&[], |_| true), nothing);
    }

    #[test]
    fn thresholds_go_into_the_settings_where_they_are_to_be_new() {
        let line = r#"{"id":"a","questions":["Why?"],"answer":{"en":"So."}}"#;
        let bundle = mangactl::faq::build(line, None).expect("the minimal form of an entry is enough");
        let filter = || Artifact { component: Vec::new(), settings: "{}".into(), assets: [].into() };
        assert_eq!(artifact(filter(), &bundle, None).expect("an artifact").settings, "{}");
        let with = artifact(filter(), &bundle, Some(bundle.thresholds)).expect("an artifact");
        let settings: serde_json::Value = serde_json::from_str(&with.settings).expect("JSON");
        assert!(settings["thresholds"]["en"]["answer"].is_number(), "{settings}");
        assert_eq!(with.assets[BUNDLE], bundle.write());
    }
}
