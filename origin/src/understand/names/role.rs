//! What a named series is to the sentence, by what stands before and after its name.

use super::{Mention, Role};
use crate::understand::fold::{fold, stands_alone};

/// Gives every mention its role. They stand in the order of the text.
pub(super) fn assign(folded: &str, found: &mut [Mention]) {
    for mention in found.iter_mut() {
        mention.role = role(folded, mention.start, mention.end);
    }
    // "like A and B": what is beside something wanted is wanted alike.
    for at in 1..found.len() {
        let between = folded[found[at - 1].end..found[at].start].trim();
        if found[at - 1].role != Role::Subject
            && found[at].role == Role::Subject
            && matches!(between, "and" | "or" | "" | "と" | "や" | "か")
        {
            found[at].role = found[at - 1].role;
        }
    }
    for at in (1..found.len()).rev() {
        let between = folded[found[at - 1].end..found[at].start].trim();
        if found[at].role != Role::Subject
            && found[at - 1].role == Role::Subject
            && matches!(between, "" | "と" | "や" | "か")
        {
            found[at - 1].role = found[at].role;
        }
    }
}

const LIKE_BEFORE: &[&str] = &[
    "like",
    "similar to",
    "reminds me of",
    "in the style of",
    "in the vein of",
    "fans of",
    "fan of",
    "loved",
    "enjoyed",
    "i love",
    "i liked",
    "comparable to",
    "close to",
    "such as",
    "same vibe as",
    "same feel as",
    "after reading",
    "just finished",
    "reminiscent of",
    "after",
    "alternative to",
    "alternatives to",
];
const LIKE_AFTER: &[&str] = &[
    "みたい",
    "のよう",
    "に似",
    "っぽい",
    "が好き",
    "と同じ",
    "好きに",
    "好きなら",
    "系",
    "と似",
    "風の",
    "レベルの",
    "を読み終",
    "がおもしろかった",
    "が面白かった",
    "が気に入",
    "くらいおもしろい",
    "くらい面白い",
];
const NOT_BEFORE: &[&str] = &[
    "not",
    "except",
    "other than",
    "besides",
    "apart from",
    "already read",
    "already have",
    "already own",
    "hated",
    "dont like",
    "didnt like",
    "did not like",
    "do not like",
    "instead of",
    "anything but",
    "aside from",
    "ive read",
    "i have read",
    "excluding",
    "dislike",
    "disliked",
];
const NOT_AFTER: &[&str] =
    &["以外", "じゃな", "ではな", "は読", "を除", "は苦手", "はもう", "は持って", "抜き", "は嫌", "でな"];

fn role(folded: &str, start: usize, end: usize) -> Role {
    let (before, after) = (folded[..start].trim_end(), &folded[end..]);
    let before = before.strip_suffix(" the").unwrap_or(before);
    let before = before.strip_suffix(" manga").unwrap_or(before);
    let ends = |cues: &[&str]| {
        cues.iter()
            .any(|cue| before.ends_with(cue) && stands_alone(before, before.len() - cue.len(), before.len()))
    };
    let folded_cue = |cues: &[&str]| cues.iter().any(|cue| after.starts_with(&fold(cue)));
    if ends(NOT_BEFORE) || folded_cue(NOT_AFTER) {
        // "is it not like A?" stays a likeness; "not A" does not.
        return Role::Not;
    }
    let asks_whether_liked = before.ends_with("do you like") || before.ends_with("what is it like");
    if (ends(LIKE_BEFORE) && !asks_whether_liked) || folded_cue(LIKE_AFTER) {
        Role::Like
    } else {
        Role::Subject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The roles of these names in a text, in which they stand in this order.
    fn roles(text: &str, names: &[&str]) -> Vec<Role> {
        let folded = fold(text);
        let mention = |(series, name): (usize, &&str)| {
            let start = folded.find(*name).unwrap();
            Mention { series, role: Role::Subject, start, end: start + name.len() }
        };
        let mut found: Vec<Mention> = names.iter().enumerate().map(mention).collect();
        assign(&folded, &mut found);
        found.iter().map(|mention| mention.role).collect()
    }

    #[test]
    fn the_words_beside_a_name_tell_its_role() {
        assert_eq!(roles("how long is Monster?", &["monster"]), [Role::Subject]);
        assert_eq!(roles("something like Monster", &["monster"]), [Role::Like]);
        assert_eq!(roles("anything but Monster", &["monster"]), [Role::Not]);
        assert_eq!(roles("Monsterみたいな漫画", &["monster"]), [Role::Like]);
        assert_eq!(roles("Monster以外で", &["monster"]), [Role::Not]);
    }

    #[test]
    fn what_is_beside_something_wanted_is_wanted_alike() {
        assert_eq!(roles("like Monster and Pluto", &["monster", "pluto"]), [Role::Like, Role::Like]);
        assert_eq!(roles("MonsterとPlutoみたいな", &["monster", "pluto"]), [Role::Like, Role::Like]);
        assert_eq!(roles("Pluto, not like Monster", &["pluto", "monster"])[0], Role::Subject);
    }
}
