//! What came of the turns, beside the goals.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use conformance::turns::percentile_us;
use semantics::eval::Report;
use serde::Serialize;

use super::measure::Timed;
use crate::goal::{goal, mib};

/// Longest turn that words decide, in microseconds: half of them, and 99 of 100.
const TIER_ONE_P50_US_GOAL: f64 = 60.0;
const TIER_ONE_P99_US_GOAL: f64 = 200.0;
/// Longest turn that a vector decides, half of them, in milliseconds: the vector made on one core.
const TIER_TWO_P50_MS_GOAL: f64 = 8.0;
/// Most turns that may ask for one.
const ASKED_SHARE_GOAL: f64 = 0.2;
/// Largest image, in MiB.
const IMAGE_MIB_GOAL: f64 = 24.0;
/// Longest publication of a built bundle, in seconds.
const PUBLICATION_S_GOAL: f64 = 5.0;

/// A FAQ and how long its turns take.
#[derive(Serialize)]
pub(super) struct Figures {
    #[serde(flatten)]
    pub(super) published: PublishedFigures,
    #[serde(flatten)]
    pub(super) turns: TurnFigures,
}

/// A FAQ as it was published.
#[derive(Clone, Copy, Serialize)]
pub(super) struct PublishedFigures {
    pub(super) entries: usize,
    pub(super) phrasings: usize,
    /// Calibration and vectors. Not part of the publication.
    pub(super) build_s: f64,
    pub(super) bundle_bytes: usize,
    pub(super) publication_s: f64,
    /// Linear memory that an instance begins with.
    pub(super) image_bytes: usize,
    /// The compiled component with that image.
    pub(super) compiled_bytes: usize,
}

/// How long turns take.
#[derive(Default, Serialize)]
pub(super) struct TurnFigures {
    pub(super) turns: usize,
    /// Turns that the component did not ask a vector for.
    pub(super) tier_one_p50_us: f64,
    pub(super) tier_one_p99_us: f64,
    /// The same turns by the index run natively.
    pub(super) native_p50_us: f64,
    pub(super) native_p99_us: f64,
    /// Of the halves: component to native.
    pub(super) ratio: f64,
    /// Share of the turns that asked for a vector.
    pub(super) asked_share: f64,
    #[serde(flatten)]
    pub(super) tier_two: Option<TierTwo>,
    #[serde(flatten)]
    pub(super) answers: Report,
    /// Turns that the native index decides otherwise.
    pub(super) native_differs: usize,
    pub(super) kinds: BTreeMap<&'static str, KindFigures>,
}

/// Turns that asked for a vector.
#[derive(Clone, Copy, Serialize)]
pub(super) struct TierTwo {
    #[serde(rename = "tier_two_p50_us")]
    pub(super) p50_us: f64,
    #[serde(rename = "tier_two_p99_us")]
    pub(super) p99_us: f64,
    /// Their first call, until they asked.
    pub(super) first_call_p50_us: f64,
    pub(super) first_call_p99_us: f64,
    /// The vector alone.
    pub(super) vector_p50_us: f64,
}

/// Turns of one kind.
#[derive(Serialize)]
pub(super) struct KindFigures {
    turns: usize,
    asked_share: f64,
    answered_share: f64,
    p50_us: f64,
}

