//! Numbers as answers write them: digits with separators, English words, kanji. In hundredths, so that prices fit.

/// A pattern of a number in digits.
pub(super) const DIGITS: &str = r"\d+(?:[.,]\d+)*";
/// A pattern of a number below a hundred in English words. Longer words come first: `sixteen` is no `six`.
macro_rules! small {
    () => {
        concat!(
            r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)",
            r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|eleven|twelve|thirteen|fourteen|fifteen|sixteen|",
            r"seventeen|eighteen|nineteen|one|two|three|four|five|six|seven|eight|nine|ten)",
        )
    };
}

/// A pattern of a number in English words.
pub(super) const WORDS: &str = concat!(
    "(?:half a dozen|a dozen|a couple of|(?:a |",
    small!(),
    " )?hundred(?:(?: and)? ",
    small!(),
    ")?|",
    small!(),
    ")",
);
/// A pattern of a number in kanji.
pub(super) const KANJI: &str = "[一二三四五六七八九十百千]+";

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const KANJI_DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Digits,
    Words,
    Kanji,
}

/// The value of a number in any form, in hundredths; none when it is too long for one.
pub(super) fn read(text: &str) -> Option<(u64, Form)> {
    match text.chars().next()? {
        c if c.is_ascii_digit() => Some((digits(text)?, Form::Digits)),
        c if c.is_ascii_alphabetic() => Some((words(text)? * 100, Form::Words)),
        _ => Some((kanji(text)? * 100, Form::Kanji)),
    }
}

/// `1,299.00` in hundredths. A comma before three digits sets thousands apart; before two it is a decimal comma.
pub(super) fn digits(text: &str) -> Option<u64> {
    let (whole, decimals) = match text.rfind(['.', ',']) {
        Some(at) if text.as_bytes()[at] == b'.' || text.len() - at - 1 != 3 => (&text[..at], &text[at + 1..]),
        _ => (text, ""),
    };
    let whole: u64 = whole.replace([',', '.'], "").parse().ok()?;
    let hundredths: u64 = format!("{decimals:0<2}").get(..2)?.parse().ok()?;
    whole.checked_mul(100)?.checked_add(hundredths)
}

/// `twenty-one`, `a dozen`.
fn words(text: &str) -> Option<u64> {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "half a dozen" => return Some(6),
        "a dozen" => return Some(12),
        "a couple of" => return Some(2),
        _ => {}
    }
    let mut total = 0_u64;
    for word in lower.split([' ', '-']).filter(|word| !matches!(*word, "and" | "a" | "")) {
        if word == "hundred" {
            total = total.max(1) * 100;
        } else {
            let ones = ONES.iter().position(|one| *one == word);
            let value = ones.or_else(|| TENS.iter().position(|ten| *ten == word).map(|ten| ten * 10))?;
            total += u64::try_from(value).ok()?;
        }
    }
    Some(total)
}

/// `十二`, `百十一`.
fn kanji(text: &str) -> Option<u64> {
    let (mut total, mut digit) = (0_u64, None);
    for c in text.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            _ => {
                let value = KANJI_DIGITS.iter().position(|one| *one == c)?;
                digit = Some(digit.unwrap_or(0) * 10 + u64::try_from(value).ok()?);
                continue;
            }
        };
        total += digit.take().unwrap_or(1) * unit;
    }
    Some(total + digit.unwrap_or(0))
}

/// A whole number in a form; in digits where it has no short name.
pub(super) fn write(value: u64, form: Form) -> String {
    let index = usize::try_from(value).unwrap_or(usize::MAX);
    match form {
        Form::Words if index < 20 => ONES[index].to_owned(),
        Form::Words if index < 100 && index.is_multiple_of(10) => TENS[index / 10].to_owned(),
        Form::Words if index < 100 => format!("{}-{}", TENS[index / 10], ONES[index % 10]),
        Form::Kanji if (1..1_000).contains(&index) => in_kanji(index),
        _ => value.to_string(),
    }
}

fn in_kanji(value: usize) -> String {
    let mut out = String::new();
    for (unit, name) in [(100, '百'), (10, '十')] {
        match value / unit % 10 {
            0 => {}
            1 => out.push(name),
            count => out.extend([KANJI_DIGITS[count], name]),
        }
    }
    if !value.is_multiple_of(10) {
        out.push(KANJI_DIGITS[value % 10]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_in_every_form() {
        for (text, value) in [
            ("18", 1_800),
            ("1,299.00", 129_900),
            ("11.99", 1_199),
            ("11,99", 1_199),
            ("1,299", 129_900),
            ("9.5", 950),
            ("twelve", 1_200),
            ("Twenty-one", 2_100),
            ("one hundred and eleven", 11_100),
            ("a dozen", 1_200),
            ("十二", 1_200),
            ("百十一", 11_100),
            ("二〇", 2_000),
        ] {
            assert_eq!(read(text).map(|(value, _)| value), Some(value), "{text}");
        }
        assert_eq!(read("99999999999999999999999"), None);
    }

    #[test]
    fn a_number_is_written_back_in_its_form() {
        assert_eq!(write(18, Form::Digits), "18");
        assert_eq!(write(18, Form::Words), "eighteen");
        assert_eq!(write(42, Form::Words), "forty-two");
        assert_eq!(write(111, Form::Words), "111");
        assert_eq!(write(18, Form::Kanji), "十八");
        assert_eq!(write(111, Form::Kanji), "百十一");
    }
}
