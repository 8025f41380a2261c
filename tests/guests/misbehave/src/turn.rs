//! The turn phase.

use crate::abuse;
use crate::behaviour::{OnTurn, Settings};
use crate::bindings::exports::mangaassist::edge::turn_filter::{
    Asked, ChatEvent, Turn, TurnChanges, TurnVerdict,
};
use crate::request::{refusal, score, tag};

pub(crate) fn verdict(settings: &Settings, turn: &Turn) -> TurnVerdict {
    match settings.on_turn {
        OnTurn::Next => next(Vec::new()),
        OnTurn::Trap => abuse::trap(),
        OnTurn::Loop => abuse::run_forever(),
        OnTurn::Allocate => abuse::allocate(),
        OnTurn::Answer => TurnVerdict::Answer(vec![ChatEvent::Delta(settings.name.clone())]),
        OnTurn::HugeAnswer => TurnVerdict::Answer(vec![ChatEvent::Delta("a".repeat(8 << 20))]),
        OnTurn::Refuse => TurnVerdict::Refuse(refusal(&settings.name)),
        OnTurn::AddResponseHeader => TurnVerdict::Next(TurnChanges {
            add_response_headers: vec![
                guest::header("x-granted", settings.name.as_str()),
                guest::header("x-ungranted", settings.name.as_str()),
            ],
            facts: Vec::new(),
        }),
        OnTurn::AskForever => TurnVerdict::Ask(turn.text.clone()),
        OnTurn::AskAndTell => match &turn.asked {
            Asked::NotYet => TurnVerdict::Ask(turn.text.clone()),
            Asked::Unavailable => tell("no vector".to_owned()),
            Asked::Vector(vector) => tell(format!("{} numbers", vector.len())),
        },
        OnTurn::Ask => match &turn.asked {
            Asked::NotYet => TurnVerdict::Ask(turn.text.clone()),
            Asked::Unavailable => next(vec![tag(format!("{}: unavailable", settings.name))]),
            Asked::Vector(vector) => {
                next(vec![score("numbers", i32::try_from(vector.len()).unwrap_or(i32::MAX))])
            }
        },
    }
}

fn tell(text: String) -> TurnVerdict {
    TurnVerdict::Answer(vec![ChatEvent::Delta(text)])
}

const fn next(facts: Vec<guest::types::Fact>) -> TurnVerdict {
    TurnVerdict::Next(TurnChanges { add_response_headers: Vec::new(), facts })
}
