//! Where a sentence ends. The answer does not depend on how the text was cut into deltas: an end is told only when what
//! follows cannot change it.

/// Longest text that is held back. A longer sentence is cut at its last blank.
pub(super) const HOLD_BACK_CHARS_MAX: usize = 400;

/// Words before a full stop that ends no sentence.
const ABBREVIATIONS: &[&str] =
    &["vol", "vols", "dr", "mr", "mrs", "ms", "st", "vs", "e.g", "i.e", "approx", "ca", "jr", "sr"];
/// The same, where a number follows: `No. 5`, but `No. We do not.`
const BEFORE_NUMBERS: &[&str] = &["no", "nos", "ch", "pp", "p"];

/// Where the first sentence ends, one blank included, if it has ended. `inside` are beginnings of titles up to a mark that
/// would end a sentence elsewhere: `Haikyu!`, `Dr.`
pub(super) fn end(held: &str, inside: &[String]) -> Option<usize> {
    let mut open = 0_usize;
    let mut emphasis = Emphasis::default();
    for (count, (at, c)) in held.char_indices().enumerate() {
        let after = at + c.len_utf8();
        if emphasis.closes(held, at, c)
            && open == 0
            && held[..at].trim_end_matches('*').ends_with(['。', '！', '？'])
        {
            return Some(after);
        }
        match c {
            '「' | '『' | '（' | '【' => open += 1,
            '」' | '』' | '）' | '】' => open = open.saturating_sub(1),
            // Line ends before the text belong to it.
            '\n' if !held[..at].trim().is_empty() => return Some(after),
            '。' | '！' | '？' if open == 0 && !emphasis.open && !is_inside(&held[..after], inside) => {
                return Some(after);
            }
            '.' | '!' | '?' => match follows(held, at, after, inside) {
                Follows::Unknown => return None,
                Follows::Sentence(end) => return Some(end),
                Follows::More => {}
            },
            _ => {}
        }
        if count + 1 >= HOLD_BACK_CHARS_MAX {
            return Some(held[..after].rfind(' ').filter(|at| *at > 0).map_or(after, |blank| blank + 1));
        }
    }
    None
}

/// Beginnings of a title that end with a mark that ends sentences.
pub(super) fn marks_inside(title: &str) -> impl Iterator<Item = String> {
    title
        .char_indices()
        .filter(|(_, c)| matches!(c, '.' | '!' | '?' | '！' | '？' | '。'))
        .map(|(at, c)| title[..at + c.len_utf8()].to_owned())
}

fn is_inside(before: &str, inside: &[String]) -> bool {
    inside.iter().any(|beginning| {
        before.strip_suffix(beginning.as_str()).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
    })
}

enum Follows {
    /// What follows has not come yet.
    Unknown,
    More,
    /// The next sentence, from here on.
    Sentence(usize),
}

/// What follows an ASCII mark.
fn follows(held: &str, at: usize, after: usize, inside: &[String]) -> Follows {
    let closers = |c: char| matches!(c, ')' | '"' | '\'' | '”' | '’' | '*' | '_' | ']' | '」' | '』' | '）');
    let rest = held[after..].trim_start_matches(closers);
    let blank_at = held.len() - rest.len();
    let mut next = rest.chars();
    match next.next() {
        None => return Follows::Unknown,
        Some(c) if !c.is_whitespace() => return Follows::More,
        Some(_) => {}
    }
    if is_inside(&held[..after], inside) {
        return Follows::More;
    }
    if held[at..].starts_with('.') {
        let line = held[..at].rsplit('\n').next().unwrap_or("").trim_start();
        // `1. ` begins an item.
        if !line.is_empty() && line.len() <= 3 && line.bytes().all(|byte| byte.is_ascii_digit()) {
            return Follows::More;
        }
        let word = line.rsplit(|c: char| !(c.is_alphanumeric() || c == '.')).next().unwrap_or("");
        let lower = word.to_lowercase();
        let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && line.len() > 1;
        if ABBREVIATIONS.contains(&lower.as_str()) || initial {
            return Follows::More;
        }
        if BEFORE_NUMBERS.contains(&lower.as_str()) {
            match next.next() {
                None => return Follows::Unknown,
                Some(c) if c.is_ascii_digit() => return Follows::More,
                Some(_) => {}
            }
        }
    }
    // One blank belongs to the sentence; a line end belongs to what follows.
    Follows::Sentence(if rest.starts_with('\n') {
        blank_at
    } else {
        blank_at + rest.chars().next().map_or(0, char::len_utf8)
    })
}

/// Whether stars have been opened and not closed.
#[derive(Default)]
struct Emphasis {
    open: bool,
    len: usize,
    run: usize,
}

impl Emphasis {
    /// Takes in a character; tells whether it closes an emphasis.
    fn closes(&mut self, held: &str, at: usize, c: char) -> bool {
        if c != '*' {
            if self.run > 0 && !self.open {
                // A star with a blank after it begins an item or multiplies.
                self.open = !c.is_whitespace();
                self.len = self.run;
            }
            self.run = 0;
            if c == '\n' {
                self.open = false;
            }
            return false;
        }
        self.run += 1;
        if self.open && self.run == self.len && !held[..at].ends_with(char::is_whitespace) {
            self.open = false;
            self.run = 0;
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first<'t>(text: &'t str, inside: &[&str]) -> Option<&'t str> {
        let inside: Vec<String> = inside.iter().map(|&title| title.to_owned()).collect();
        end(text, &inside).map(|at| &text[..at])
    }

    #[test]
    fn a_sentence_ends_where_it_ends() {
        for (text, expected) in [
            ("It costs $9.50. And", Some("It costs $9.50. ")),
            // More digits may come.
            ("It costs $9.", None),
            ("はい。そう", Some("はい。")),
            ("はい。", Some("はい。")),
            ("\n- one\n- two", Some("\n- one\n")),
            ("no end", None),
            ("Really! Yes", Some("Really! ")),
            ("He said \"no.\" Then", Some("He said \"no.\" ")),
            ("「はい。どうぞ」と言う。次", Some("「はい。どうぞ」と言う。")),
            ("**在庫がございます。**次", Some("**在庫がございます。**")),
            ("One.\n\nTwo", Some("One.")),
            ("Price: $9", None),
        ] {
            assert_eq!(first(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn an_abbreviation_ends_no_sentence() {
        for text in ["See Vol. 3", "It is No. 5", "by J. Smith", "1. Monster", "\n2. Monster", "No. "] {
            assert_eq!(first(text, &[]), None, "{text}");
        }
        assert_eq!(first("No. We do not", &[]), Some("No. "));
    }

    #[test]
    fn a_mark_inside_a_title_ends_no_sentence() {
        assert_eq!(
            first("Haikyu!! has 45 volumes. It", &["Haikyu!", "Haikyu!!"]),
            Some("Haikyu!! has 45 volumes. ")
        );
        assert_eq!(
            first("ハイキュー！！は45巻です。", &["ハイキュー！", "ハイキュー！！"]),
            Some("ハイキュー！！は45巻です。")
        );
        assert_eq!(marks_inside("Haikyu!!").collect::<Vec<_>>(), ["Haikyu!", "Haikyu!!"]);
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let long = "word ".repeat(HOLD_BACK_CHARS_MAX);
        let end_of_long = end(&long, &[]).unwrap();
        assert!(end_of_long <= HOLD_BACK_CHARS_MAX && long[..end_of_long].ends_with(' '));
        assert_eq!(end(&"あ".repeat(HOLD_BACK_CHARS_MAX), &[]), Some(HOLD_BACK_CHARS_MAX * 3));
    }
}
