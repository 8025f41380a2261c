//! The interface, before the engine behind it is finished.
#![allow(missing_docs, unused_variables, clippy::missing_const_for_fn)]
use crate::*;

#[derive(Debug, Default)]
pub struct RuleSet {}
impl RuleSet {
    pub fn compile(sources: &[Source<'_>], data: &dyn DataFiles) -> Result<RuleSet, Vec<RuleError>> {
        Ok(RuleSet {})
    }
    pub fn len(&self) -> usize {
        0
    }
    pub fn is_empty(&self) -> bool {
        true
    }
}
#[derive(Debug)]
pub struct Transaction<'r> {
    rules: &'r RuleSet,
}
impl<'r> Transaction<'r> {
    pub fn new(rules: &'r RuleSet, mode: Mode) -> Transaction<'r> {
        Transaction { rules }
    }
    pub fn request_head(&mut self, head: &RequestHead<'_>) -> Outcome {
        Outcome::Pass
    }
    pub fn request_body(&mut self, body: &[u8]) -> Outcome {
        Outcome::Pass
    }
    pub fn response_head(&mut self, status: u16, headers: &[(&str, &[u8])]) -> Outcome {
        Outcome::Pass
    }
    pub fn response_body(&mut self, body: &[u8]) -> Outcome {
        Outcome::Pass
    }
    pub fn chat_message(&mut self, text: &str) -> Outcome {
        Outcome::Pass
    }
    pub fn log(&mut self) {}
    pub fn matches(&self) -> &[Match] {
        &[]
    }
}
