//! Tool calls, put together from their fragments.
//!
//! By the book, the first fragment of a call has its index, id and name, and the others the index and more of the arguments.
//! Servers differ: whole calls in one fragment, no index, index 0 for every call, no id, a new id in every fragment, the name
//! in every fragment, arguments as an object.

use serde::Deserialize;
use serde_json::Value;

use crate::model::{ModelError, ModelErrorKind, TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX, ToolCall};

/// Longest name or id of a call, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// A part of a call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Fragment {
    index: Option<u32>,
    id: Option<String>,
    function: Option<Function>,
}

/// What is called.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Function {
    name: Option<String>,
    /// A piece of JSON as text, or the arguments themselves.
    arguments: Option<Value>,
}

/// The calls of one answer, so far.
#[derive(Debug)]
pub(super) struct Calls {
    calls: Vec<Begun>,
    /// Calls of earlier rounds, so that an id that we make is not one of theirs.
    before: usize,
}

#[derive(Debug, Default)]
struct Begun {
    index: Option<u32>,
    id: String,
    name: String,
    arguments: String,
}

impl From<Function> for Fragment {
    /// A call in the way of before there were tools: one, without an id.
    fn from(function: Function) -> Self {
        Self { index: Some(0), id: None, function: Some(function) }
    }
}

impl Calls {
    /// None so far, after so many in earlier rounds.
    pub(super) const fn after(before: usize) -> Self {
        Self { calls: Vec::new(), before }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Takes a fragment.
    ///
    /// # Errors
    /// [`ModelErrorKind::Broken`] beyond [`TOOL_CALLS_MAX`] calls or [`TOOL_ARGUMENTS_BYTES_MAX`].
    pub(super) fn push(&mut self, fragment: Fragment) -> Result<(), ModelError> {
        let id = fragment.id.unwrap_or_default();
        let function = fragment.function.unwrap_or_default();
        let name = function.name.unwrap_or_default();
        if id.len() > NAME_BYTES_MAX || name.len() > NAME_BYTES_MAX {
            return Err(broken("a tool call's name or id is too long"));
        }
        let call = self.call(fragment.index, &id, &name)?;
        if call.id.is_empty() {
            call.id = id;
        }
        if call.name.is_empty() {
            call.name = name;
        }
        match function.arguments {
            None | Some(Value::Null) => {}
            Some(Value::String(piece)) => call.arguments.push_str(&piece),
            Some(whole) => call.arguments.push_str(&whole.to_string()),
        }
        if call.arguments.len() > TOOL_ARGUMENTS_BYTES_MAX {
            return Err(broken("a tool call's arguments are too long"));
        }
        Ok(())
    }

    /// The call that a fragment belongs to; a new one if it begins one.
    fn call(&mut self, index: Option<u32>, id: &str, name: &str) -> Result<&mut Begun, ModelError> {
        let same = |call: &Begun| match index {
            Some(_) => call.index == index,
            None => id.is_empty() || call.id == id,
        };
        let position = match self.calls.iter().rposition(same) {
            Some(at) if !begins_another(&self.calls[at], index, id, name) => at,
            // A fragment without a name only continues. Its id is one of those made anew for every fragment.
            None if name.is_empty() && index.is_none() && !self.calls.is_empty() => self.calls.len() - 1,
            _ if self.calls.len() == TOOL_CALLS_MAX => return Err(broken("too many tool calls at once")),
            _ => {
                self.calls.push(Begun { index, ..Begun::default() });
                self.calls.len() - 1
            }
        };
        Ok(&mut self.calls[position])
    }

    /// The calls, whole.
    ///
    /// # Errors
    /// [`ModelErrorKind::Broken`] for a call of nothing.
    pub(super) fn finish(self) -> Result<Vec<ToolCall>, ModelError> {
        let whole = |(at, call): (usize, Begun)| {
            if call.name.is_empty() {
                return Err(broken("a tool call has no name"));
            }
            let id = if call.id.is_empty() { format!("call_{}", self.before + at) } else { call.id };
            // A tool without parameters is called with nothing at all by some.
            let arguments = if call.arguments.trim().is_empty() { "{}".to_owned() } else { call.arguments };
            Ok(ToolCall { id, name: call.name, arguments })
        };
        self.calls.into_iter().enumerate().map(whole).collect()
    }
}

/// Whether a fragment that looks like more of this call is the first of another.
fn begins_another(call: &Begun, index: Option<u32>, id: &str, name: &str) -> bool {
    if name.is_empty() || call.name.is_empty() {
        return false;
    }
    // Some repeat the name in every fragment, and then the index or the id holds them together.
    match (index, id.is_empty() || call.id.is_empty()) {
        (_, false) => id != call.id,
        (None, true) => true,
        (Some(_), true) => false,
    }
}

fn broken(what: &str) -> ModelError {
    ModelError::new(ModelErrorKind::Broken, what)
}
