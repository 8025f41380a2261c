//! The forms of words by which the [guards](super::Guard) know a question. All work on normalised text and its words.

use crate::text;

/// A sequence of words; `*` stands for up to two words of any kind, `a|b` for either.
type Pattern = &'static [&'static str];

/// What a shopper has under way with a shop.
const OWN: &str = "order|orders|parcel|parcels|package|packages|shipment|delivery|refund|return|preorder|pre-order|payment|\
                   item|items|stuff|book|books|purchase|exchange|subscription|balance|cancellation";

const PERSONAL: &[Pattern] = &[
    &["where", "is|are|s", "my|mine", "*", OWN],
    &["where", "my", "*", OWN],
    &["wheres", "my"],
    &["status", "of|on|for", "my|mine"],
    &["my", "*", OWN, "status"],
    &["^", "has|have|did|was|were|is|are|will", "my", "*", OWN],
    &["when", "will|does|is|should|do|are", "my", "*", OWN],
    &["when|what|which", "*", "do", "my", "points|coupon|coupons|balance", "*", "exactly|date"],
    &["when", "will|do|can", "i", "get|receive|have", "my", "*", OWN],
    &["how", "many|much", "*", "do", "i", "*", "have"],
    &["what|whats", "in|on", "my"],
    &["what|whats", "is|are|s", "in|on", "my"],
    &["what|whats", "is|are|was|s", "my", "*", "balance|points|total|number|status|address|order|orders"],
    &["whats", "my", "*", "balance|points|total|number|status|address|order|orders"],
    &["what", "did|have", "i", "*", "order|ordered|buy|bought|purchase"],
    &["which|what", "*", "do|did", "you", "have", "*", "for|of|about", "me"],
    &["have|did", "you", "*", "shipped|sent|dispatched|received|processed|refunded|ship|send|dispatch|receive|process|refund|get", "my"],
    &["^", "track|check|find|cancel|change|update|refund|return|show|locate|reschedule|read|list|tell|give|delete|remove", "*", "my|mine", "*", OWN],
    &["can|could|would|will|please|pls", "you", "*", "track|check|find|cancel|look|change|update|refund|locate|show|read", "*", "my", "*", OWN],
    &["please|pls", "*", "track|check|find|cancel|change|update|refund|locate", "*", "my", "*", OWN],
    &["i", "want", "to", "track|check|cancel|change", "my", "*", OWN],
    &["about|regarding", "my", "*", "order|refund|return|delivery|shipment|package|parcel", "$"],
    &["my", "last|latest|recent|previous|current", "*", OWN],
    &["why", "was|were|did|have", "i|my", "*", "charged|billed", "*", "#"],
];

const PERSONAL_JA: &[&str] = &[
    "私の注文", "僕の注文", "俺の注文", "自分の注文", "私の荷物", "僕の荷物", "自分の荷物", "私の返金", "僕の返金", "私の返品",
    "私のポイント", "僕のポイント", "自分のポイント", "私の予約", "僕の予約", "私の商品", "私の本", "わたしの注文", "私が注文した",
    "僕が注文した", "先日注文した", "昨日注文した", "先週注文した", "この前注文した", "注文状況を確認して",
    "配送状況を確認して", "注文を確認して", "注文をキャンセルして", "ポイントはいくつ", "ポイント残高を", "残高を教え", "前回の注文",
    "前回注文", "最後の注文", "直近の注文", "もう発送されましたか", "もう発送した", "発送済みですか", "まだ届きません", "まだ届かない",
    "カートに何が", "カートの中身", "今何ポイント",
];

/// Personal unless it asks how one can see the state.
const STATE_JA: &[&str] = &["今どこ", "いまどこ"];
const STATE_NOT_JA: &[&str] = &["方法", "どうやって", "どうすれば", "どこで", "仕方", "できますか"];

const DISCOVERY: &[Pattern] = &[
    &["recommend|suggest", "me|us|a|an|some|something|any|good"],
    &["can|could|would|please", "*", "recommend|suggest", "!your"],
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
    &["^", "cheapest|newest|longest|shortest|latest|biggest|hottest|coolest", "*", "*"],
    &["what|whats|which", "*", "cheapest|newest|longest|shortest|latest|hottest"],
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
    &["for|about|with|of|on|by|like|to|from|in", "that|those|these|them|this", "$"],
    &["^", "why|how|when|where|who", "is|does|so|not|was|did|would|will|come", "it|that|this|they|not", "$"],
    &["you", "just", "said|told|mentioned"],
    &["as", "you", "said"],
    &["the", "same", "*", "for"],
    &["^", "why|how|when|where|really|which|who", "$"],
    &["^", "why|how|when|where|if", "not|so|then|come", "$"],
    &["^", "the", "other|same|first|second|last|next|previous", "*", "$"],
    &["^", "same", "*", "$"],
    &["^", "how", "much|long|many|come|so|far|often", "$"],
    &["how", "much|long|many", "is|does|are|do|would|will", "it|that|this|they|those", "*", "$"],
];

