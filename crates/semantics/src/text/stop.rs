//! What people say around a question: greetings, thanks, "could you tell me", 教えてください; and the words too common to
//! tell one question from another.

use super::tokens::Token;

/// Words that are never content. Question words are not here: `how long` and `how much` tell entries apart, and are
/// [concepts](crate::lexical::Concepts); alone they weigh little because they are everywhere.
pub(super) const STOP_WORDS: &[&str] = &[
    "a", "about", "actually", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by",
    "can", "could", "did", "do", "does", "doing", "done", "exactly", "for", "from", "get", "getting", "give", "go",
    "going", "got", "had", "has", "have", "having", "he", "her", "here", "him", "his", "how", "i", "if", "im", "in",
    "into", "is", "it", "its", "ive", "just", "kindly", "like", "make", "may", "me", "might", "mine", "must", "my",
    "myself", "need", "no", "not", "of", "ok", "okay", "on", "one", "or", "our", "ours", "please", "pls", "possible", "really",
    "shall", "she", "should", "so", "some", "something", "than", "that", "the", "their", "them", "then", "there", "these",
    "they", "this", "those", "to", "too", "u", "up", "us", "want", "was", "we", "were", "what", "when", "where",
    "which", "who", "whom", "whose", "why", "will", "with", "would", "ya", "yes", "you", "your", "yours", "im", "id",
    "ur", "r", "way", "possibly", "able", "let", "lets", "thing", "things", "anything", "someone", "anyone",
];

/// Words inside a phrase that do not change it: "send it back" is "send back".
const PASSED_OVER: &[&str] = &[
    "a", "an", "the", "it", "them", "this", "that", "these", "those", "my", "your", "ur", "our", "their", "his", "her", "its",
    "me", "us", "please", "pls", "just", "really", "very", "so", "some", "any", "actually",
];

/// Greetings and openings, word by word. Longest first where one begins another.
const STOP_PHRASES: &[&[&str]] = &[
    &["could", "you", "please", "tell", "me"],
    &["can", "you", "please", "tell", "me"],
    &["i", "would", "like", "to", "know"],
    &["would", "you", "mind", "telling", "me"],
    &["i", "just", "wanted", "to", "ask"],
    &["i", "wanted", "to", "ask"],
    &["i", "want", "to", "know"],
    &["i", "need", "to", "know"],
    &["i", "like", "to", "know"],
    &["i", "was", "wondering"],
    &["i", "am", "wondering"],
    &["just", "wondering"],
    &["could", "you", "tell", "me"],
    &["can", "you", "tell", "me"],
    &["could", "u", "tell", "me"],
    &["can", "u", "tell", "me"],
    &["can", "you", "explain"],
    &["could", "you", "explain"],
    &["can", "i", "ask"],
    &["may", "i", "ask"],
    &["do", "you", "know"],
    &["do", "you", "happen", "to", "know"],
    &["please", "tell", "me"],
    &["tell", "me"],
    &["let", "me", "know"],
    &["please", "explain"],
    &["quick", "question"],
    &["i", "have", "a", "question"],
    &["sorry", "to", "bother", "you"],
    &["excuse", "me"],
    &["thank", "you", "so", "much"],
    &["thank", "you", "very", "much"],
    &["thank", "you"],
    &["thanks", "in", "advance"],
    &["thanks", "so", "much"],
    &["thanks", "a", "lot"],
    &["many", "thanks"],
    &["good", "morning"],
    &["good", "afternoon"],
    &["good", "evening"],
    &["hi", "there"],
    &["hey", "there"],
    &["hello", "there"],
    &["by", "the", "way"],
    &["at", "all"],
    &["hi"],
    &["hey"],
    &["hello"],
    &["hiya"],
    &["thanks"],
    &["thx"],
    &["cheers"],
    &["sorry"],
    &["how", "are", "you", "today"],
    &["how", "are", "you", "doing"],
    &["how", "are", "you"],
    &["how", "is", "it", "going"],
    &["nice", "to", "meet", "you"],
    &["happy", "new", "year"],
    &["merry", "christmas"],
    &["happy", "birthday"],
    &["good", "night"],
    &["good", "day"],
    &["see", "you"],
    &["never", "mind"],
    &["no", "thanks"],
    &["yes", "please"],
    &["no", "problem"],
    &["got", "it"],
    &["well", "done"],
    &["umm"],
    &["um"],
    &["uh"],
    &["hmm"],
    &["lol"],
    &["btw"],
    &["pls"],
    &["plz"],
    &["wanna"],
    &["gonna"],
];

/// Japanese politeness and sentence ends, in folded kana, longest first.
const JAPANESE_PHRASES: &[&str] = &[
    "教えていただけますでしょうか", "教えていただけませんか", "教えていただけますか", "教えてもらえますか",
    "教えてくださいませんか", "教えてください", "教えて下さい", "教えてほしいです", "教えてほしい", "教えてくれますか",
    "教えてくれる", "教えて欲しい", "教えて", "おしえてください", "おしえて", "お聞きしたいのですが", "お聞きしたいです",
    "聞きたいのですが", "知りたいのですが", "知りたいんですが", "知りたいです", "知りたい", "お願いいたします",
    "お願いします", "おねがいします", "お世話になっております", "お世話になります", "ありがとうございました", "ありがとうございます", "ありがとう", "お願い", "わかりました", "分かりました", "了解です", "なるほど",
    "結構です", "大丈夫です", "お疲れ様", "おつかれ",
    "よろしく", "すみませんが", "すみません", "すいません", "恐れ入りますが", "恐れ入ります", "申し訳ありませんが",
    "こんにちは", "こんばんは", "おはようございます", "はじめまして", "ちょっと", "質問があります", "質問ですが", "質問です",
    "のでしょうか", "んでしょうか", "でしょうか", "ましょうか", "のですけど", "んですけど", "のですが", "んですが",
    "のですか", "んですか", "なのですが", "ですけど", "ですよね", "ですか", "ますか", "ですが", "ますが", "ました",
    "です", "ます", "ください", "下さい", "かな", "あの、", "えっと", "ちなみに", "ところで", "って",
];

/// Whether an English word is too common to be content.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    // 150 short words: a scan by first byte would not be measurably faster.
    word.len() <= 9 && STOP_WORDS.contains(&word)
}

/// Whether a word inside a phrase does not change it.
#[must_use]
pub fn is_passed_over(word: &str) -> bool {
    PASSED_OVER.contains(&word)
}

/// Length, in tokens, of the stop phrase that `tokens` begins with; 0 when there is none.
#[must_use]
pub fn stop_phrase_len(tokens: &[Token<'_>]) -> usize {
    STOP_PHRASES
        .iter()
        .filter(|phrase| {
            phrase.len() <= tokens.len() && phrase.iter().zip(tokens).all(|(word, token)| *word == token.text)
        })
        .map(|phrase| phrase.len())
        .max()
        .unwrap_or(0)
}

/// The Japanese stop phrases, in folded kana.
#[must_use]
pub fn japanese_stop_phrases() -> &'static [&'static str] {
    JAPANESE_PHRASES
}

/// Length, in bytes, of the Japanese stop phrase that `folded` (hiragana-folded text) begins with; 0 when there is none.
#[must_use]
pub fn japanese_stop_len(folded: &str) -> usize {
    JAPANESE_PHRASES.iter().filter(|p| folded.starts_with(**p)).map(|p| p.len()).max().unwrap_or(0)
}
