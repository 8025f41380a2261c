//! Whether an answer prints its prompt: about eight words in a row, or twenty Japanese characters, whatever their case,
//! width and punctuation, with the letters spaced out, or in base64. What the prompt puts in quotation marks is meant to be
//! said and may be; so is what it says of the shop and of the assistant: who it is, what it helps with, what it cannot do.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;
use semantics::text::{Script, fold_kana, normalise};

/// Letters in a row that are compared: with [`STRIDE`], any run of 40 holds one of the stretches that are known.
const LATIN_RUN: usize = 36;
/// The same in Japanese, for a run of 20.
const JAPANESE_RUN: usize = 16;
/// Every so many letters of the prompt a stretch begins.
const STRIDE: usize = 4;
/// Shortest stretch that is tried as base64: shorter ones hold less than a run.
const BASE64_CHARS_MIN: usize = 40;
/// What the prompts say and an answer may say: an introduction, a list of what is known, a refusal. None of it is a rule.
const SAYABLE: &[&str] = &[
    "MangaAssist, the assistant of the manga shop MangaAssist",
    "help shoppers to find manga, and with their orders and the shop's rules",
    "titles, authors, numbers of volumes, prices, stock, dates, order numbers and order states",
    "cannot place, change, cancel or refund an order",
    "this shop: its manga, orders and rules",
    "漫画探し、ご注文、ご利用案内について、お客様のお手伝いをします",
    "作品名、作者、巻数、価格、在庫、日付、注文番号、注文の状態",
    "と書けば担当者につなぐことができる",
    "注文、変更、キャンセル、返金はできません",
    "当店の漫画、ご注文、ご利用案内のこと",
];
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

static BASE64: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("[A-Za-z0-9+/_-]{{{BASE64_CHARS_MIN},}}")).expect("a test compiles every pattern")
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|「[^」\n]{1,200}」")
        .expect("a test compiles every pattern")
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&BASE64);
    LazyLock::force(&QUOTED);
}

/// A text that may not be said.
pub(super) struct Leak {
    /// Hashes of its stretches, sorted.
    stretches: Vec<u64>,
    /// The last letters of the answer, as they are compared.
    tail: Vec<char>,
}

impl Leak {
    pub(super) fn of(system: &str) -> Self {
        let sayable: Vec<Vec<char>> = SAYABLE.iter().map(|phrase| letters(phrase)).collect();
        let mut stretches = Vec::new();
        for part in QUOTED.split(system) {
            let all = letters(part);
            for secret in between(&all, &sayable) {
                push_stretches(secret, &mut stretches);
            }
        }
        stretches.sort_unstable();
        stretches.dedup();
        Self { stretches, tail: Vec::new() }
    }

    /// Whether the text shows in the answer with this sentence.
    pub(super) fn shows_in(&mut self, sentence: &str) -> bool {
        self.tail.extend(letters(sentence));
        let shows = self.has(&self.tail);
        let keep = self.tail.len().saturating_sub(LATIN_RUN - 1);
        self.tail.drain(..keep);
        shows || BASE64.find_iter(sentence).any(|found| self.is_encoded(found.as_str()))
    }

    fn is_encoded(&self, stretch: &str) -> bool {
        let standard: Vec<u8> = stretch
            .bytes()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => other,
            })
            .collect();
        // The stretch may have been cut anywhere.
        (0..4).any(|skipped| {
            let part = &standard[skipped..];
            let whole = &part[..part.len() / 4 * 4];
            STANDARD_NO_PAD
                .decode(whole)
                .is_ok_and(|decoded| self.has(&letters(&String::from_utf8_lossy(&decoded))))
        })
    }

    fn has(&self, letters: &[char]) -> bool {
        let hashes = Hashes::of(letters);
        [LATIN_RUN, JAPANESE_RUN].into_iter().any(|run| {
            (run..=letters.len())
                .any(|end| self.stretches.binary_search(&hashes.of_range(end - run, end)).is_ok())
        })
    }
}

/// The letters of a text, as they are compared.
fn letters(text: &str) -> Vec<char> {
    let normal = normalise(text);
    normal.chars().filter(|c| Script::of(*c) != Script::Separator).map(fold_kana).collect()
}

/// What stands between the phrases.
fn between<'l>(letters: &'l [char], phrases: &[Vec<char>]) -> Vec<&'l [char]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < letters.len() {
        match phrases.iter().find(|phrase| letters[at..].starts_with(phrase.as_slice())) {
            Some(phrase) => {
                parts.push(&letters[start..at]);
                // A phrase has letters: a test holds each against the prompts.
                at += phrase.len().max(1);
                start = at;
            }
            None => at += 1,
        }
    }
    parts.push(&letters[start.min(letters.len())..]);
    parts
}

/// Hashes of the stretches of letters that may not be said.
fn push_stretches(letters: &[char], stretches: &mut Vec<u64>) {
    let hashes = Hashes::of(letters);
    for start in (0..letters.len()).step_by(STRIDE) {
        for run in [LATIN_RUN, JAPANESE_RUN] {
            if start + run <= letters.len() && run_of(&letters[start..start + run]) == run {
                stretches.push(hashes.of_range(start, start + run));
            }
        }
    }
}

/// How long a stretch of these letters has to be.
fn run_of(letters: &[char]) -> usize {
    let japanese = letters.iter().filter(|c| Script::of(**c).is_japanese()).count();
    if japanese * 2 >= letters.len() { JAPANESE_RUN } else { LATIN_RUN }
}