const LEANS_JA: &[&str] = &[
    "それは", "これは", "あれは", "それって", "これって", "その場合", "それだと", "それなら", "さっきの", "先ほどの", "それで",
    "それに", "じゃあ", "じゃ、", "では、", "そっち", "こっち", "もう一つの", "もうひとつの", "それを", "これを", "それの", "その後",
    "同じく", "もっと", "そちらは", "こちらは", "その商品", "その本", "それも", "これも",
];

/// Begins with a pronoun as its subject: it leans when it names next to nothing itself.
const PRONOUN_FIRST: &[Pattern] =
    &[&["^", "is|does|do|will|can|was|are|would|has|when|where|why|how", "*", "it|that|this|they|those|these"]];

/// At most so many characters lean in Japanese: a longer question says what it is about.
const LEANS_JA_CHARS_MAX: usize = 16;
/// `AはB?` without a verb, at most so many characters: "日本は?"
const BARE_TOPIC_CHARS_MAX: usize = 5;

/// Words that begin a question.
const OPENERS: &[&str] = &[
    "how", "what", "whats", "when", "where", "why", "who", "which", "do", "does", "did", "can", "could", "is", "are", "will",
    "would", "should", "may", "must", "has", "have",
];

const DECLINES: &[Pattern] = &[
    &["i", "do", "not", "want|need|like|care"],
    &["i", "dont|didnt", "want|need|like|care"],
    &["i", "am|was|have", "not"],
    &["i", "never"],
    &["^", "not", "asking|interested|looking|about"],
    &["stop|quit", "telling|asking|sending|showing|talking|saying"],
    &["^", "no", "need"],
    &["please", "do", "not"],
];

const DECLINES_JA: &[&str] = &[
    "しないで", "なくていい", "なくて結構", "いりません", "いらないです", "要りません", "不要です", "したくな", "必要ありません",
    "つもりはな", "興味はあり", "興味がな", "つもりはあり", "と言っていな", "聞いていません", "聞いてるんじゃ",
];

/// Whether it is about the state of what is the shopper's own.
pub(super) fn is_personal(text: &str, words: &[&str]) -> bool {
    PERSONAL.iter().any(|p| found(p, words))
        || names_an_order(words)
        || (!text.is_ascii() && is_personal_ja(text))
}

fn is_personal_ja(text: &str) -> bool {
    contains(text, PERSONAL_JA) || (contains(text, STATE_JA) && !contains(text, STATE_NOT_JA))
}

/// Whether it asks for something to read or buy.
pub(super) fn is_discovery(text: &str, words: &[&str]) -> bool {
    DISCOVERY.iter().any(|p| found(p, words))
        || (!text.is_ascii() && contains(text, DISCOVERY_JA) && !contains(text, DISCOVERY_NOT_JA))
}

/// Whether it makes no sense without what was said before.
pub(super) fn leans_on_context(normalised: &str, words: &[&str]) -> bool {
    if LEANS.iter().any(|p| found(p, words)) {
        return true;
    }
    let names_something = || words.iter().filter(|w| !text::is_stop_word(w) && !text::is_light_word(w)).count() >= 2;
    if words.len() <= 6 && PRONOUN_FIRST.iter().any(|p| found(p, words)) && !names_something() {
        return true;
    }
    if normalised.is_ascii() {
        return false;
    }
    let chars = normalised.trim_end_matches(['?', '。', '!']).chars().count();
    let bare = normalised.trim_end_matches(['?', '。']).ends_with('は') && chars <= BARE_TOPIC_CHARS_MAX;
    bare || (chars <= LEANS_JA_CHARS_MAX && LEANS_JA.iter().any(|p| normalised.starts_with(p)))
}

/// Whether it says what the shopper does not want. `opens_negated`: its first word carries `n't`.
pub(super) fn declines(text: &str, words: &[&str], opens_negated: bool) -> bool {
    // "don't cancel my order", but not "don't you ship to Canada?"
    let orders = opens_negated && words.first() == Some(&"do") && !matches!(words.get(1), Some(&("you" | "i" | "we" | "they")));
    let negated_wish = text.contains("i don't want") || text.contains("i don't need") || text.contains("please don't")
        || text.contains("i'm not") || text.contains("that's not");
    orders || negated_wish || DECLINES.iter().any(|p| found(p, words)) || (!text.is_ascii() && contains(text, DECLINES_JA))
}

