//! Check: what an answer claims has to be on record. Text is held back to the end of its sentence, and no longer; each
//! number, price, date, title, author, order, state, stock, promise and address in it is held against the records of the
//! [`Brief`], those of the series or order that the sentence speaks of. What is wrong is put right where the record has one
//! value for it and the sentence is surely about that record, and withheld where it is not so plain. An answer that prints its
//! prompt, speaks another language or leaves the shop's topic is ended.
//!
//! The check reads text, not intentions: it does the same for every model, and finds nothing to do when the embedded
//! answerer is right. What it does not do: it knows no titles and people but those of the records and the catalogue, so a
//! name that is written like any other word passes.
//!
//! What depends on something withheld goes with it: the rest of an item whose beginning is withheld, a sentence that begins
//! with "It" after the one that named a new subject, a heading with nothing left under it. What is left as it is: a count of
//! suggestions ("here are three") of which one is withheld, and the numbers of a list.

mod aside;
mod claim;
mod cue;
mod date;
mod facts;
mod guard;
mod judge;
mod layout;
mod money;
mod number;
mod reading;
mod record;
mod sentence;
mod thread;
mod titles;

use std::collections::HashSet;
use std::sync::Arc;

use self::facts::{Grounds, Source};
use self::guard::Guards;
use self::judge::{Finding, Judge};
use self::layout::{Layout, Line};
use self::reading::Reading;
use self::thread::Thread;
use crate::model::{Brief, Matter};
use crate::shop::Shop;
use crate::understand::NameSpotter;

/// What was wrong with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ungrounded {
    Number,
    Money,
    Date,
    Title,
    Author,
    Order,
    State,
    Stock,
    /// A discount, a guarantee, free shipping.
    Promise,
    /// An address or a telephone number.
    Contact,
}

impl Ungrounded {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Title => "title",
            Self::Author => "author",
            Self::Order => "order",
            Self::State => "state",
            Self::Stock => "stock",
            Self::Promise => "promise",
            Self::Contact => "contact",
        }
    }
}

/// Why an answer may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Guard {
    /// It says what its prompt says.
    PromptLeak,
    /// It is not in the language asked for.
    WrongLanguage,
    /// It is about nothing that the shop has to do with.
    OffTopic,
}

impl Guard {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PromptLeak => "prompt_leak",
            Self::WrongLanguage => "wrong_language",
            Self::OffTopic => "off_topic",
        }
    }
}

/// A piece of an answer, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Said(String),
    /// To be said in the place of what was generated.
    Corrected {
        text: String,
        fault: Ungrounded,
    },
    Withheld(Ungrounded),
    /// Nothing more may be said. Nothing follows.
    End(Guard),
}

/// Checks one answer as it streams.
pub(crate) struct Checker {
    grounds: Grounds,
    shop: Arc<Shop>,
    names: Arc<NameSpotter>,
    held: String,
    thread: Thread,
    layout: Layout,
    guards: Guards,
    /// Sentences said so far, to say none again by correcting another.
    said: HashSet<String>,
    ended: bool,
}

impl Checker {
    pub(crate) fn new(brief: &Brief, question: &str, shop: &Arc<Shop>, names: Arc<NameSpotter>) -> Self {
        Self {
            grounds: Grounds::of(brief, question, shop, &names),
            shop: Arc::clone(shop),
            names,
            held: String::new(),
            thread: Thread::default(),
            layout: Layout::default(),
            guards: Guards::new(brief.language),
            said: HashSet::new(),
            ended: false,
        }
    }

    /// Ends an answer that says what the system prompt says.
    pub(crate) fn guarding(mut self, system: &str) -> Self {
        self.guards.guard(system);
        self
    }

    /// Compiles the patterns now and not at the first answer.
    pub(crate) fn warm_up() {
        aside::warm_up();
        claim::warm_up();
        thread::warm_up();
        titles::warm_up();
        judge::warm_up();
        guard::warm_up();
    }

    /// Adds what was found while the answer was written: from now on it may be said.
    pub(crate) fn learn(&mut self, matter: &Matter) {
        let brief = Brief { language: self.guards.language(), matter: matter.clone(), named: Vec::new() };
        self.grounds.add(&brief, &self.shop, &self.names);
        self.guards.learn();
    }

