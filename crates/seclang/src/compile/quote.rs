//! Which variables of the rules hold what a transaction brought: what a log says of those is what a client, or the shop, wrote.

use super::{Effect, Piece, Place, Rule, Slot, Slots, Template, Write};
use crate::limits::CAPTURES_MAX;
use crate::variable::Variable;

/// `TX:0` to `TX:9`: what a pattern found.
pub(crate) fn is_capture(slot: Slot) -> bool {
    usize::try_from(slot).is_ok_and(|slot| slot < CAPTURES_MAX)
}

/// Whether a macro of this variable writes a value that came with the transaction, and not a name, a number or a word of the rules.
pub(crate) fn is_quote(variable: Variable) -> bool {
    use Variable as V;
    !matches!(
        variable,
        V::MatchedVarName
            | V::MatchedVarsNames
            | V::Env
            | V::HighestSeverity
            | V::InspectionError
            | V::InspectionErrorMsg
            | V::ResponseStatus
            | V::UniqueId
    )
}

/// The slots that some rule, or the opening of a collection, fills with a value, or a part of one, that came with the transaction; sorted.
pub(super) fn quoting_slots(rules: &[Rule], slots: &Slots) -> Box<[Slot]> {
    // What opened a collection: a session's id, for one.
    let mut found: Vec<Slot> =
        slots.iter().filter(|(_, c, name)| *c != Variable::Tx && *name == "key").map(|(s, ..)| s).collect();
    // A value may be handed on from slot to slot.
    loop {
        let before = found.len();
        let effects = rules.iter().flat_map(|rule| &rule.links).flat_map(|link| &link.effects);
        for effect in effects {
            let Effect::Set(place, write) = effect else { continue };
            if !writes_a_quote(write, &found) {
                continue;
            }
            match place {
                Place::Slot(slot) => insert(&mut found, *slot),
                Place::Named(collection, name) => slots
                    .iter()
                    .filter(|(_, known, slot)| known == collection && may_be(name, slot))
                    .for_each(|(slot, ..)| insert(&mut found, slot)),
            }
        }
        if found.len() == before {
            return found.into();
        }
    }
}

fn insert(found: &mut Vec<Slot>, slot: Slot) {
    if let Err(at) = found.binary_search(&slot) {
        found.insert(at, slot);
    }
}

/// Whether a name with holes may turn out to be this one, going by what stands before the first hole.
fn may_be(Template(pieces): &Template, name: &str) -> bool {
    match pieces.first() {
        Some(Piece::Text(start)) => {
            name.as_bytes().get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
        }
        _ => true,
    }
}

fn writes_a_quote(write: &Write, known: &[Slot]) -> bool {
    let quotes = |slot: Slot| is_capture(slot) || known.binary_search(&slot).is_ok();
    match write {
        Write::Copy(slot) => quotes(*slot),
        Write::Text(Template(pieces)) => pieces.iter().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Slot(slot) => quotes(*slot),
            Piece::Value(variable, _) => is_quote(*variable),
        }),
        // A sum is a number.
        Write::Number(_) | Write::Add(_) | Write::Subtract(_) | Write::Unset => false,
    }
}
