//! One spelling for what people type in many: compatibility forms, width, case, accents, look-alikes and characters that
//! are not seen at all.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use super::script::Script;

/// Normalised text: NFKC, lower case, accents off Latin letters, one kind of apostrophe and hyphen, runs of blanks as one
/// blank, nothing invisible, and Latin look-alikes inside Latin words as Latin. Kana are kept as typed; see
/// [`fold_kana`](super::fold_kana).
///
/// Linear in the length of the input. The result is never much longer than the input: a handful of compatibility
/// characters expand to a few characters each.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    if text.is_ascii() {
        text.chars().for_each(|c| push(&mut out, c));
    } else {
        let composed: String = text.chars().filter(|&c| !is_invisible(c)).nfkc().collect();
        unmask_look_alikes(composed).chars().for_each(|c| push(&mut out, c));
    }
    out.truncate(out.trim_end().len());
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '`' | '\u{B4}' => out.push('\''),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
        '\u{3002}' => out.push('。'),
        _ if c.is_whitespace() || c.is_control() => {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        }
        _ if is_invisible(c) => {}
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        _ if c.is_ascii() => out.push(c),
        '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => push_without_accents(out, c),
        // A Latin accent that NFKC could not compose.
        '\u{300}'..='\u{36F}' => {}
        _ => out.extend(c.to_lowercase()),
    }
}

fn push_without_accents(out: &mut String, c: char) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'ø' | 'Ø' => out.push('o'),
        _ => decompose_canonical(c, |part| {
            if !is_combining_mark(part) {
                out.extend(part.to_lowercase());
            }
        }),
    }
}

/// Characters that change nothing a person sees, or only the direction of it: they split words to slip past matching.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Replaces Cyrillic and Greek letters that look Latin, in words that also have a Latin letter: no real word mixes them.
fn unmask_look_alikes(text: String) -> String {
    if !text.chars().any(|c| look_alike(c).is_some()) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let mixed = piece.chars().any(is_latin);
        out.extend(piece.chars().map(|c| if mixed { look_alike(c).unwrap_or(c) } else { c }));
    }
    out
}

/// Whether a letter is Latin, with or without its accents.
fn is_latin(c: char) -> bool {
    Script::of(c) == Script::Latin || matches!(c, '\u{1E00}'..='\u{1EFF}')
}

/// The small Latin letter that a letter looks like. A capital may look like another one than its small letter does.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'Н' | 'Η' => 'h',
        'В' | 'Β' => 'b',
        'Ν' => 'n',
        'Ρ' | 'Р' => 'p',
        'У' | 'Υ' => 'y',
        'Ζ' => 'z',
        'М' | 'Μ' => 'm',
        _ => return c.to_lowercase().next().and_then(small_look_alike),
    })
}

fn small_look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' | 'н' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'ո' | 'η' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_and_accents_do_not_matter() {
        assert_eq!(normalise("  Ｃａｆé\u{3000}ﾎﾟｲﾝﾄ Ⅻ ① "), "cafe ポイント xii 1");
    }

    #[test]
    fn zero_width_and_bidirectional_characters_vanish() {
        assert_eq!(normalise("re\u{200B}turn\u{202E} poli\u{AD}cy\u{FE0F}\u{E0041}"), "return policy");
    }

    #[test]
    fn look_alikes_are_latin_only_inside_latin_words() {
        assert_eq!(normalise("rеfund роliсy"), "refund policy");
        assert_eq!(normalise("возврат"), "возврат");
        assert_eq!(normalise("ΗOW МUCH"), "how much");
        assert_eq!(normalise("ВОЗВРАТ"), "возврат");
    }

    #[test]
    fn apostrophes_hyphens_and_blanks_have_one_form() {
        assert_eq!(normalise("don’t\t\r\n pre–order"), "don't pre-order");
    }

    #[test]
    fn voiced_half_width_kana_compose() {
        assert_eq!(normalise("ｶﾞｲﾄﾞ"), "ガイド");
    }
}
