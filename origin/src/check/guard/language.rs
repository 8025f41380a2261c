//! Whether an answer is in the language asked for. Titles and names of the records count for no language. A sentence in
//! another one is held back until it is clear whether the answer goes on like this.

use chat::Language;
use semantics::text::Script;

use super::super::facts::Grounds;

/// Letters of another language, in a row, that make an answer one in that language. A Japanese character counts as three.
pub(super) const FOREIGN_LETTERS_MAX: usize = 60;
/// A sentence with fewer letters tells nothing.
const LETTERS_MIN: usize = 12;
/// An answer that ends with so many letters of another language is in it.
const FOREIGN_LETTERS_LAST: usize = 15;
/// Kanji without any kana that make a sentence Chinese.
const KANJI_ALONE_MIN: usize = 12;
/// Words of a sentence from which on its function words tell its language.
const WORDS_MIN: usize = 4;

/// Function words that are English.
const ENGLISH: &[&str] = &[
    "the", "a", "an", "and", "or", "of", "to", "in", "is", "are", "it", "its", "you", "your", "i", "we",
    "for", "with", "on", "by", "at", "from", "this", "that", "these", "those", "was", "were", "has", "have",
    "be", "can", "will", "not", "as", "here", "there", "would", "like", "if", "one", "all", "what", "which",
    "who", "how", "about", "but", "my", "our", "they", "them", "their", "when", "more", "do", "does", "did",
    "each", "please", "no", "so", "his", "her",
];
/// Function words of the languages that an English answer might slip into, and that are no English words.
const OTHER_LATIN: &[&str] = &[
    "el", "la", "los", "las", "de", "del", "que", "y", "en", "es", "un", "una", "por", "para", "con", "su",
    "se", "le", "les", "des", "et", "est", "une", "du", "pour", "dans", "sur", "qui", "pas", "vous", "nous",
    "der", "die", "das", "und", "ist", "nicht", "ein", "eine", "den", "dem", "mit", "von", "zu", "auf",
    "für", "sie", "wir", "il", "di", "che", "e", "per", "non", "sono", "della", "o", "os", "da", "do", "em",
    "não", "uma", "com", "ao", "het", "een", "van", "yang", "dan", "untuk", "dengan", "ini", "och", "att",
    "som", "av", "är", "nie", "się", "jest", "je", "ce", "cette", "votre", "nuestro", "este", "esta", "más",
    "muy", "au", "aux", "avec", "ihr", "sich", "auch", "wie", "zum", "zur",
];

/// What a sentence sounds like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Tongue {
    Right,
    Foreign,
    Unclear,
}

/// The languages heard so far.
pub(super) struct Tongues {
    asked: Language,
    /// Letters of another language since the last sentence in the right one.
    foreign: usize,
    right: usize,
}

#[derive(Default)]
struct Letters {
    latin: usize,
    kana: usize,
    kanji: usize,
    other: usize,
}

impl Tongues {
    pub(super) const fn new(asked: Language) -> Self {
        Self { asked, foreign: 0, right: 0 }
    }

    pub(super) const fn asked(&self) -> Language {
        self.asked
    }

    /// Takes in a sentence.
    pub(super) fn hear(&mut self, text: &str, grounds: &Grounds) -> Tongue {
        let mut tongue = self.sound(text);
        if tongue.0 == Tongue::Foreign {
            // Names of the records may be in the other language.
            let mut bare = text.to_owned();
            for form in grounds.title_forms().filter(|form| form.len() > 2) {
                if bare.contains(form) {
                    bare = bare.replace(form, " ");
                }
            }
            tongue = self.sound(&bare);
        }
        match tongue {
            (Tongue::Right, letters) => {
                self.foreign = 0;
                self.right += letters;
            }
            (Tongue::Foreign, letters) => self.foreign += letters,
            (Tongue::Unclear, _) => {}
        }
        tongue.0
    }

    /// The answer is in another language.
    pub(super) const fn is_wrong(&self) -> bool {
        self.foreign >= FOREIGN_LETTERS_MAX
    }

    /// The last sentence, or the last but unclear ones, was in another language.
    pub(super) const fn doubts(&self) -> bool {
        self.foreign > 0
    }

    /// Nothing but another language was heard, and enough of it.
    pub(super) const fn is_mostly_foreign(&self) -> bool {
        self.foreign > self.right && self.foreign >= FOREIGN_LETTERS_LAST
    }

    fn sound(&self, text: &str) -> (Tongue, usize) {
        let letters = Letters::of(text);
        let japanese = 3 * (letters.kana + letters.kanji);
        let others = 3 * letters.other;
        let all = letters.latin + japanese + others;
        if all < LETTERS_MIN {
            return (Tongue::Unclear, all);
        }
        let tongue = match self.asked {
            _ if others > letters.latin + japanese => Tongue::Foreign,
            Language::Ja if japanese < letters.latin => Tongue::Foreign,
            Language::Ja if letters.kana > 0 => Tongue::Right,
            Language::Ja if letters.kanji >= KANJI_ALONE_MIN => Tongue::Foreign,
            Language::Ja => Tongue::Unclear,
            Language::En if japanese > letters.latin => Tongue::Foreign,
            Language::En => among_latin(text),
        };
        (tongue, all)
    }
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars() {
            match Script::of(c) {
                Script::Latin => letters.latin += 1,
                Script::Hiragana | Script::Katakana => letters.kana += 1,
                Script::Kanji => letters.kanji += 1,
                Script::Other => letters.other += 1,
                Script::Digit | Script::Separator => {}
            }
        }
        letters
    }
}

/// English or another language in Latin letters, by its function words.
fn among_latin(text: &str) -> Tongue {
    let (mut words, mut english, mut other) = (0, 0, 0);
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        words += 1;
        let lower = word.to_lowercase();
        english += usize::from(ENGLISH.contains(&lower.as_str()));
        other += usize::from(OTHER_LATIN.contains(&lower.as_str()));
    }
    if words < WORDS_MIN {
        return if english > 0 { Tongue::Right } else { Tongue::Unclear };
    }
    if other >= 2 && other > 2 * english {
        return Tongue::Foreign;
    }
    if english > 0 { Tongue::Right } else { Tongue::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sounds(asked: Language, text: &str) -> Tongue {
        Tongues::new(asked).sound(text).0
    }

    #[test]
    fn a_sentence_is_known_by_its_letters_and_small_words() {
        for (asked, text, expected) in [
            (Language::En, "Monster is a thriller by Naoki Urasawa.", Tongue::Right),
            (Language::En, "MONSTERは浦沢直樹の作品です。", Tongue::Foreign),
            (Language::En, "Este manga es una historia de terror para los lectores.", Tongue::Foreign),
            (Language::En, "Dieser Manga ist nicht lang und hat eine gute Geschichte.", Tongue::Foreign),
            (Language::En, "Эта манга очень хорошая.", Tongue::Foreign),
            (Language::En, "Nana – Ai Yazawa – Cookie", Tongue::Unclear),
            (Language::Ja, "MONSTERは全18巻で完結しています。", Tongue::Right),
            (Language::Ja, "Monster is complete in 18 volumes.", Tongue::Foreign),
            (Language::Ja, "这部漫画非常有趣值得阅读推荐给大家", Tongue::Foreign),
            (Language::Ja, "12.99", Tongue::Unclear),
        ] {
            assert_eq!(sounds(asked, text), expected, "{text}");
        }
    }
}
