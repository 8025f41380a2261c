//! What the chain says, in the words of the chat protocol, and the other way round.

use chat::{Citation, CitationKind, Code, Language, MessagePost, Problem, Source};
use identity::{Principal, Tier};

use crate::wit;

/// The tag of a turn that was paid for before: the same message again, after a failure that was not the shopper's, within
/// [`chat::limits::FREE_RUNS_MAX`] runs. The `rate-limit` filter knows it.
pub const RETRY_TAG: &str = "retry";

/// What a host keeps of a session for the turns to come.
#[derive(Clone, Debug, Default)]
pub struct SessionFacts {
    /// The answer before this turn.
    pub previous: Option<wit::PreviousAnswer>,
    /// Whether a person was asked for, and the origin has not said since that the conversation is the assistant's again.
    pub handed_over: bool,
}

/// A message as turn filters see it. `is_retry` says that it was let pass before, and is not to cost another token.
#[must_use]
pub fn turn_of(
    message: &MessagePost,
    mut context: wit::Context,
    client: wit::Client,
    session: SessionFacts,
    is_retry: bool,
) -> wit::Turn {
    if is_retry {
        context.tags.push(RETRY_TAG.to_owned());
    }
    let page = message.page.as_ref();
    wit::Turn {
        context,
        client,
        id: message.id.to_string(),
        text: message.text.clone(),
        language: detect_language(&message.text),
        page: page.map(|page| wit::Page { path: page.path.clone(), series: page.series.clone() }),
        dissatisfied: message.not.is_some(),
        previous: session.previous,
        handed_over: session.handed_over,
        asked: wit::Asked::NotYet,
    }
}

/// The code of a filter's refusal. A filter that names none we know is answered by its status.
#[must_use]
pub fn code_of(refusal: &wit::Refusal) -> Code {
    let named = Code::ALL.iter().copied().find(|code| code.as_str() == refusal.code);
    named.unwrap_or(match refusal.status {
        401 => Code::Unauthorized,
        429 => Code::RateLimited,
        400..500 => Code::Blocked,
        _ => Code::Unavailable,
    })
}

/// A filter's refusal as a problem document.
#[must_use]
pub fn problem_of(refusal: &wit::Refusal) -> Problem {
    let mut problem = Problem::new(code_of(refusal), refusal.reason.clone());
    problem.status = refusal.status;
    problem.retry_after = refusal.retry_after;
    problem
}

/// A principal of the contract, as the crates know it.
#[must_use]
pub fn principal_of(principal: &wit::Principal) -> Principal {
    Principal {
        subject: principal.subject.clone(),
        tier: match principal.tier {
            wit::Tier::Guest => Tier::Guest,
            wit::Tier::Customer => Tier::Customer,
            wit::Tier::Developer => Tier::Developer,
        },
        scopes: principal.scopes.clone(),
        session: principal.session.clone(),
        expires_at: principal.expires_at,
        upgraded_from: principal.upgraded_from.clone(),
    }
}

/// A language of the contract, as the protocol has it.
#[must_use]
pub const fn language_of(language: wit::Language) -> Language {
    match language {
        wit::Language::En => Language::En,
        wit::Language::Ja => Language::Ja,
    }
}

/// The shopper's language, by script: kana or Han make it Japanese. A message in another language is answered in English.
#[must_use]
pub fn detect_language(text: &str) -> wit::Language {
    let japanese = text
        .chars()
        .any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}'));
    if japanese { wit::Language::Ja } else { wit::Language::En }
}

/// Where an answer came from, as filters are told.
#[must_use]
pub const fn source_of(source: Source) -> wit::AnswerSource {
    match source {
        Source::FaqEdge => wit::AnswerSource::FaqEdge,
        Source::Cache => wit::AnswerSource::Cache,
        Source::Model => wit::AnswerSource::Model,
        Source::Extractive => wit::AnswerSource::Extractive,
        Source::Tool => wit::AnswerSource::Tool,
    }
}

/// A filter's citation, as the protocol has it.
#[must_use]
pub fn citation_of(citation: wit::Citation) -> Citation {
    Citation {
        kind: match citation.kind {
            wit::CitationKind::Faq => CitationKind::Faq,
            wit::CitationKind::Policy => CitationKind::Policy,
            wit::CitationKind::Series => CitationKind::Series,
            wit::CitationKind::Order => CitationKind::Order,
        },
        id: citation.id,
        title: citation.title,
        url: citation.url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_or_han_make_a_message_japanese() {
        assert_eq!(detect_language("返品できますか"), wit::Language::Ja);
        assert_eq!(detect_language("ONE PIECE は何巻まで"), wit::Language::Ja);
        assert_eq!(detect_language("Do you ship to São Paulo?"), wit::Language::En);
        assert_eq!(detect_language("🙂"), wit::Language::En);
    }

    #[test]
    fn a_code_that_no_one_knows_falls_back_on_the_status() {
        let refusal = |code: &str, status| wit::Refusal {
            status,
            code: code.into(),
            reason: "no".into(),
            rule: None,
            retry_after: None,
            headers: Vec::new(),
        };
        assert_eq!(code_of(&refusal("rate_limited", 429)), Code::RateLimited);
        assert_eq!(code_of(&refusal("made-up", 401)), Code::Unauthorized);
        assert_eq!(code_of(&refusal("made-up", 418)), Code::Blocked);
        assert_eq!(code_of(&refusal("made-up", 503)), Code::Unavailable);
    }
}
