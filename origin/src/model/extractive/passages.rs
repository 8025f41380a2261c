//! Policy questions: the passage that fits best, in its own sentences, with where to read on.

use chat::Language;

use super::Writer;
use super::phrase::sentences;
use crate::retrieve::{Passage, PassageKind};

/// Sentences of one passage that are quoted.
const SENTENCES_MAX: usize = 5;
/// A passage fits well enough to be the answer.
const FIT_SURE: f32 = 0.45;
/// A second passage is added when it fits nearly as well.
const FIT_SECOND: f32 = 0.85;

pub(super) fn answer(out: &mut Writer, passages: &[Passage]) {
    let Some(best) = passages.first() else { return };
    if best.fit < FIT_SURE {
        out.either(
            "This is the closest I find in our shop's information. ",
            "当店のご案内の中で、いちばん近いのはこちらです。",
        );
    }
    quote(out, best);
    // A policy's section and an FAQ entry often say the same: another passage is worth its space only from elsewhere.
    let second = passages[1..].iter().find(|passage| {
        passage.kind == best.kind
            && passage.kind == PassageKind::Policy
            && passage.fit >= best.fit * FIT_SECOND
    });
    if let Some(second) = second {
        out.say("\n\n");
        quote(out, second);
    }
    for passage in passages.iter().skip(1).filter(|passage| passage.fit >= best.fit * FIT_SECOND).take(2) {
        out.cite(passage.citation());
    }
    if best.fit < FIT_SURE {
        out.either(
            "\n\nIf that is not what you asked, write \"talk to a person\" and I will pass you on.",
            "\n\nご質問と違う場合は「担当者と話したい」とお書きください。担当者におつなぎします。",
        );
    } else if let Some(url) = best.url.as_deref().filter(|_| best.kind == PassageKind::Policy) {
        let title = &best.title;
        match out.language {
            Language::En => out.say(format!("\n\nMore: [{title}]({url})")),
            Language::Ja => out.say(format!("\n\n詳しくは[{title}]({url})をご覧ください。")),
        }
    }
}

fn quote(out: &mut Writer, passage: &Passage) {
    for sentence in sentences(&passage.text).into_iter().take(SENTENCES_MAX) {
        out.say(sentence);
    }
    out.cite(passage.citation());
}
