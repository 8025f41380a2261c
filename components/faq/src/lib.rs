//! The `faq` filter: answers a turn that matches a known question well enough, in the shopper's language, and stays silent
//! otherwise. The decision is `semantics::faq`; the bundle is the asset `faq.jsonl`.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "faq",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/log@0.1.0": guest::log,
            "mangaassist:edge/metrics@0.1.0": guest::metrics,
            "mangaassist:edge/settings@0.1.0": guest::settings,
            "mangaassist:edge/assets@0.1.0": guest::assets,
        },
    });
}

use bindings::Guest;
use bindings::exports::mangaassist::edge::turn_filter::{
    ChatEvent, Citation, CitationKind, Guest as TurnFilter, Language as TurnLanguage, Turn, TurnChanges,
    TurnVerdict,
};
use guest::types::Tier;
use guest::{log, metrics};
use semantics::faq::{Audience, Decision, FaqBundle, FaqEntry, FaqIndex, Query, Thresholds};
use semantics::text::Language;

/// The asset that holds the entries.
const BUNDLE: &str = "faq.jsonl";

/// Settings of the filter.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// When to answer. Calibrated from the bundle when they are not given.
    thresholds: Option<Thresholds>,
}

static INDEX: guest::State<FaqIndex> = guest::State::new();

struct Faq;

impl Guest for Faq {
    fn init() -> Result<(), String> {
        let settings: Settings = guest::read_settings()?;
        let bytes = guest::assets::read(BUNDLE).ok_or_else(|| format!("the asset {BUNDLE} is missing"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{BUNDLE}: not UTF-8"))?;
        let bundle = FaqBundle::parse_jsonl(&text).map_err(|errors| {
            errors.iter().map(|error| format!("{BUNDLE}: {error}")).collect::<Vec<_>>().join("; ")
        })?;
        INDEX.set(match settings.thresholds {
            Some(thresholds) => FaqIndex::build(&bundle, thresholds),
            None => FaqIndex::build_calibrated(&bundle),
        });
        Ok(())
    }
}

impl TurnFilter for Faq {
    fn on_turn(turn: Turn) -> TurnVerdict {
        // Whoever was not helped by a known answer, or talks with a person, does not want another one.
        if turn.dissatisfied || turn.handed_over {
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
        let query = Query::new(&turn.text).from_audience(audience).in_language(language);
        match index.decide(&query) {
            Decision::Answer { entry, score, language, .. } => {
                metrics::count("answered", 1);
                answer(&index.entries()[entry], score, language)
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
