//! The forms of words by which the [guards](super::Guard) know a question. All work on normalised text and its words.

/// A sequence of words; `*` stands for up to two words of any kind, `a|b` for either.
type Pattern = &'static [&'static str];

/// What a shopper has under way with a shop.
const OWN: &str = "order|orders|parcel|parcels|package|packages|shipment|delivery|refund|return|preorder|pre-order|payment|\
                   item|items|stuff|book|books|purchase|exchange|subscription|points|balance|coupon|invoice|cancellation";

const PERSONAL: &[Pattern] = &[
    &["where", "is|are|s", "my|mine", "*", OWN],
    &["where", "my", "*", OWN],
    &["status", "of|on|for", "my|mine"],
    &["my", "*", OWN, "status"],
    &["my", "tracking", "number", "is"],
    &["has|have|hasnt|havent|did|didnt|was|were|is|are|will", "my", "*", OWN],
    &["when", "will|does|is|should|can", "my", "*", OWN],
    &["when", "will|do|can", "i", "get|receive|have", "my", "*", OWN],
    &["how", "many", "points", "do", "i", "have"],
    &["what", "is|are|s", "my", "*", "balance|points|total"],
    &["what", "did", "i", "*", "order|buy|purchase"],
    &["have", "you", "*", "shipped|sent|dispatched|received|processed|refunded", "my"],
    &["did", "you", "*", "ship|send|dispatch|receive|process|refund|get", "my"],
    &["^", "track|check|find|cancel|change|update|refund|return|show|locate|reschedule", "my|mine", "*", OWN],
    &["you", "*", "track|check|find|cancel|look|change|update|refund|locate|show", "*", "my", "*", OWN],
    &["please|pls", "*", "track|check|find|cancel|change|update|refund|locate", "*", "my", "*", OWN],
    &["i", "want", "to", "track|check|cancel|change", "my", "*", OWN],
    &["about|regarding|on|for", "my", "*", "order|refund|return|delivery|shipment|package|parcel", "$"],
    &["my", "*", "order|parcel|package|refund", "from", "*", "yesterday|week|month|monday|tuesday|wednesday|thursday|friday"],
];

const PERSONAL_JA: &[&str] = &[
    "私の注文", "僕の注文", "俺の注文", "自分の注文", "私の荷物", "僕の荷物", "自分の荷物", "私の返金", "僕の返金", "私の返品",
    "私のポイント", "僕のポイント", "自分のポイント", "私の予約", "僕の予約", "私の商品", "私の本", "わたしの注文", "私が注文した",
    "僕が注文した", "先日注文した", "昨日注文した", "先週注文した", "この前注文した", "今どこ", "いまどこ", "注文状況を確認して",
    "配送状況を確認して", "注文を確認して", "注文をキャンセルして", "ポイントはいくつ", "ポイントは何ポイント", "残高を教え",
    "もう発送されましたか", "もう発送した", "発送済みですか", "発送されましたか", "まだ届きません", "まだ届かない", "まだですか",
    "いつ来ますか",
];

const DISCOVERY: &[Pattern] = &[
    &["recommend|suggest", "me|us|a|an|some|something|any|good"],
    &["can|could|would|please|you", "*", "recommend|suggest", "!your"],
    &["any|some|need|want|your|give", "*", "recommendations|suggestions|recs", "$"],
    &["any|some|need|want|give", "*", "recommendations|suggestions|recommendation|suggestion|recs", "for|on|please"],
    &["something|anything|series|books|book|titles|title|stuff|one|ones|manga|comic|comics", "*", "like|similar", "!this"],
    &["similar", "to"],
    &["what|which", "*", "should", "i", "read|watch|buy|start|try"],
    &["what", "to", "read|buy|watch", "*", "next|after|$"],
    &["looking", "for", "a|an|some|something|good|new"],
    &["in", "the", "mood", "for"],
    &["best|good|great|popular|top", "*", "series|books|book|titles|novel|novels|comic|comics|manga", "for|about|to|with|like|$"],
    &["i", "like|liked|love|loved|enjoyed|finished|read", "*", "*", "what|anything|something|similar|now|more"],
    &["show", "me", "*", "*", "series|books|titles|comics|products|items"],
];

const DISCOVERY_JA: &[&str] = &[
    "おすすめを", "おすすめの", "おすすめは", "おすすめある", "おすすめして", "おすすめが", "オススメ", "お勧めの", "お勧めは",
    "お薦め", "みたいな", "に似た", "似ている作品", "のような作品", "のような本", "面白い本", "面白い作品", "おもしろい",
    "何を読めば", "何から読", "何か読み", "何を買えば", "人気の作品", "人気の本", "を探しています", "を探してる", "好きなんだけど",
    "が好きなのですが", "が好きです", "が好きなん",
];