    /// Takes in more text; gives back what is checked by now.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Checked> {
        if self.ended {
            return Vec::new();
        }
        self.held.push_str(text);
        let mut out = Vec::new();
        while let Some(end) = sentence::end(&self.held, &self.grounds.inside) {
            let rest = self.held.split_off(end);
            let sentence = std::mem::replace(&mut self.held, rest);
            self.take(sentence, &mut out);
            if self.ended {
                break;
            }
        }
        out
    }

    /// The rest, when there is no more text. What comes after it is another answer: another model's, where this one broke off.
    pub(crate) fn finish(&mut self) -> Vec<Checked> {
        let mut out = Vec::new();
        if self.ended {
            return out;
        }
        let rest = std::mem::take(&mut self.held);
        if !rest.is_empty() {
            self.take(rest, &mut out);
        }
        if !self.ended {
            let mut last = Vec::new();
            self.layout.finish(&mut last);
            match self.guards.finish() {
                Ok(waiting) => out.extend(waiting.into_iter().chain(last)),
                Err(guard) => self.end(guard, &mut out),
            }
            self.thread = Thread::default();
            self.layout = Layout::default();
            self.said.clear();
        }
        out
    }

    fn end(&mut self, guard: Guard, out: &mut Vec<Checked>) {
        self.ended = true;
        self.held.clear();
        out.push(Checked::End(guard));
    }

    /// One sentence, through guards, check and layout.
    fn take(&mut self, sentence: String, out: &mut Vec<Checked>) {
        let line = self.layout.place(&sentence);
        let reading = Reading::of(&sentence, line.marker, &self.grounds.numbered);
        let verdict = match self.guards.see(&reading, &self.grounds, &self.names) {
            Ok(verdict) => verdict,
            Err(guard) => return self.end(guard, out),
        };
        let checked = self.check(&line, sentence, &reading);
        let mut arranged = Vec::new();
        self.layout.arrange(&line, checked, &mut arranged);
        out.extend(self.guards.release(verdict, arranged));
    }

    fn check(&mut self, line: &Line, sentence: String, reading: &Reading) -> Checked {
        if reading.folded.is_empty() {
            return Checked::Said(sentence);
        }
        if let Some(fault) = self.thread.enter(line, &reading.text[line.marker.min(reading.text.len())..]) {
            return Checked::Withheld(fault);
        }
        let clauses = self.thread.clauses(reading, &self.grounds, &self.names);
        if let Some(source) = self.grounds.source(&reading.folded) {
            let named = &clauses.mentions;
            // Of what has no record nothing that follows could be said.
            if source == Source::Passage && !named.strangers && !named.unknown && !named.missing {
                self.thread.leave(line, Some(&clauses), None, &self.grounds);
            }
            return self.say(sentence);
        }
        let judge = Judge {
            grounds: &self.grounds,
            names: &self.names,
            reading,
            clauses: &clauses,
            is_item: line.item.is_some(),
        };
        let findings = judge.findings();
        let checked = match mend(&findings, &reading.text) {
            Mended::Fine => self.say(sentence),
            Mended::Wrong(fault) => Checked::Withheld(fault),
            // Of several series, what is said of one hangs on what is said of another: "longer than".
            Mended::Better(_, fault) if clauses.mentions.series.len() > 1 => Checked::Withheld(fault),
            Mended::Better(text, fault) => self.corrected(line, text, fault),
        };
        let fault = match &checked {
            Checked::Withheld(fault) => Some(*fault),
            _ => None,
        };
        self.thread.leave(line, Some(&clauses), fault, &self.grounds);
        checked
    }

    fn say(&mut self, sentence: String) -> Checked {
        self.said.insert(sentence.trim().to_owned());
        Checked::Said(sentence)
    }

    /// A corrected sentence, if it is right now and says something new.
    fn corrected(&mut self, line: &Line, text: String, fault: Ungrounded) -> Checked {
        let reading = Reading::of(&text, line.marker, &self.grounds.numbered);
        let clauses = self.thread.clauses(&reading, &self.grounds, &self.names);
        let is_item = line.item.is_some();
        let judge = Judge {
            grounds: &self.grounds,
            names: &self.names,
            reading: &reading,
            clauses: &clauses,
            is_item,
        };
        if !judge.findings().is_empty() || !self.said.insert(text.trim().to_owned()) {
            return Checked::Withheld(fault);
        }
        Checked::Corrected { text, fault }
    }
}

enum Mended {
    Fine,
    Wrong(Ungrounded),
    Better(String, Ungrounded),
}

/// The text with everything mended that can be; one thing that cannot be is enough to withhold it.
fn mend(findings: &[Finding], text: &str) -> Mended {
    let mut fault = None;
    let mut mends = Vec::new();
    for finding in findings {
        match finding {
            Finding::Wrong(fault) => return Mended::Wrong(*fault),
            Finding::Mend { at, with, fault: this } => {
                fault.get_or_insert(*this);
                mends.push((at, with));
            }
        }
    }
    let Some(fault) = fault else { return Mended::Fine };
    mends.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut mended = text.to_owned();
    for (at, with) in mends {
        mended.replace_range(at.clone(), with);
    }
    Mended::Better(mended, fault)
}

#[cfg(test)]
mod tests;