const MOMENTS: &[Pattern] = &[&["today|tonight|todays|tomorrow|currently"], &["right", "now"], &["at", "the", "moment"], &["this", "weekend|evening|afternoon"]];
const MOMENTS_JA: &[&str] = &["今日の", "今日は", "本日", "明日", "現在の", "今夜"];

/// Whether it asks how things are now.
pub(super) fn is_momentary(text: &str, words: &[&str]) -> bool {
    MOMENTS.iter().any(|p| found(p, words)) || (!text.is_ascii() && contains(text, MOMENTS_JA))
}

/// Names that are not also common words or ways to pay.
const COMPANIES: &[&str] = &[
    "adidas", "airbnb", "aliexpress", "amazon", "amazons", "android", "bestbuy", "booking.com", "chatgpt", "costco", "crunchyroll",
    "disney", "ebay", "etsy", "expedia", "facebook", "fedex", "gmail", "google", "hulu", "icloud", "ikea", "instagram", "linkedin",
    "lyft", "mcdonalds", "microsoft", "netflix", "nike", "nintendo", "outlook", "playstation", "primevideo", "rakuten", "reddit",
    "samsung", "shein", "snapchat", "spotify", "starbucks", "steam", "telegram", "temu", "tesla", "tiktok", "twitch", "twitter",
    "uber", "walmart", "whatsapp", "windows", "xbox", "yahoo", "youtube", "zalando", "zara",
];
const COMPANIES_JA: &[&str] = &[
    "アマゾン", "楽天", "ヤフー", "グーグル", "ネットフリックス", "スポティファイ", "ユーチューブ", "インスタ", "ツイッター",
    "フェイスブック", "メルカリ", "ユニクロ", "スターバックス", "マクドナルド", "任天堂", "プレイステーション", "ドコモ", "ソフトバンク",
    "gmail", "amazon", "netflix", "google", "youtube", "steam", "ディズニー",
];

/// Whether it names another company's product or service.
pub(super) fn names_another_company(text: &str, words: &[&str]) -> bool {
    let pays = |i: usize| words.get(i + 1).is_some_and(|w| matches!(*w, "pay" | "wallet" | "play"));
    words.iter().enumerate().any(|(i, w)| COMPANIES.contains(w) && !pays(i))
        || (!text.is_ascii() && contains(text, COMPANIES_JA))
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
    let words = text::tokens(clause);
    let asks = clause.trim_end().ends_with('?') || words.first().is_some_and(|t| OPENERS.contains(&t.text));
    asks && text::content_words(clause).len() >= 2
}

/// "do you ship to Canada and how much is it": two questions without a question mark between them.
fn joined_by_and(text: &str) -> bool {
    let Some((before, after)) = text.split_once(" and ") else { return false };
    let after_opens = after.split_whitespace().next().is_some_and(|w| OPENERS.contains(&w));
    let before_opens = text::tokens(before).first().is_some_and(|t| OPENERS.contains(&t.text));
    after_opens && before_opens && !text::content_words(before).is_empty() && after.split_whitespace().count() >= 3
}

/// "order 10234", "A-10234": a number that only an order, a parcel or a code has.
fn names_an_order(words: &[&str]) -> bool {
    words.iter().any(|w| !w.contains([',', '.']) && w.bytes().filter(u8::is_ascii_digit).count() >= 5)
}

fn contains(text: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|p| text.contains(p))
}

/// Whether the pattern occurs among the words. `^` is the start, `$` the end, `!word` any word but that one, `#` a number.
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
    if alternatives == "#" {
        return word.starts_with(|c: char| c.is_ascii_digit());
    }
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
                "And if it's used?", "それは?", "じゃあ海外は?", "日本は?", "その場合は?", "does that one include tax",
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
    fn refusals_are_not_questions() {
        check(
            Guard::Declines,
            &["don't cancel my order", "I do not need gift wrapping", "please don't refund me", "注文はキャンセルしないでください"],
            &["Don't you ship to Canada?", "Why can't I pay?", "My card does not work", "配達してもらえませんか"],
        );
    }

    #[test]
    fn other_companies_and_todays_facts_are_not_ours() {
        check(
            Guard::OtherCompany,
            &["how do I reset my Gmail password", "Netflixの解約方法", "アマゾンの返品ルール"],
            &["Can I use Google Pay?", "Do you ship by steamboat?", "カードは使えますか"],
        );
        check(
            Guard::Momentary,
            &["What is the exchange rate today?", "are you open right now", "今日は何時まで開いていますか"],
            &["Which days are you open?", "Do you ship on the same day?", "営業日を教えて"],
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