/// Asks how recommending works, not for a recommendation.
const DISCOVERY_NOT_JA: &[&str] = &["選ばれて", "仕組み", "どうやって決", "オフに", "おすすめ機能"];

const LEANS: &[Pattern] = &[
    &["^", "and|but|also|then|or", "*", "*", "*", "$"],
    &["^", "and|but", "for|if|what|how|the|can|is|do|does|to|in|when"],
    &["^", "what|how", "about"],
    &["^", "same", "*", "for|with|thing|question"],
    &["that|this|other|first|second|last|previous|cheaper|latter|former", "one|ones"],
    &["for|about|with|of|on|by|like|does|is|to|do|from|in", "that|those|these|them|this", "$"],
    &["^", "is|does|do|will|can|was|are|would|has", "it|that|this|they|those|these", "*", "*", "$"],
    &["^", "why|how|when|where|who", "is|does|so|not|was|did|would|will|come", "it|that|this|they|not", "$"],
    &["you", "just", "said|told|mentioned"],
    &["as", "you", "said"],
    &["the", "same", "*", "for"],
    &["^", "why|how|when|where|really|which|how|who", "$"],
    &["^", "how", "much|long|many|come|so|far|often", "$"],
    &["how", "much|long|many", "is|does|are|do|would|will", "it|that|this|they|those", "*", "$"],
];

const LEANS_JA: &[&str] = &[
    "それは", "これは", "あれは", "それって", "これって", "その場合", "それだと", "それなら", "さっきの", "先ほどの", "それで",
    "それに", "じゃあ", "じゃ、", "では、", "そっち", "こっち", "もう一つの", "もうひとつの", "それを", "これを", "それの", "その後",
    "同じく", "そちらは", "こちらは", "その商品", "その本", "それも", "これも",
];

/// At most so many characters lean in Japanese: a longer question says what it is about.
const LEANS_JA_CHARS_MAX: usize = 16;
/// `AはB?` without a verb, at most so many characters: "日本は?"
const BARE_TOPIC_CHARS_MAX: usize = 5;

/// Words that begin a question.
const OPENERS: &[&str] = &[
    "how", "what", "whats", "when", "where", "why", "who", "which", "do", "does", "did", "can", "could", "is", "are", "will",
    "would", "should", "may", "must", "has", "have",
];

/// Whether it is about the state of what is the shopper's own.
pub(super) fn is_personal(text: &str, words: &[&str]) -> bool {
    PERSONAL.iter().any(|p| found(p, words))
        || names_an_order(words)
        || (!text.is_ascii() && (contains(text, PERSONAL_JA) || names_an_order_ja(text)))
}

/// Whether it asks for something to read or buy.
pub(super) fn is_discovery(text: &str, words: &[&str]) -> bool {
    DISCOVERY.iter().any(|p| found(p, words))
        || (!text.is_ascii() && contains(text, DISCOVERY_JA) && !contains(text, DISCOVERY_NOT_JA))
}

/// Whether it makes no sense without what was said before.
pub(super) fn leans_on_context(text: &str, words: &[&str]) -> bool {
    if LEANS.iter().any(|p| found(p, words)) {
        return true;
    }
    if text.is_ascii() {
        return false;
    }
    let chars = text.trim_end_matches(['?', '。', '!']).chars().count();
    let bare = text.trim_end_matches(['?', '。']).ends_with('は') && chars <= BARE_TOPIC_CHARS_MAX;
    bare || (chars <= LEANS_JA_CHARS_MAX && LEANS_JA.iter().any(|p| text.starts_with(p)))
}

/// Whether it asks two things.
pub(super) fn asks_twice(text: &str) -> bool {
    let asked = text.split_inclusive(['?', '.', '!', '。', ';']).filter(|s| is_question(s)).count();
    if asked >= 2 {
        return true;
    }
    let japanese = ["ますか", "ですか", "でしょうか", "ませんか"];
    let ends: usize = japanese.iter().map(|p| text.matches(p).count()).sum();
    if ends >= 2 && !text.contains("それとも") {
        return true;
    }
    joined_by_and(text)
}

fn is_question(clause: &str) -> bool {
    let words = crate::text::tokens(clause);
    let asks = clause.trim_end().ends_with('?') || words.first().is_some_and(|t| OPENERS.contains(&t.text));
    asks && crate::text::content_words(clause).len() >= 2
}

