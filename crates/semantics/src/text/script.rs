//! Which writing system a character belongs to, as far as matching English and Japanese needs to know.

/// The classes of character that tokenisation tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin letters.
    Latin,
    /// Decimal digits.
    Digit,
    /// Hiragana, which carries Japanese grammar more often than content.
    Hiragana,
    /// Katakana with its length mark, which carries Japanese loan words.
    Katakana,
    /// Chinese characters as used in Japanese.
    Kanji,
    /// Letters of any other writing system.
    Other,
    /// Everything that separates: blanks, punctuation, symbols, emoji.
    Separator,
}

impl Script {
    /// The class of a character.
    #[must_use]
    pub fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' if c != '×' && c != '÷' => Self::Latin,
            '0'..='9' => Self::Digit,
            '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => Self::Hiragana,
            '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FE}' | '\u{31F0}'..='\u{31FF}' => Self::Katakana,
            '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' | '々' | '〆' => {
                Self::Kanji
            }
            '\u{20000}'..='\u{323AF}' => Self::Kanji,
            _ if c.is_ascii() => Self::Separator,
            _ if c.is_alphabetic() => Self::Other,
            _ if c.is_numeric() => Self::Digit,
            _ => Self::Separator,
        }
    }

    /// Whether the class is written in Japanese only, for this crate's two languages.
    #[must_use]
    pub const fn is_japanese(self) -> bool {
        matches!(self, Self::Hiragana | Self::Katakana | Self::Kanji)
    }
}

/// Katakana to hiragana; every other character is itself. `ー` is kept: it tells words apart.
#[must_use]
pub fn fold_kana(c: char) -> char {
    match c {
        // The two blocks run parallel, 0x60 apart, from ァ to ヶ.
        '\u{30A1}'..='\u{30F6}' => char::from_u32(c as u32 - 0x60).unwrap_or(c),
        '\u{30FD}' => '\u{309D}',
        '\u{30FE}' => '\u{309E}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_of_a_mixed_sentence_is_told_apart() {
        let classes: Vec<Script> = "aé7あカー漢々я。 😀".chars().map(Script::of).collect();
        use Script::*;
        assert_eq!(
            classes,
            [
                Latin, Latin, Digit, Hiragana, Katakana, Katakana, Kanji, Kanji, Other, Separator, Separator,
                Separator
            ]
        );
    }

    #[test]
    fn katakana_folds_to_hiragana_and_the_length_mark_stays() {
        assert_eq!("クーポンヴヶ".chars().map(fold_kana).collect::<String>(), "くーぽんゔゖ");
    }
}
