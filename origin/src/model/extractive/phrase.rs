//! Phrases that several answers use: money, lengths, lists, names.

use chat::Language;

use crate::shop::{Series, Status};

/// An amount as a shopper reads it: `$9`, `$11.99`, `11.99ドル`.
pub(crate) fn money(cents: u32, language: Language) -> String {
    let amount = if cents.is_multiple_of(100) {
        format!("{}", cents / 100)
    } else {
        format!("{}.{:02}", cents / 100, cents % 100)
    };
    match language {
        Language::En => format!("${amount}"),
        Language::Ja => format!("{amount}ドル"),
    }
}

/// A title, set off from the text around it.
pub(crate) fn title(title: &str, language: Language) -> String {
    match language {
        Language::En => format!("**{title}**"),
        Language::Ja => format!("**『{title}』**"),
    }
}

/// How long a series is and whether it goes on: `18 volumes, complete`, `全18巻・完結`.
pub(crate) fn length(series: &Series, language: Language) -> String {
    let volumes = series.volumes;
    match (language, series.status) {
        (Language::En, status) => {
            let unit = if volumes == 1 { "volume" } else { "volumes" };
            match status {
                Status::Complete => format!("{volumes} {unit}, complete"),
                Status::Ongoing => format!("{volumes} {unit} so far, ongoing"),
                Status::Hiatus => format!("{volumes} {unit} so far, on hiatus"),
            }
        }
        (Language::Ja, Status::Complete) => format!("全{volumes}巻・完結"),
        (Language::Ja, Status::Ongoing) => format!("既刊{volumes}巻・連載中"),
        (Language::Ja, Status::Hiatus) => format!("既刊{volumes}巻・休載中"),
    }
}

/// `a, b and c`; `a、b、c`.
pub(crate) fn list<T: AsRef<str>>(items: &[T], language: Language) -> String {
    let join = |items: &[T], with: &str| items.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(with);
    match (language, items) {
        (Language::Ja, _) => join(items, "、"),
        (Language::En, [rest @ .., last]) if !rest.is_empty() => {
            format!("{} and {}", join(rest, ", "), last.as_ref())
        }
        (Language::En, _) => join(items, ", "),
    }
}

/// With a capital at the beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The sentences of a text, each with the blanks that follow it. A full stop inside a number, a link or an ordinary
/// abbreviation ends none.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' => next.is_none_or(|next| next.is_whitespace() || next == '*'),
            '\n' => true,
            _ => false,
        };
        if ends {
            let mut end = at + c.len_utf8();
            while let Some((at, blank)) = chars.peek().copied().filter(|(_, c)| c.is_whitespace()) {
                end = at + blank.len_utf8();
                chars.next();
            }
            out.push(&text[start..end]);
            start = end;
        }
    }
    if start < text.len() {
        out.push(&text[start..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_shoppers_read_it() {
        assert_eq!(money(1_199, Language::En), "$11.99");
        assert_eq!(money(900, Language::Ja), "9ドル");
        assert_eq!(money(1_205, Language::En), "$12.05");
    }

    #[test]
    fn sentences_end_where_they_end() {
        assert_eq!(
            sentences("It costs $9.50. See [us](/a.b). Yes"),
            ["It costs $9.50. ", "See [us](/a.b). ", "Yes"]
        );
        assert_eq!(sentences("はい。9.5ドルです。"), ["はい。", "9.5ドルです。"]);
    }

    #[test]
    fn a_list_reads_like_one() {
        assert_eq!(list(&["a", "b", "c"], Language::En), "a, b and c");
        assert_eq!(list(&["a", "b"], Language::Ja), "a、b");
        assert_eq!(list(&["a"], Language::En), "a");
    }
}