impl TurnFigures {
    pub(super) fn of(timed: &[Timed<'_>]) -> Self {
        let (asked, plain): (Vec<&Timed<'_>>, Vec<&Timed<'_>>) =
            timed.iter().partition(|timed| timed.asking.is_some());
        let took = sorted(plain.iter().map(|timed| timed.took));
        let native = sorted(plain.iter().map(|timed| timed.native));
        let (tier_one_p50_us, native_p50_us) = (percentile_us(&took, 50), percentile_us(&native, 50));
        let mut answers = Report { precision: 1.0, ..Report::default() };
        for timed in timed {
            answers.count(timed.question.expect.as_deref(), timed.entry.as_deref());
        }
        Self {
            turns: timed.len(),
            tier_one_p50_us,
            tier_one_p99_us: percentile_us(&took, 99),
            native_p50_us,
            native_p99_us: percentile_us(&native, 99),
            ratio: if native.is_empty() { 0.0 } else { tier_one_p50_us / native_p50_us },
            asked_share: share(asked.len(), timed.len()),
            tier_two: (!asked.is_empty()).then(|| TierTwo::of(&asked)),
            answers,
            native_differs: timed.iter().filter(|timed| timed.differs).count(),
            kinds: kinds(timed),
        }
    }
}

impl TierTwo {
    fn of(asked: &[&Timed<'_>]) -> Self {
        let took = sorted(asked.iter().map(|timed| timed.took));
        let asking = || asked.iter().filter_map(|timed| timed.asking);
        let first_call = sorted(asking().map(|asking| asking.after));
        Self {
            p50_us: percentile_us(&took, 50),
            p99_us: percentile_us(&took, 99),
            first_call_p50_us: percentile_us(&first_call, 50),
            first_call_p99_us: percentile_us(&first_call, 99),
            vector_p50_us: percentile_us(&sorted(asking().map(|asking| asking.vector)), 50),
        }
    }
}

fn kinds(timed: &[Timed<'_>]) -> BTreeMap<&'static str, KindFigures> {
    let mut kinds: BTreeMap<&'static str, Vec<&Timed<'_>>> = BTreeMap::new();
    for timed in timed {
        kinds.entry(timed.question.kind).or_default().push(timed);
    }
    let figures = |of: Vec<&Timed<'_>>| KindFigures {
        turns: of.len(),
        asked_share: share(of.iter().filter(|timed| timed.asking.is_some()).count(), of.len()),
        answered_share: share(of.iter().filter(|timed| timed.entry.is_some()).count(), of.len()),
        p50_us: percentile_us(&sorted(of.iter().map(|timed| timed.took)), 50),
    };
    kinds.into_iter().map(|(kind, of)| (kind, figures(of))).collect()
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times
}

#[expect(clippy::cast_precision_loss, reason = "thousands")]
fn share(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.published)?;
        write!(f, "{}", self.turns)
    }
}

impl fmt::Display for PublishedFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, phrasings, build_s, publication_s, .. } = self;
        let image = mib(self.image_bytes as u64);
        writeln!(
            f,
            "  {entries} entries, {phrasings} phrasings: built in {build_s:.1} s, {:.1} MiB",
            mib(self.bundle_bytes as u64)
        )?;
        writeln!(
            f,
            "  publication     {publication_s:8.2} s     goal at most {PUBLICATION_S_GOAL}: {}",
            goal(*publication_s, PUBLICATION_S_GOAL)
        )?;
        write!(
            f,
            "  image           {image:8.1} MiB   goal at most {IMAGE_MIB_GOAL}: {}   (compiled with it {:.1} MiB)",
            goal(image, IMAGE_MIB_GOAL),
            mib(self.compiled_bytes as u64)
        )
    }
}

