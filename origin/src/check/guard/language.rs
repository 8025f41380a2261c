//! Whether an answer is in the language asked for. Titles and names of the records count for no language. A sentence in
//! another one is held back until it is clear whether the answer goes on like this.

use std::collections::HashSet;

use chat::Language;
use semantics::text::{Script, is_stop_word};

use super::super::facts::Grounds;
use super::super::record::stands_in;

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

/// Hiragana that make a sentence Japanese, however many names in Latin letters are in it: grammar is written in them.
const HIRAGANA_MIN: usize = 4;
/// Words of a sentence from which on it is strange that not one of them is English; so many are not written like names.
const STRANGE_WORDS_MIN: usize = 6;
const STRANGE_SMALL_MIN: usize = 5;
/// Strange sentences in a row that make an answer one in another language. A sentence with a letter that English does not
/// have needs no others.
const STRANGE_SENTENCES_MAX: usize = 3;
/// Words of the records in a sentence that make it none that is strange, and how long such a word is.
const RECORDED_WORDS_MIN: usize = 2;
const RECORDED_WORD_CHARS_MIN: usize = 5;

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

/// Words that are English and no function words: lists of facts and of what a series is like have few others.
const ENGLISH_CONTENT: &[&str] = &[
    "volume",
    "volumes",
    "vol",
    "complete",
    "completed",
    "price",
    "author",
    "authors",
    "sold",
    "out",
    "story",
    "stories",
    "school",
    "love",
    "dark",
    "life",
    "world",
    "young",
    "friends",
    "great",
    "good",
    "best",
    "new",
    "artwork",
    "character",
    "characters",
    "humour",
    "humor",
    "battles",
    "fights",
    "boy",
    "girl",
    "first",
    "book",
    "books",
    "reader",
    "readers",
    "war",
    "death",
    "family",
    "food",
    "heart",
    "light",
    "night",
    "dreams",
    "heroes",
    "deep",
    "strong",
    "short",
    "long",
    "slow",
    "sweet",
    "warm",
    "quiet",
    "sharp",
    "big",
    "city",
    "old",
    "time",
    "work",
    "every",
    "very",
    "also",
    "both",
    "only",
    "over",
    "after",
    "before",
    "through",
    "between",
    "while",
    "street",
    "twist",
    "twists",
    "teens",
    "adults",
    "adult",
    "today",
    "free",
];
/// Ends of words that are English.
const ENGLISH_ENDS: [&str; 6] = ["ing", "ness", "ful", "less", "ship", "ght"];

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
    /// Strange sentences in a row, and their letters.
    strange: usize,
    strange_letters: usize,
}

/// How a sentence sounds by itself.
struct Sound {
    tongue: Tongue,
    letters: usize,
    strange: Option<Strange>,
}

/// Many words, and none of them English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strange {
    Plain,
    /// With letters that English does not have.
    Marked,
}

#[derive(Default)]
struct Letters {
    latin: usize,
    hiragana: usize,
    katakana: usize,
    kanji: usize,
    other: usize,
}

impl Tongues {
    pub(super) const fn new(asked: Language) -> Self {
        Self { asked, foreign: 0, right: 0, strange: 0, strange_letters: 0 }
    }

    pub(super) const fn asked(&self) -> Language {
        self.asked
    }

    /// Takes in a sentence.
    pub(super) fn hear(&mut self, text: &str, grounds: &Grounds) -> Tongue {
        let mut sound = self.sound(text);
        if sound.tongue == Tongue::Foreign || sound.strange.is_some() {
            sound = self.listen_again(&without_titles(text, grounds), grounds);
        }
        match sound.tongue {
            Tongue::Right => {
                (self.foreign, self.strange, self.strange_letters) = (0, 0, 0);
                self.right += sound.letters;
            }
            Tongue::Foreign => self.foreign += sound.letters,
            Tongue::Unclear => {}
        }
        sound.tongue
    }

    /// A sentence that may be in another language, without the names of the records: those may be in any.
    fn listen_again(&mut self, bare: &str, grounds: &Grounds) -> Sound {
        let mut sound = self.sound(bare);
        let japanese = self.asked == Language::Ja && Letters::of(bare).hiragana >= HIRAGANA_MIN;
        if sound.tongue == Tongue::Foreign && japanese {
            sound.tongue = Tongue::Right;
        }
        let Some(strange) = sound.strange.filter(|_| !is_recorded(bare, grounds)) else { return sound };
        self.strange += 1;
        self.strange_letters += sound.letters;
        if strange == Strange::Marked {
            sound.tongue = Tongue::Foreign;
        } else if self.strange >= STRANGE_SENTENCES_MAX {
            sound.tongue = Tongue::Foreign;
            sound.letters = std::mem::take(&mut self.strange_letters);
        }
        sound
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

    fn sound(&self, text: &str) -> Sound {
        let letters = Letters::of(text);
        let kana = letters.hiragana + letters.katakana;
        let japanese = 3 * (kana + letters.kanji);
        let others = 3 * letters.other;
        let all = letters.latin + japanese + others;
        if all < LETTERS_MIN {
            return Sound { tongue: Tongue::Unclear, letters: all, strange: None };
        }
        let (tongue, strange) = match self.asked {
            _ if others > letters.latin + japanese => (Tongue::Foreign, None),
            Language::Ja if japanese < letters.latin => (Tongue::Foreign, None),
            Language::Ja if kana > 0 => (Tongue::Right, None),
            Language::Ja if letters.kanji >= KANJI_ALONE_MIN => (Tongue::Foreign, None),
            Language::Ja => (Tongue::Unclear, None),
            Language::En if japanese > letters.latin => (Tongue::Foreign, None),
            Language::En => among_latin(text),
        };
        Sound { tongue, letters: all, strange }
    }
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for c in text.chars() {
            match Script::of(c) {
                Script::Latin => letters.latin += 1,
                Script::Hiragana => letters.hiragana += 1,
                Script::Katakana => letters.katakana += 1,
                Script::Kanji => letters.kanji += 1,
                Script::Other => letters.other += 1,
                Script::Digit | Script::Separator => {}
            }
        }
        letters
    }
}

