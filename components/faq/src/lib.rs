//! The `faq` filter: answers a turn that matches a known question well enough, in the shopper's language, and stays silent
//! otherwise. The decision is `semantics::faq`; the bundle is the asset `faq.bundle`, or else its source, `faq.jsonl`.
//!
//! A built bundle may have sentence vectors. Then a turn that words leave open is answered with *ask*, and decided in the second
//! call; without a vector, by words alone.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "faq",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/clock@0.1.0": guest::clock,
            "mangaassist:edge/log@0.1.0": guest::log,
            "mangaassist:edge/metrics@0.1.0": guest::metrics,
            "mangaassist:edge/settings@0.1.0": guest::settings,
            "mangaassist:edge/assets@0.1.0": guest::assets,
        },
    });
}

use bindings::Guest;
use bindings::exports::mangaassist::edge::turn_filter::{
    Asked, ChatEvent, Citation, CitationKind, Guest as TurnFilter, Language as TurnLanguage, Turn,
    TurnChanges, TurnVerdict,
};
use guest::types::Tier;
use guest::{log, metrics};
use semantics::faq::{
    Audience, BuiltBundle, Day, Decision, FaqBundle, FaqEntry, FaqIndex, Query, Thresholds, text_for_vector,
};
use semantics::text::{Language, normalise};

/// The asset that holds the entries, as it was built.
const BUILT: &str = "faq.bundle";
/// The asset that holds the entries, as they were written. It is read when there is no built one.
const SOURCE: &str = "faq.jsonl";

/// Settings of the filter.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// When words alone answer. As the bundle was built, or else calibrated from it, when they are not given.
    thresholds: Option<Thresholds>,
    /// What shoppers are told to write so that something is done, in any spelling of case, width and punctuation. It is left to the
    /// origin, which does it: the known answer that comes nearest only tells them to write it.
    commands: Vec<String>,
}

static COMMANDS: guest::State<Vec<String>> = guest::State::new();
static INDEX: guest::State<FaqIndex> = guest::State::new();

struct Faq;

impl Guest for Faq {
    fn init() -> Result<(), String> {
        let settings: Settings = guest::read_settings()?;
        let mut index = match guest::assets::read(BUILT) {
            Some(bytes) => built(&bytes).map_err(|error| format!("{BUILT}: {error}"))?,
            None => source(settings.thresholds)?,
        };
        if let Some(thresholds) = settings.thresholds {
            index.set_thresholds(thresholds);
        }
        INDEX.set(index);
        COMMANDS.set(settings.commands.iter().map(|command| plain(command)).collect());
        Ok(())
    }
}

/// A text without what people spell one way or another.
fn plain(text: &str) -> String {
    normalise(text).trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

fn built(bytes: &[u8]) -> Result<FaqIndex, String> {
    let bundle = BuiltBundle::read(bytes).map_err(|error| error.to_string())?;
    bundle.into_index().map_err(|error| error.to_string())
}

fn source(thresholds: Option<Thresholds>) -> Result<FaqIndex, String> {
    let bytes = guest::assets::read(SOURCE)
        .ok_or_else(|| format!("neither the asset {BUILT} nor the asset {SOURCE} is there"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{SOURCE}: not UTF-8"))?;
    let bundle = FaqBundle::parse_jsonl(&text).map_err(|errors| {
        errors.iter().map(|error| format!("{SOURCE}: {error}")).collect::<Vec<_>>().join("; ")
    })?;
    Ok(match thresholds {
        Some(thresholds) => FaqIndex::build(&bundle, thresholds),
        None => FaqIndex::build_calibrated(&bundle),
    })
}

impl TurnFilter for Faq {
    fn on_turn(turn: Turn) -> TurnVerdict {
        if turn.dissatisfied {
            count_against_the_entry(&turn);
        }
        // Whoever was not helped by a known answer, or talks with a person, does not want another one.
        if turn.dissatisfied || turn.handed_over {
            return silent();
        }
        if COMMANDS.get().contains(&plain(&turn.text)) {
            metrics::count("commands", 1);
            return silent();
        }
        let index = INDEX.get();
        let audience = match &turn.context.principal {
            Some(principal) if principal.tier != Tier::Guest => Audience::Customer,
            _ => Audience::Guest,
        };
        let language = match turn.language {
            TurnLanguage::En => Language::En,
            TurnLanguage::Ja => Language::Ja,
        };
        let today = Day::of_seconds(guest::now_s());
        let query = Query::new(&turn.text).from_audience(audience).in_language(language).on(today);
        let decision = match &turn.asked {
            Asked::NotYet => index.decide(&query),
            Asked::Vector(vector) => index.decide_with_vector(&query, vector),
            Asked::Unavailable => index.decide_by_words(&query),
        };
        match decision {
            Decision::Answer { entry, score, language, .. } => {
                metrics::count("answered", 1);
                answer(&index.entries()[entry], score, language)
            }
            Decision::Unsure { language, .. }
                if matches!(turn.asked, Asked::NotYet) && index.asks(language) =>
            {
                metrics::count("asked", 1);
                TurnVerdict::Ask(text_for_vector(&turn.text))
            }
            Decision::Unsure { .. } => {
                metrics::count("unsure", 1);
                silent()
            }
            Decision::Miss { .. } => {
                metrics::count("missed", 1);
                silent()
            }
        }
    }
}

/// "That is not what I asked": editors see in the log which entry was answered in vain.
fn count_against_the_entry(turn: &Turn) {
    if let Some(entry) = turn.previous.as_ref().and_then(|previous| previous.entry.as_ref()) {
        metrics::count("not_what_was_asked", 1);
        log::write(log::Level::Info, "not what was asked", &[("entry".into(), entry.clone())]);
    }
}

const fn silent() -> TurnVerdict {
    TurnVerdict::Next(TurnChanges { add_response_headers: Vec::new(), facts: Vec::new() })
}

fn answer(entry: &FaqEntry, score: f32, language: Language) -> TurnVerdict {
    log::write(
        log::Level::Info,
        "answered",
        &[("entry".into(), entry.id.clone()), ("score".into(), format!("{score:.2}"))],
    );
    let mut events = vec![ChatEvent::Delta(entry.answer.get(language).to_owned())];
    if let Some(follow_up) = &entry.follow_up {
        events.push(ChatEvent::Delta(format!("\n\n{}", follow_up.get(language))));
    }
    let link = entry.links.first();
    events.push(ChatEvent::Cite(Citation {
        kind: CitationKind::Faq,
        id: entry.id.clone(),
        title: link.map_or_else(|| title(entry, language), |link| link.title.clone()),
        url: link.map(|link| link.href.clone()),
    }));
    events.push(ChatEvent::Entry(entry.id.clone()));
    TurnVerdict::Answer(events)
}

/// The entry's first question in the language of the answer.
fn title(entry: &FaqEntry, language: Language) -> String {
    let in_language = |question: &&String| semantics::text::detect_language(question) == language;
    entry.questions.iter().find(in_language).or(entry.questions.first()).cloned().unwrap_or_default()
}

bindings::export!(Faq with_types_in bindings);
