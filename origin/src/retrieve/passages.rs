//! The FAQ and the policies as passages, and the choice among them.

use std::collections::HashSet;

use chat::Language;

use super::{Need, PASSAGE_CHARS_MAX, PASSAGES_MAX, Passage, PassageKind, terms};
use crate::shop::{Both, Shop};

/// A passage as it is kept: both languages, and its terms.
pub(super) struct Kept {
    kind: PassageKind,
    id: String,
    title: Both,
    url: Option<String>,
    text: Both,
    /// What it is called, in every way: headings, phrasings of the question.
    pub(super) headings: String,
    pub(super) body: String,
    terms: HashSet<String>,
}

/// All passages.
pub(super) struct Library {
    passages: Vec<Kept>,
}

/// A passage that has less of the question than this is not about it.
const COVERAGE_MIN: f32 = 0.5;
/// What words alone can say for a passage, against the likeness of whole questions.
const WORDS_FIT_MAX: f32 = 0.6;

impl Library {
    pub(super) fn new(shop: &Shop) -> Self {
        let faq = shop.faq.entries().iter().map(|entry| {
            let in_language = |language| entry.answer.get(language).to_owned();
            let question = |japanese: bool| {
                let fits = |question: &&String| {
                    (semantics::text::detect_language(question) == semantics::text::Language::Ja) == japanese
                };
                entry.questions.iter().find(fits).or(entry.questions.first()).cloned().unwrap_or_default()
            };
            let text = Both {
                en: in_language(semantics::text::Language::En),
                ja: in_language(semantics::text::Language::Ja),
            };
            Kept {
                kind: PassageKind::Faq,
                id: entry.id.clone(),
                title: Both { en: question(false), ja: question(true) },
                url: entry.links.first().map(|link| link.href.clone()),
                headings: entry.questions.join("\n"),
                body: format!("{}\n{}", text.en, text.ja),
                text,
                terms: HashSet::new(),
            }
        });
        let policies = shop.policies.iter().map(|section| Kept {
            kind: PassageKind::Policy,
            id: section.id.clone(),
            title: Both {
                en: format!("{}: {}", section.title.en, section.heading.en),
                ja: format!("{}「{}」", section.title.ja, section.heading.ja),
            },
            url: Some(section.url()),
            headings: format!(
                "{} {} {} {} {}",
                section.policy, section.title.en, section.heading.en, section.title.ja, section.heading.ja
            ),
            body: format!("{}\n{}", section.text.en, section.text.ja),
            text: section.text.clone(),
            terms: HashSet::new(),
        });
        let mut passages: Vec<Kept> = faq.chain(policies).collect();
        for kept in &mut passages {
            kept.terms = terms(&kept.headings).into_iter().chain(terms(&kept.body)).collect();
        }
        Self { passages }
    }

    pub(super) fn passages(&self) -> &[Kept] {
        &self.passages
    }

    /// The best passages: FAQ entries by the likeness of the questions, then what has the question's words.
    pub(super) fn choose(
        &self,
        need: &Need<'_>,
        asked: &[String],
        hits: impl Iterator<Item = (usize, f32)>,
    ) -> Vec<Passage> {
        let language = need.query.language;
        let mut chosen: Vec<Passage> = Vec::new();
        for (id, sure) in &need.query.faq {
            if let Some(kept) =
                self.passages.iter().find(|kept| kept.kind == PassageKind::Faq && kept.id == *id)
            {
                chosen.push(kept.in_language(language, *sure));
            }
        }
        let asked: HashSet<&String> = asked.iter().collect();
        let mut best_score = 0.0_f32;
        for (at, score) in hits {
            best_score = best_score.max(score);
            let kept = &self.passages[at];
            let coverage = share(&asked, &kept.terms);
            if coverage >= COVERAGE_MIN && chosen.iter().all(|passage| passage.id != kept.id) {
                let fit = WORDS_FIT_MAX * coverage * (0.5 + 0.5 * score / best_score);
                chosen.push(kept.in_language(language, fit));
            }
        }
        chosen.retain(|passage| !need.unhelpful.contains(&passage.id));
        chosen.sort_by(|a, b| b.fit.total_cmp(&a.fit));
        chosen.truncate(PASSAGES_MAX);
        chosen
    }
}

impl Kept {
    fn in_language(&self, language: Language, fit: f32) -> Passage {
        let text = self.text.get(language).chars().take(PASSAGE_CHARS_MAX).collect();
        let title = self.title.get(language).to_owned();
        Passage { kind: self.kind, id: self.id.clone(), title, url: self.url.clone(), text, fit }
    }
}

/// The share of the question's terms that the passage has.
fn share(asked: &HashSet<&String>, terms: &HashSet<String>) -> f32 {
    if asked.is_empty() {
        return 0.0;
    }
    let found = asked.iter().filter(|term| terms.contains(**term)).count();
    #[expect(clippy::cast_precision_loss, reason = "a question has few terms")]
    let share = found as f32 / asked.len() as f32;
    share
}