impl fmt::Display for TurnFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tier_one_p50_us, tier_one_p99_us, ratio, .. } = self;
        writeln!(
            f,
            "  tier one, p50   {tier_one_p50_us:8.1} µs    goal at most {TIER_ONE_P50_US_GOAL}: {}",
            goal(*tier_one_p50_us, TIER_ONE_P50_US_GOAL)
        )?;
        writeln!(
            f,
            "  tier one, p99   {tier_one_p99_us:8.1} µs    goal at most {TIER_ONE_P99_US_GOAL}: {}",
            goal(*tier_one_p99_us, TIER_ONE_P99_US_GOAL)
        )?;
        writeln!(
            f,
            "    natively, p50 {:8.1} µs    p99 {:.1} µs; the component takes {ratio:.2} x that",
            self.native_p50_us, self.native_p99_us
        )?;
        if self.native_differs > 0 {
            writeln!(f, "    natively decided otherwise: {} of {} turns", self.native_differs, self.turns)?;
        }
        if let Some(tier_two) = &self.tier_two {
            writeln!(
                f,
                "  asked a vector  {:8.1} %     goal at most {}: {}",
                self.asked_share * 100.0,
                ASKED_SHARE_GOAL * 100.0,
                goal(self.asked_share, ASKED_SHARE_GOAL)
            )?;
            writeln!(f, "{tier_two}")?;
        }
        let Report { n, answered, correct, wrong, precision, coverage, .. } = self.answers;
        write!(
            f,
            "  of {n} turns {answered} answered: {correct} rightly, {wrong} wrongly; precision {precision:.3}, coverage {coverage:.3}"
        )?;
        for (kind, of) in &self.kinds {
            let (asked, answered) = (of.asked_share * 100.0, of.answered_share * 100.0);
            write!(
                f,
                "\n    {kind:<12} asked {asked:5.1} %   answered {answered:5.1} %   p50 {:8.1} µs",
                of.p50_us
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for TierTwo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50_ms, p99_ms) = (self.p50_us / 1e3, self.p99_us / 1e3);
        writeln!(
            f,
            "  tier two, p50   {p50_ms:8.2} ms    goal at most {TIER_TWO_P50_MS_GOAL}: {}   p99 {p99_ms:.2} ms",
            goal(p50_ms, TIER_TWO_P50_MS_GOAL)
        )?;
        write!(
            f,
            "    of which the vector, p50 {:.2} ms; the first call, p50 {:.1} µs, p99 {:.1} µs",
            self.vector_p50_us / 1e3,
            self.first_call_p50_us,
            self.first_call_p99_us
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Asking;
    use super::super::questions::Question;
    use super::*;

    fn question(kind: &'static str, expect: Option<&str>) -> Question {
        Question { kind, text: "why".into(), expect: expect.map(str::to_owned) }
    }

    fn timed<'q>(question: &'q Question, us: u64, vector_us: Option<u64>, entry: Option<&str>) -> Timed<'q> {
        Timed {
            question,
            took: Duration::from_micros(us),
            asking: vector_us
                .map(|us| Asking { after: Duration::from_micros(30), vector: Duration::from_micros(us) }),
            entry: entry.map(str::to_owned),
            native: Duration::from_micros(20),
            differs: false,
        }
    }

    fn assert_near(figure: f64, expected: f64) {
        assert!((figure - expected).abs() < 1e-6, "{figure} is not {expected}");
    }

    #[test]
    fn the_tiers_are_told_apart() {
        let (known, chat) = (question("phrasing", Some("a")), question("chat", None));
        let turns = [
            timed(&known, 40, None, Some("a")),
            timed(&chat, 80, None, None),
            timed(&known, 5_000, Some(4_900), Some("b")),
            timed(&chat, 50, None, None),
        ];
        let figures = TurnFigures::of(&turns);
        assert_near(figures.tier_one_p50_us, 50.0);
        assert_near(figures.tier_one_p99_us, 80.0);
        assert_near(figures.ratio, 2.5);
        assert_near(figures.asked_share, 0.25);
        let tier_two = figures.tier_two.unwrap();
        assert_near(tier_two.p50_us, 5_000.0);
        assert_near(tier_two.first_call_p50_us, 30.0);
        assert_near(tier_two.vector_p50_us, 4_900.0);
        assert_eq!((figures.answers.correct, figures.answers.wrong), (1, 1));
        assert_near(figures.kinds["phrasing"].asked_share, 0.5);
        assert_near(figures.kinds["chat"].answered_share, 0.0);
    }

    #[test]
    fn without_vectors_there_is_no_tier_two() {
        let chat = question("chat", None);
        let figures = TurnFigures::of(&[timed(&chat, 40, None, None)]);
        assert!(figures.tier_two.is_none() && !figures.to_string().contains("tier two"));
        let nothing = TurnFigures::of(&[]);
        assert_near(nothing.ratio, 0.0);
        assert_near(nothing.asked_share, 0.0);
    }
}
