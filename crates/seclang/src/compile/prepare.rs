//! Which rules of the request phases merely prepare, so that a response can be judged without its request.

use super::{Effect, Number, Piece, Place, Rule, Slot, Slots, Template, Write};
use crate::compile::model::{Disruption, Link};
use crate::operators::Operator;
use crate::variable::Variable;

/// What a rule set has to tell a preparing rule by.
pub(super) struct Preparation<'s> {
    pub(super) slots: &'s Slots,
    /// The variables that hold the anomaly score.
    pub(super) score_slots: &'s [Slot],
}

impl Preparation<'_> {
    /// A rule that passes, says nothing, keeps nothing and adds to no score, and that needs no more of the request than is known
    /// when a response is judged by itself: it sets up variables, switches rules off, skips. One that logs counts too when all
    /// that it does is switch something: the request's own transaction has told of it.
    pub(super) fn is_preparing(&self, rule: &Rule) -> bool {
        let mut effects = rule.links.iter().flat_map(|link| &link.effects).peekable();
        let only_switches = effects.peek().is_some() && effects.all(is_switch);
        rule.phase <= 2
            && matches!(rule.disruption, Disruption::Pass)
            && (!rule.log || only_switches)
            && rule.links.iter().all(|link| self.is_known_link(link))
    }

    fn is_known_link(&self, link: &Link) -> bool {
        link.targets.iter().all(|target| target.variable.exists_before_a_response())
            && self.is_known_operator(&link.operator)
            && link.effects.iter().all(|effect| self.is_preparing_effect(effect))
    }

    fn is_known_operator(&self, operator: &Operator) -> bool {
        match operator {
            Operator::StrEq(text)
            | Operator::Contains(text)
            | Operator::ContainsWord(text)
            | Operator::BeginsWith(text)
            | Operator::EndsWith(text)
            | Operator::Within(text) => self.is_known_text(text),
            Operator::Compare(_, number) => self.is_known_number(number),
            _ => true,
        }
    }

    fn is_preparing_effect(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Set(place, write) => self.is_preparing_write(place, write),
            Effect::OpenCollection(..) | Effect::Expire(..) | Effect::Deprecate(..) => false,
            switch => is_switch(switch),
        }
    }

    fn is_preparing_write(&self, place: &Place, write: &Write) -> bool {
        let is_place = match place {
            Place::Slot(slot) => {
                let adds = matches!(write, Write::Add(_) | Write::Subtract(_));
                self.is_known_slot(*slot) && !(adds && self.score_slots.contains(slot))
            }
            Place::Named(collection, name) => {
                collection.exists_before_a_response() && self.is_known_text(name)
            }
        };
        is_place
            && match write {
                Write::Number(_) | Write::Unset => true,
                Write::Copy(slot) => self.is_known_slot(*slot),
                Write::Text(text) => self.is_known_text(text),
                Write::Add(by) | Write::Subtract(by) => self.is_known_number(by),
            }
    }

    fn is_known_number(&self, number: &Number) -> bool {
        match number {
            Number::Constant(_) => true,
            Number::Slot(slot) => self.is_known_slot(*slot),
            Number::Template(text) => self.is_known_text(text),
        }
    }

    fn is_known_text(&self, text: &Template) -> bool {
        text.0.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Slot(slot) => self.is_known_slot(*slot),
            Piece::Value(variable, _) => variable.exists_before_a_response(),
        })
    }

    fn is_known_slot(&self, slot: Slot) -> bool {
        let (collection, _): (Variable, &str) = self.slots.name(slot);
        collection.exists_before_a_response()
    }
}

/// A `ctl`.
fn is_switch(effect: &Effect) -> bool {
    match effect {
        Effect::RemoveRules(_)
        | Effect::RemoveTarget(..)
        | Effect::BodyProcessor(_)
        | Effect::ForceRequestBodyVariable(_)
        | Effect::RequestBodyAccess(_)
        | Effect::ResponseBodyAccess(_)
        | Effect::RuleEngine(_) => true,
        Effect::Set(..) | Effect::OpenCollection(..) | Effect::Expire(..) | Effect::Deprecate(..) => false,
    }
}