/// "do you ship to Canada and how much is it": two questions without a question mark between them.
fn joined_by_and(text: &str) -> bool {
    let Some((before, after)) = text.split_once(" and ") else { return false };
    let after_opens = after.split_whitespace().next().is_some_and(|w| OPENERS.contains(&w));
    let before_opens = crate::text::tokens(before).first().is_some_and(|t| OPENERS.contains(&t.text));
    after_opens && before_opens && !crate::text::content_words(before).is_empty() && after.split_whitespace().count() >= 3
}

/// "order 10234", "#A-10234": a number that only an order has.
fn names_an_order(words: &[&str]) -> bool {
    let long_number = |w: &&str| w.len() >= 5 && w.bytes().filter(u8::is_ascii_digit).count() >= 4;
    words.iter().any(long_number)
        && words.iter().any(|w| matches!(*w, "order" | "orders" | "number" | "no" | "parcel" | "package" | "refund" | "tracking"))
}

fn names_an_order_ja(text: &str) -> bool {
    text.contains("注文") && text.as_bytes().windows(4).any(|w| w.iter().all(u8::is_ascii_digit))
}

fn contains(text: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|p| text.contains(p))
}

/// Whether the pattern occurs among the words. `^` is the start, `$` the end, `!word` any word but that one.
fn found(pattern: Pattern, words: &[&str]) -> bool {
    if let Some((&"^", rest)) = pattern.split_first() {
        return matches_at(rest, words);
    }
    (0..words.len()).any(|at| matches_at(pattern, &words[at..]))
}

fn matches_at(pattern: Pattern, words: &[&str]) -> bool {
    let Some((&first, rest)) = pattern.split_first() else { return true };
    match first {
        "$" => words.is_empty(),
        "*" => (0..=2.min(words.len())).any(|n| matches_at(rest, &words[n..])),
        _ => match words.split_first() {
            Some((word, after)) => is_one_of(first, word) && matches_at(rest, after),
            // "what to read" at the end of the text
            None => first.starts_with('!') || first.split('|').any(|p| p == "$"),
        },
    }
}

fn is_one_of(alternatives: &str, word: &str) -> bool {
    match alternatives.strip_prefix('!') {
        Some(other) => other != word,
        None => alternatives.split('|').any(|a| a == word),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Guard, Signature};
    use crate::text::normalise;

    fn check(guard: Guard, yes: &[&str], no: &[&str]) {
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                assert_eq!(Signature::of(&normalise(text)).has(guard), expected, "{guard:?}: {text}");
            }
        }
    }

    #[test]
    fn questions_about_ones_own_order_are_personal() {
        check(
            Guard::Personal,
            &[
                "Where is my order?", "where's my package", "has my refund been processed yet", "Has order 10234 shipped?",
                "Cancel my order please", "can you check the status of my return", "When will my parcel arrive?",
                "How many points do I have?", "私の注文はどこですか", "注文番号 12345 を確認して", "今どこにありますか",
            ],
            &[
                "How do I track an order?", "How do I cancel my order?", "My book arrived damaged, what now?",
                "Is my country on your delivery list?", "Why was my card declined?", "追跡番号はどこで確認できますか",
                "Can I return only part of an order?",
            ],
        );
    }

    #[test]
    fn requests_for_something_to_read_are_discovery() {
        check(
            Guard::Discovery,
            &[
                "Can you recommend something?", "something like Naruto", "What should I read next?", "any recommendations?",
                "I'm looking for a good horror series", "Recommend me a book", "books similar to this",
                "おすすめの漫画はありますか", "ワンピースみたいな作品", "ファンタジーを探しています",
            ],
            &[
                "How do your recommendations work?", "why do you suggest these titles", "Which payment methods do you accept?",
                "おすすめはどのように選ばれていますか", "What does the box look like?",
            ],
        );
    }

    #[test]
    fn follow_ups_lean_on_context() {
        check(
            Guard::LeansOnContext,
            &[
                "and for that one?", "what about Japan?", "How about express?", "Is it free?", "why not?", "how much is it?",
                "And if it's used?", "それは?", "じゃあ海外は?", "日本は?", "その場合は?", "does that include tax",
            ],
            &[
                "Do you ship to Japan?", "Is it safe to pay on your site?", "What about this makes the limited edition special and different"
                    .get(11..)
                    .unwrap_or(""),
                "送料はいくらですか", "どの国に発送できますか", "How do I track a parcel?",
            ],
        );
    }

    #[test]
    fn two_questions_are_told_from_one() {
        check(
            Guard::TwoQuestions,
            &[
                "Do you ship to Canada? How long does delivery take?", "do you ship to canada and how much does it cost",
                "送料はいくらですか。何日で届きますか。",
            ],
            &[
                "My book arrived damaged. What should I do?", "Can I return manga and comics?", "AIですか、それとも人間ですか",
                "How much is shipping? Thanks!", "送料はいくらですか",
            ],
        );
    }
}