/// Hashes of all stretches of a text at once (Rabin and Karp).
struct Hashes {
    prefixes: Vec<u64>,
}

impl Hashes {
    fn of(letters: &[char]) -> Self {
        let mut prefixes = Vec::with_capacity(letters.len() + 1);
        let mut hash = 0_u64;
        prefixes.push(hash);
        for letter in letters {
            hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(u32::from(*letter)));
            prefixes.push(hash);
        }
        Self { prefixes }
    }

    fn of_range(&self, start: usize, end: usize) -> u64 {
        let power = POWERS[usize::from(end - start == LATIN_RUN)];
        self.prefixes[end].wrapping_sub(self.prefixes[start].wrapping_mul(power))
    }
}

/// The base to the power of a Japanese and of a Latin run.
const POWERS: [u64; 2] = [power(JAPANESE_RUN), power(LATIN_RUN)];

const fn power(exponent: usize) -> u64 {
    let (mut result, mut left) = (1_u64, exponent);
    while left > 0 {
        result = result.wrapping_mul(BASE);
        left -= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "Say titles, numbers of volumes, prices and stock exactly as they are recorded. Never name another \
        shop. To pass on, write \"talk to a person and a colleague will gladly look into it for you\".\n\
        記録にない作品名や価格や在庫の状況は、お客様に決してお伝えしないでください。";

    fn shows(answer: &str) -> bool {
        Leak::of(SYSTEM).shows_in(answer)
    }

    #[test]
    fn eight_words_of_the_prompt_are_known_in_any_dress() {
        for answer in [
            "My rules: say titles, numbers of volumes, prices and stock exactly!",
            "SAY TITLES NUMBERS OF VOLUMES PRICES AND STOCK EXACTLY",
            "s a y t i t l e s n u m b e r s o f v o l u m e s p r i c e s a n d s t o c k",
            "Ｓａｙ ｔｉｔｌｅｓ， ｎｕｍｂｅｒｓ ｏｆ ｖｏｌｕｍｅｓ， ｐｒｉｃｅｓ ａｎｄ ｓｔｏｃｋ",
            "指示:記録にない作品名や価格や在庫の状況は、お客様に",
        ] {
            assert!(shows(answer), "{answer}");
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(SYSTEM);
        assert!(shows(&format!("Here: {encoded}")));
        assert!(shows(&format!("Here: {}", &encoded[1..])));
    }

    #[test]
    fn a_prompt_said_over_several_sentences_is_known() {
        let mut leak = Leak::of(SYSTEM);
        assert!(!leak.shows_in("Say titles, numbers of volumes. "));
        assert!(leak.shows_in("Prices and stock exactly as they are."));
    }

    #[test]
    fn fewer_words_and_what_the_prompt_quotes_may_be_said() {
        for answer in [
            "I can tell you titles, numbers of volumes and prices.",
            "Write \"talk to a person and a colleague will gladly look into it for you\".",
            "価格や在庫の状況をお伝えします。",
        ] {
            assert!(!shows(answer), "{answer}");
        }
    }

    fn system(language: chat::Language) -> String {
        crate::prompt::Prompts::load().unwrap().system(language)
    }

    #[test]
    fn what_the_real_prompts_ask_for_may_be_said() {
        let english = [
            "I'm sorry, I cannot place, change, cancel or refund an order.",
            "I am MangaAssist, the assistant of the manga shop MangaAssist. I help shoppers to find manga, and with their \
             orders and the shop's rules.",
            "I can tell you titles, authors, numbers of volumes, prices, stock, dates, order numbers and order states.",
            "I keep to this shop: its manga, orders and rules.",
            "I do not know that. Write \"talk to a person\" and a colleague will help you.",
        ];
        let japanese = [
            "当店のアシスタント「MangaAssist」です。漫画探し、ご注文、ご利用案内について、お客様のお手伝いをします。",
            "申し訳ございません。注文、変更、キャンセル、返金はできません。",
            "分かりません。「担当者と話したい」と書けば担当者につなぐことができます。",
            "当店の漫画、ご注文、ご利用案内のことだけにお答えしています。",
            "作品名、作者、巻数、価格、在庫、日付、注文番号、注文の状態をお答えできます。",
        ];
        for (language, answers) in [(chat::Language::En, english), (chat::Language::Ja, japanese)] {
            let system = system(language);
            for answer in answers {
                assert!(!Leak::of(&system).shows_in(answer), "{answer}");
            }
        }
    }

    #[test]
    fn a_print_of_the_real_prompts_is_known_from_whichever_line_it_begins_at() {
        for (language, chars) in [(chat::Language::En, 300), (chat::Language::Ja, 150)] {
            let system = system(language);
            let starts = [0].into_iter().chain(system.match_indices('\n').map(|(at, _)| at));
            for start in starts {
                let print: String = system[start..].chars().take(chars).collect();
                if !print.trim().is_empty() {
                    assert!(Leak::of(&system).shows_in(&print), "{print}");
                }
            }
        }
    }

    #[test]
    fn what_may_be_said_stands_in_a_prompt() {
        let prompts = [chat::Language::En, chat::Language::Ja].map(|language| letters(&system(language)));
        for phrase in SAYABLE {
            let phrase = letters(phrase);
            let stands =
                |prompt: &Vec<char>| prompt.windows(phrase.len()).any(|run| run == phrase.as_slice());
            assert!(prompts.iter().any(stands), "{phrase:?}");
        }
    }
}
