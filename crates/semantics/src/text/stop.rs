//! What people say around a question: greetings, thanks, "could you tell me", 教えてください; and the words too common to
//! tell one question from another.

use super::tokens::Token;

/// Words that are never content. Question words are not here: `how long` and `how much` tell entries apart, and are
/// [concepts](crate::lexical::Concepts); alone they weigh little because they are everywhere. Sorted.
#[rustfmt::skip]
pub(super) const STOP_WORDS: &[&str] = &[
    "a", "able", "about", "actually", "also", "am", "an", "and", "any", "anyone", "anything", "are", "as",
    "at", "be", "been", "being", "but", "by", "can", "could", "did", "do", "does", "doing", "done",
    "exactly", "for", "from", "get", "getting", "give", "go", "going", "got", "had", "has", "have",
    "having", "he", "her", "here", "him", "his", "how", "i", "id", "if", "im", "in", "into", "is", "it",
    "its", "ive", "just", "kindly", "let", "lets", "like", "make", "may", "me", "might", "mine", "must",
    "my", "myself", "need", "no", "not", "of", "ok", "okay", "on", "one", "or", "our", "ours", "please",
    "pls", "possible", "possibly", "r", "really", "shall", "she", "should", "so", "some", "someone",
    "something", "than", "that", "the", "their", "them", "then", "there", "these", "they", "thing",
    "things", "this", "those", "to", "too", "u", "up", "ur", "us", "want", "was", "way", "we", "were",
    "what", "when", "where", "which", "who", "whom", "whose", "why", "will", "with", "would", "ya", "yes",
    "you", "your", "yours",
];

/// Words inside a phrase that do not change it: "send it back" is "send back". Sorted.
#[rustfmt::skip]
const PASSED_OVER: &[&str] = &[
    "a", "actually", "an", "any", "her", "his", "it", "its", "just", "me", "my", "our", "please", "pls",
    "really", "so", "some", "that", "the", "their", "them", "these", "this", "those", "ur", "us", "very",
    "your",
];

/// Greetings and openings, word by word. Sorted, so that those with the same first word stand together.
#[rustfmt::skip]
const STOP_PHRASES: &[&[&str]] = &[
    &["at", "all"], &["btw"], &["by", "the", "way"], &["can", "i", "ask"], &["can", "u", "tell", "me"],
    &["can", "you", "explain"], &["can", "you", "please", "tell", "me"], &["can", "you", "tell", "me"],
    &["cheers"], &["could", "u", "tell", "me"], &["could", "you", "explain"],
    &["could", "you", "please", "tell", "me"], &["could", "you", "tell", "me"],
    &["do", "you", "happen", "to", "know"], &["do", "you", "know"], &["excuse", "me"], &["gonna"],
    &["good", "afternoon"], &["good", "day"], &["good", "evening"], &["good", "morning"],
    &["good", "night"], &["got", "it"], &["happy", "birthday"], &["happy", "new", "year"], &["hello"],
    &["hello", "there"], &["hey"], &["hey", "there"], &["hi"], &["hi", "there"], &["hiya"], &["hmm"],
    &["how", "are", "you"], &["how", "are", "you", "doing"], &["how", "are", "you", "today"],
    &["how", "is", "it", "going"], &["i", "am", "wondering"], &["i", "have", "a", "question"],
    &["i", "just", "wanted", "to", "ask"], &["i", "like", "to", "know"], &["i", "need", "to", "know"],
    &["i", "want", "to", "know"], &["i", "wanted", "to", "ask"], &["i", "was", "wondering"],
    &["i", "would", "like", "to", "know"], &["just", "wondering"], &["let", "me", "know"], &["lol"],
    &["many", "thanks"], &["may", "i", "ask"], &["merry", "christmas"], &["never", "mind"],
    &["nice", "to", "meet", "you"], &["no", "problem"], &["no", "thanks"], &["please", "explain"],
    &["please", "tell", "me"], &["pls"], &["plz"], &["quick", "question"], &["see", "you"], &["sorry"],
    &["sorry", "to", "bother", "you"], &["tell", "me"], &["thank", "you"], &["thank", "you", "so", "much"],
    &["thank", "you", "very", "much"], &["thanks"], &["thanks", "a", "lot"], &["thanks", "in", "advance"],
    &["thanks", "so", "much"], &["thx"], &["uh"], &["um"], &["umm"], &["wanna"], &["well", "done"],
    &["would", "you", "mind", "telling", "me"], &["yes", "please"],
];

/// Japanese politeness and sentence ends, in folded kana, longest first.
#[rustfmt::skip]
const JAPANESE_PHRASES: &[&str] = &[
    "教えていただけますでしょうか", "教えていただけませんか", "教えていただけますか", "教えてもらえますか", "教えてくださいませんか", "教えてください", "教えて下さい",
    "教えてほしいです", "教えてほしい", "教えてくれますか", "教えてくれる", "教えて欲しい", "教えて", "おしえてください", "おしえて", "お聞きしたいのですが",
    "お聞きしたいです", "聞きたいのですが", "知りたいのですが", "知りたいんですが", "知りたいです", "知りたい", "お願いいたします", "お願いします",
    "おねがいします", "お世話になっております", "お世話になります", "ありがとうございました", "ありがとうございます", "ありがとう", "お願い", "わかりました",
    "分かりました", "了解です", "なるほど", "結構です", "大丈夫です", "お疲れ様", "おつかれ", "よろしく", "すみませんが", "すみません", "すいません",
    "恐れ入りますが", "恐れ入ります", "申し訳ありませんが", "こんにちは", "こんばんは", "おはようございます", "はじめまして", "ちょっと", "質問があります",
    "質問ですが", "質問です", "のでしょうか", "んでしょうか", "でしょうか", "ましょうか", "のですけど", "んですけど", "のですが", "んですが", "のですか",
    "んですか", "なのですが", "ですけど", "ですよね", "ですか", "ますか", "ですが", "ますが", "ました", "です", "ます", "ください", "下さい", "かな",
    "あの、", "えっと", "ちなみに", "ところで", "って",
];

/// Whether an English word is too common to be content.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Whether a word inside a phrase does not change it.
#[must_use]
pub fn is_passed_over(word: &str) -> bool {
    word.len() <= 8 && PASSED_OVER.binary_search(&word).is_ok()
}

/// Length, in tokens, of the stop phrase that `tokens` begins with; 0 when there is none.
#[must_use]
pub fn stop_phrase_len(tokens: &[Token<'_>]) -> usize {
    let Some(first) = tokens.first() else { return 0 };
    let from = STOP_PHRASES.partition_point(|phrase| phrase[0] < first.text);
    STOP_PHRASES[from..]
        .iter()
        .take_while(|phrase| phrase[0] == first.text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_and_phrases_are_sorted() {
        assert!(STOP_WORDS.windows(2).all(|w| w[0] < w[1]));
        assert!(PASSED_OVER.windows(2).all(|w| w[0] < w[1]));
        assert!(STOP_PHRASES.windows(2).all(|w| w[0] < w[1]));
    }
}
