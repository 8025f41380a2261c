//! Rounds of tools: what a model calls at once is looked up side by side. A call that was made before is answered from its
//! first result, with a note, so that a model that goes round in circles costs nothing and is told. One that failed is looked
//! up again in the next round. All results of an answer have a room together: each round sends again what was found before.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::metrics::Metrics;
use crate::model::{Matter, TOOL_CALLS_MAX, ToolCall, ToolResult, ToolRound};
use crate::prompt::Sources;
use crate::tool::{NO_ROOM, ToolFault, Toolbox, result};

/// What a model is told of a call that it made before.
const REPEATED: &str = "You made this very call before, and this is its result. Answer the shopper now.";

/// Longest results of all rounds of one answer together, in characters of JSON: about 6,000 tokens of English. A round sends
/// those of the rounds before it again, so this is what a request holds of them at most.
const RESULTS_CHARS_MAX: usize = 24_000;

/// A tool's name and its arguments, however they are written.
type Key = (String, String);

/// The rounds of one answer.
pub(super) struct Rounds<'a> {
    toolbox: Toolbox<'a>,
    metrics: &'a Metrics,
    /// What was called, and the first result.
    before: HashMap<Key, (Value, bool)>,
    /// Characters that results may still have.
    left: usize,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(toolbox: Toolbox<'a>, metrics: &'a Metrics) -> Self {
        Self { toolbox, metrics, before: HashMap::new(), left: RESULTS_CHARS_MAX }
    }

    /// Runs the calls. Gives back the round, and what was found in it.
    pub(super) async fn run(
        &mut self,
        text: String,
        mut calls: Vec<ToolCall>,
        sources: &mut Sources,
    ) -> (ToolRound, Vec<Matter>) {
        calls.truncate(TOOL_CALLS_MAX);
        let mut seen: HashSet<Key> = self.before.keys().cloned().collect();
        let is_first: Vec<bool> = calls.iter().map(|call| seen.insert(key(call))).collect();
        let first = || calls.iter().zip(&is_first).filter(|(_, is_first)| **is_first).map(|(call, _)| call);
        let found = join_all(first().map(|call| self.toolbox.run(call))).await;
        let mut looked_up = found.iter();
        let mut results = Vec::with_capacity(calls.len());
        for (call, is_first) in calls.iter().zip(&is_first) {
            if let Some(found) = is_first.then(|| looked_up.next()).flatten() {
                self.count(call, found);
                let told = result(found, sources, self.toolbox.language, self.left);
                self.before.insert(key(call), told);
            }
            let (value, is_error) = self.before.get(&key(call)).cloned().unwrap_or((Value::Null, true));
            let content = fitted(value, !is_first, &mut self.left);
            results.push(ToolResult { call_id: call.id.clone(), content, is_error });
        }
        forget_failed(&mut self.before, first().zip(&found));
        (ToolRound { text, calls, results }, found.into_iter().filter_map(Result::ok).collect())
    }

    fn count(&self, call: &ToolCall, found: &Result<Matter, ToolFault>) {
        let outcome = found.as_ref().map_or_else(ToolFault::as_str, |_| "found");
        // A name that a model made up is no label.
        let known = !matches!(found, Err(ToolFault::Unknown(_)));
        self.metrics.tool_call(if known { &call.name } else { "unknown" }, outcome);
    }
}

/// A result as the model reads it, within the room that is left for all.
fn fitted(mut value: Value, repeated: bool, left: &mut usize) -> String {
    if let (true, Value::Object(fields)) = (repeated, &mut value) {
        fields.insert("note".into(), REPEATED.into());
    }
    let content = value.to_string();
    match left.checked_sub(content.chars().count()) {
        Some(rest) => {
            *left = rest;
            content
        }
        None => json!({ "note": NO_ROOM }).to_string(),
    }
}

/// What failed may be answered a moment later, and is not remembered. What is wrong with a call stays wrong.
fn forget_failed<'c>(
    before: &mut HashMap<Key, (Value, bool)>,
    called: impl Iterator<Item = (&'c ToolCall, &'c Result<Matter, ToolFault>)>,
) {
    for (call, found) in called {
        if matches!(found, Err(fault) if fault.is_passing()) {
            before.remove(&key(call));
        }
    }
}

fn key(call: &ToolCall) -> Key {
    let arguments = serde_json::from_str::<Value>(&call.arguments)
        .map_or_else(|_| call.arguments.trim().to_owned(), |value| value.to_string());
    (call.name.clone(), arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_that_failed_is_not_remembered_and_a_call_that_is_wrong_is() {
        let outcomes = [
            Ok(Matter::Other),
            Err(ToolFault::Arguments("no".into())),
            Err(ToolFault::NoSeries),
            Err(ToolFault::Unknown("x".into())),
            Err(ToolFault::Timeout),
            Err(ToolFault::Failed),
        ];
        let call = |at: usize| ToolCall { id: format!("t{at}"), name: "f".into(), arguments: at.to_string() };
        let calls: Vec<ToolCall> = (0..outcomes.len()).map(call).collect();
        let mut before: HashMap<Key, (Value, bool)> =
            calls.iter().map(|call| (key(call), (Value::Null, true))).collect();
        forget_failed(&mut before, calls.iter().zip(&outcomes));
        let kept: Vec<bool> = calls.iter().map(|call| before.contains_key(&key(call))).collect();
        assert_eq!(kept, [true, true, true, true, false, false]);
    }

    #[test]
    fn what_does_not_fit_any_more_is_a_word_to_answer_now() {
        let (value, mut left) = (json!({ "found": ["twenty letters here."] }), 70);
        let whole = fitted(value.clone(), false, &mut left);
        assert_eq!((whole.as_str(), left), (r#"{"found":["twenty letters here."]}"#, 36));
        assert_eq!(
            fitted(value.clone(), true, &mut left),
            json!({ "note": NO_ROOM }).to_string(),
            "its note is long"
        );
        assert!(!fitted(value.clone(), false, &mut left).contains("note"), "a shorter one fits all the same");
        assert_eq!(left, 2);
        assert!(fitted(value, false, &mut left).contains("No room"));
    }
}
