//! Turns as the FAQ is asked them, what they were answered with, and how soon.

use std::time::Duration;

use chain::Vectors;
use chain::words::detect_language;
use host::chain::TurnDecision;
use host::wit::{Asked, ChatEvent, Client, Context, Principal, Tier, Turn};
use sentence::Model;

/// A turn as a signed-in customer's first one, in the language that the host detects.
#[must_use]
pub fn turn(text: &str, number: u64) -> Turn {
    let principal = Principal {
        subject: "customer-1".into(),
        tier: Tier::Customer,
        scopes: Vec::new(),
        session: Some("session-1".into()),
        expires_at: u64::MAX,
        upgraded_from: None,
    };
    let id = format!("00000000-0000-4000-8000-{number:012x}");
    Turn {
        context: Context {
            request_id: id.clone(),
            principal: Some(principal),
            scores: Vec::new(),
            tags: Vec::new(),
        },
        client: Client { address: "127.0.0.1".into(), port: 50_000, secure: true },
        id,
        text: text.to_owned(),
        language: detect_language(text),
        page: None,
        dissatisfied: false,
        previous: None,
        handed_over: false,
        asked: Asked::NotYet,
    }
}

/// The entry that a turn was answered with.
#[must_use]
pub fn entry(decision: TurnDecision) -> Option<String> {
    let TurnDecision::Answer(events, _) = decision else { return None };
    let named = events.into_iter().rev().find_map(|event| match event {
        ChatEvent::Entry(id) => Some(id),
        _ => None,
    });
    // An answer that names no entry is one all the same, and right for no question.
    Some(named.unwrap_or_default())
}

/// Vectors made at once, on the thread that asks: the time of a turn is then all that it costs.
pub struct Sentences<'m>(pub &'m Model);

impl Vectors for Sentences<'_> {
    fn vector<'a>(
        &'a self,
        text: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>> {
        Box::pin(async move { Some(self.0.embed(text).as_slice().to_vec()) })
    }
}

/// The time that so many of a hundred do not exceed (nearest rank), in microseconds; 0 of none.
#[must_use]
pub fn percentile_us(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_for_the_entry_that_it_names() {
        let delta = || ChatEvent::Delta("So.".into());
        let answer = |events| entry(TurnDecision::Answer(events, "faq".into()));
        assert_eq!(answer(vec![delta(), ChatEvent::Entry("a".into())]).as_deref(), Some("a"));
        assert_eq!(answer(vec![delta()]).as_deref(), Some(""));
        assert_eq!(entry(TurnDecision::Next), None);
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_micros).collect();
        let us = |percent| percentile_us(&times, percent);
        assert!(
            (us(50) - 100.0).abs() < 1e-6 && (us(99) - 198.0).abs() < 1e-6 && (us(100) - 200.0).abs() < 1e-6
        );
        assert!((percentile_us(&times[..1], 99) - 1.0).abs() < 1e-6);
        assert!(percentile_us(&[], 50) < 1e-9);
    }
}
