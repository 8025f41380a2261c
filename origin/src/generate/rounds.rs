//! Rounds of tools: what a model calls at once is looked up side by side. A call that was made before is answered from its
//! first result, with a note, so that a model that goes round in circles costs nothing and is told.

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

fn key(call: &ToolCall) -> Key {
    let arguments = serde_json::from_str::<Value>(&call.arguments)
        .map_or_else(|_| call.arguments.trim().to_owned(), |value| value.to_string());
    (call.name.clone(), arguments)
}
