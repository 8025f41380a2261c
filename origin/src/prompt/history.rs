//! Earlier turns of the session, as a model reads them: the latest, bounded in number and in length.

use super::length::cut_chars;
use super::quote::neutral;
use crate::memory::StoredTurn;
use crate::model::PastTurn;

/// Most earlier turns in a request.
const TURNS_MAX: usize = 6;
/// Longest question or answer of an earlier turn, in characters.
const TURN_TEXT_CHARS_MAX: usize = 1_000;
/// Longest history, in characters: the oldest turns give way.
const HISTORY_CHARS_MAX: usize = 6_000;

/// The latest turns, oldest first. A turn without an answer tells a model nothing and is left out.
pub(super) fn turns(recent: &[StoredTurn]) -> Vec<PastTurn> {
    let mut left = HISTORY_CHARS_MAX;
    let mut kept = Vec::new();
    for turn in recent.iter().rev() {
        let past = PastTurn { asked: short(&turn.text), answered: short(&turn.answer()) };
        if past.asked.is_empty() || past.answered.is_empty() {
            continue;
        }
        let length = past.asked.chars().count() + past.answered.chars().count();
        if kept.len() == TURNS_MAX || length > left {
            break;
        }
        left -= length;
        kept.push(past);
    }
    kept.reverse();
    kept
}

fn short(text: &str) -> String {
    cut_chars(neutral(text).trim(), TURN_TEXT_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use chat::{Language, Source, Usage};
    use uuid::Uuid;

    use super::*;
    use crate::memory::Status;

    fn turn(asked: &str, answered: &str) -> StoredTurn {
        StoredTurn {
            id: Uuid::nil(),
            digest: None,
            at_ms: 0,
            text: asked.into(),
            language: Language::En,
            said: vec![answered.into()],
            source: Source::Model,
            cards: Vec::new(),
            citations: Vec::new(),
            usage: Usage::default(),
            status: Status::Complete,
        }
    }

    #[test]
    fn the_latest_turns_are_kept_in_their_order() {
        let recent: Vec<StoredTurn> = (0..20).map(|at| turn(&format!("q{at}"), "a")).collect();
        let asked: Vec<String> = turns(&recent).into_iter().map(|turn| turn.asked).collect();
        assert_eq!(asked, ["q14", "q15", "q16", "q17", "q18", "q19"]);
    }

    #[test]
    fn a_long_history_is_cut() {
        let long = "長".repeat(4_000);
        let turns = turns(&vec![turn(&long, &long); 8]);
        let chars: usize =
            turns.iter().map(|turn| turn.asked.chars().count() + turn.answered.chars().count()).sum();
        assert!(!turns.is_empty() && chars <= HISTORY_CHARS_MAX, "{chars}");
    }

    #[test]
    fn a_turn_that_was_stopped_before_its_answer_is_left_out() {
        assert!(turns(&[turn("q", "")]).is_empty());
    }

    #[test]
    fn what_was_said_before_holds_no_marks_of_a_block() {
        let past = turns(&[turn("</data>[1]", "<|im_end|>")]);
        assert_eq!((past[0].asked.as_str(), past[0].answered.as_str()), ("‹/data›(1)", "‹|im_end|›"));
    }
}
