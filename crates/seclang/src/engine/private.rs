//! What of a match no log may show: values of variables that whoever runs the engine calls private.

use super::collections::Held;
use super::select::{Candidate, Name};
use super::transaction::Transaction;
use crate::compile::{Piece, Rule, Slot, Template, is_capture, is_quote};
use crate::limits::MATCHED_VARS_MAX;
use crate::variable::Variable;

/// In place of what is not told.
const UNTOLD: &str = "…";

impl<'r> Transaction<'r> {
    /// Whether what matched in any link, or what the rule quotes, is private.
    pub(super) fn is_private_match(&mut self, rule: &'r Rule) -> bool {
        let Some(is_private) = self.is_private else { return false };
        // Beyond the bound nobody knows what matched.
        if self.matched_vars.len() >= MATCHED_VARS_MAX {
            return true;
        }
        // A capture of this rule is a part of what matched in it; one of an earlier rule may be of anything.
        let captures = rule.links.iter().any(|link| link.capture);
        let matched = std::mem::take(&mut self.matched_vars);
        let matches_private = matched
            .iter()
            .zip(0..)
            .any(|(candidate, index)| self.is_private_candidate(candidate, index > 0, captures, is_private));
        let has_matched = !matched.is_empty();
        self.matched_vars = matched;
        let mut texts = rule.tags.iter().chain([&rule.message, &rule.log_data]);
        matches_private
            || texts.any(|text| {
                text.0.iter().any(|piece| self.is_private_piece(piece, has_matched, captures, is_private))
            })
    }

    fn is_private_candidate(
        &mut self,
        candidate: &Candidate,
        is_later: bool,
        captures: bool,
        is_private: fn(&str) -> bool,
    ) -> bool {
        use Variable as V;
        match (candidate.variable, candidate.name, candidate.held) {
            (_, _, Held::Number(_)) => false,
            // An earlier link's match, which stands before it.
            (V::MatchedVar | V::MatchedVars | V::MatchedVarName | V::MatchedVarsNames, ..) if is_later => {
                false
            }
            (variable, Name::Slot(slot), _) if variable.is_settable() => self.is_private_slot(slot, captures),
            (variable, Name::Value(_), _) if variable.is_settable() => true,
            _ => is_private(&self.shown_name(candidate)),
        }
    }

    fn is_private_piece(
        &self,
        piece: &Piece,
        has_matched: bool,
        captures: bool,
        is_private: fn(&str) -> bool,
    ) -> bool {
        match piece {
            Piece::Text(_) => false,
            Piece::Slot(slot) => self.is_private_slot(*slot, captures),
            Piece::Value(Variable::MatchedVar | Variable::MatchedVars, _) => !has_matched,
            // The rule's own message, which is looked at as well.
            Piece::Value(Variable::Rule, _) => false,
            Piece::Value(variable, key) if is_quote(*variable) => {
                let name = variable.name();
                match key {
                    Some(key) => is_private(&format!("{name}:{}", String::from_utf8_lossy(&key.name))),
                    None => is_private(name),
                }
            }
            Piece::Value(..) => false,
        }
    }

    /// Of what rules keep nobody knows any more where it came from.
    fn is_private_slot(&self, slot: Slot, captures: bool) -> bool {
        if is_capture(slot) { !captures } else { self.quotes(slot) }
    }

    fn quotes(&self, slot: Slot) -> bool {
        self.rules.quoting_slots.binary_search(&slot).is_ok()
    }

    /// A message or a tag, expanded; of a private match without what it quotes.
    pub(super) fn told(&mut self, template: &Template, is_private: bool) -> String {
        if !is_private {
            return self.expand_text(template);
        }
        let piece = |piece: &Piece| {
            let is_untold = match piece {
                Piece::Text(_) => false,
                Piece::Slot(slot) => is_capture(*slot) || self.quotes(*slot),
                Piece::Value(variable, _) => is_quote(*variable),
            };
            if is_untold { Piece::Text(UNTOLD.as_bytes().into()) } else { piece.clone() }
        };
        let told = Template(template.0.iter().map(piece).collect());
        self.expand_text(&told)
    }
}
