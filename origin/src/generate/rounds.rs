//! Rounds of tools: what a model calls at once is looked up side by side. A call that was made before is answered from its
//! first result, with a note, so that a model that goes round in circles costs nothing and is told. One that failed is looked
//! up again in the next round.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;
use serde_json::Value;

use crate::metrics::Metrics;
use crate::model::{Matter, TOOL_CALLS_MAX, ToolCall, ToolResult, ToolRound};
use crate::prompt::Sources;
use crate::tool::{ToolFault, Toolbox, result};

/// What a model is told of a call that it made before.
const REPEATED: &str = "You made this very call before, and this is its result. Answer the shopper now.";

/// A tool's name and its arguments, however they are written.
type Key = (String, String);

/// The rounds of one answer.
pub(super) struct Rounds<'a> {
    toolbox: Toolbox<'a>,
    metrics: &'a Metrics,
    /// What was called, and the first result.
    before: HashMap<Key, (Value, bool)>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(toolbox: Toolbox<'a>, metrics: &'a Metrics) -> Self {
        Self { toolbox, metrics, before: HashMap::new() }
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
        for (call, found) in first().zip(&found) {
            self.count(call, found);
            self.before.insert(key(call), result(found, sources, self.toolbox.language));
        }
        let results =
            calls.iter().zip(&is_first).map(|(call, is_first)| self.answer(call, !is_first)).collect();
        forget_failed(&mut self.before, first().zip(&found));
        (ToolRound { text, calls, results }, found.into_iter().filter_map(Result::ok).collect())
    }

    fn answer(&self, call: &ToolCall, repeated: bool) -> ToolResult {
        let (mut value, is_error) = self.before.get(&key(call)).cloned().unwrap_or((Value::Null, true));
        if let (true, Value::Object(fields)) = (repeated, &mut value) {
            fields.insert("note".into(), REPEATED.into());
        }
        ToolResult { call_id: call.id.clone(), content: value.to_string(), is_error }
    }

    fn count(&self, call: &ToolCall, found: &Result<Matter, ToolFault>) {
        let outcome = found.as_ref().map_or_else(ToolFault::as_str, |_| "found");
        // A name that a model made up is no label.
        let known = !matches!(found, Err(ToolFault::Unknown(_)));
        self.metrics.tool_call(if known { &call.name } else { "unknown" }, outcome);
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
}