/// English or another language in Latin letters, by its function words; and whether not one word is English.
fn among_latin(text: &str) -> (Tongue, Option<Strange>) {
    let (mut words, mut english, mut other, mut small) = (0, 0, 0, 0);
    let (mut told, mut marked) = (false, false);
    for word in words_of(text) {
        words += 1;
        let lower = word.to_lowercase();
        english += usize::from(ENGLISH.contains(&lower.as_str()));
        other += usize::from(OTHER_LATIN.contains(&lower.as_str()));
        told |= is_english(&lower);
        if word.starts_with(char::is_lowercase) {
            small += 1;
            marked |= !word.is_ascii();
        }
    }
    if words < WORDS_MIN {
        return (if english > 0 { Tongue::Right } else { Tongue::Unclear }, None);
    }
    if other >= 2 && other > 2 * english {
        return (Tongue::Foreign, None);
    }
    if english > 0 {
        return (Tongue::Right, None);
    }
    let strange = !told && words >= STRANGE_WORDS_MIN && small >= STRANGE_SMALL_MIN;
    let strange = strange.then_some(if marked { Strange::Marked } else { Strange::Plain });
    (Tongue::Unclear, strange)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// Whether a word in small letters can only be English, or mostly is.
fn is_english(lower: &str) -> bool {
    ENGLISH.contains(&lower)
        || ENGLISH_CONTENT.contains(&lower)
        || is_stop_word(lower)
        || (lower.len() > 4 && ENGLISH_ENDS.iter().any(|end| lower.ends_with(end)))
}

/// Whether the sentence says words of the records: themes of a series, a passage.
fn is_recorded(text: &str, grounds: &Grounds) -> bool {
    let small = words_of(text).filter(|word| word.starts_with(char::is_lowercase));
    let long = small.filter(|word| word.chars().count() >= RECORDED_WORD_CHARS_MIN);
    let recorded: HashSet<&str> = long.filter(|word| stands_in(&grounds.words, word)).collect();
    recorded.len() >= RECORDED_WORDS_MIN
}

fn without_titles(text: &str, grounds: &Grounds) -> String {
    let mut bare = text.to_owned();
    for form in grounds.title_forms().filter(|form| form.len() > 2) {
        if bare.contains(form) {
            bare = bare.replace(form, " ");
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sounds(asked: Language, text: &str) -> Tongue {
        Tongues::new(asked).sound(text).tongue
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

    fn heard(asked: Language, sentences: &[&str]) -> Vec<Tongue> {
        let (mut tongues, grounds) = (Tongues::new(asked), Grounds::default());
        sentences.iter().map(|text| tongues.hear(text, &grounds)).collect()
    }

    #[test]
    fn japanese_is_known_by_its_grammar_among_many_latin_names() {
        for (text, expected) in [
            (
                "Visa、Mastercard、American Express、JCB、PayPal、Apple Pay、Google Payがご利用いただけます。",
                Tongue::Right,
            ),
            ("Kodansha USAやSeven Seas Entertainment、VIZ Mediaの英語版も扱っています。", Tongue::Right),
            ("Monster (モンスター) is a thriller about a doctor who hunts a killer.", Tongue::Foreign),
        ] {
            assert_eq!(heard(Language::Ja, &[text]), [expected], "{text}");
        }
    }

    #[test]
    fn a_sentence_without_an_english_word_is_foreign_by_its_letters_or_by_its_company() {
        let turkish = "Bu manga çok güzel ve karanlık bir hikaye anlatıyor.";
        assert_eq!(heard(Language::En, &[turkish]), [Tongue::Foreign]);
        let swahili = [
            "Hadithi hii inasimulia kijana anayepigana vita vikali.",
            "Wahusika wanavutia sana katika kila sura mpya.",
            "Tunapendekeza kitabu hiki kwa wasomaji wote wazima.",
        ];
        assert_eq!(heard(Language::En, &swahili), [Tongue::Unclear, Tongue::Unclear, Tongue::Foreign]);
        let between = [swahili[0], swahili[1], "It is a dark story.", swahili[2]];
        assert_eq!(heard(Language::En, &between)[3], Tongue::Unclear, "not in a row");
    }

    #[test]
    fn lists_of_facts_in_english_are_not_foreign() {
        for text in [
            "- **Monster** – Naoki Urasawa, 18 volumes, complete, seinen thriller",
            "- Dark fantasy, brutal battles, tragic heroes, incredible détails",
            "- Shōnen Jump, Shueisha, Tokyo, Kōdansha, Osaka, Ōta Shuppan",
            "- shōjo romance, slow pacing, gentle humour, seaside town, café scenes",
            "Kimi ni Todoke – Karuho Shiina – Bessatsu Margaret – Shūeisha",
        ] {
            let tongues = heard(Language::En, &[text; 4]);
            assert!(!tongues.contains(&Tongue::Foreign), "{text}: {tongues:?}");
        }
    }
}
