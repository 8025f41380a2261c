//! Templates in a test's data: `{{ "a" | repeat 1000 }}`.
//!
//! go-ftw hands data to Go's `text/template` with the sprig functions. Tests use it to write long values, so literals and
//! the functions that make text of text are known here. Data that is no such template stays as it is, which is what go-ftw does with
//! data that it cannot parse.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most text a template makes.
const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The data with its templates filled in, or as it is when any of them is not known.
pub(crate) fn fill(data: &str) -> String {
    filled(data).unwrap_or_else(|| data.to_owned())
}

fn filled(data: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = data;
    while let Some(open) = rest.find("{{") {
        out.push_str(&rest[..open]);
        let inner = &rest[open + 2..];
        let close = inner.find("}}")?;
        out.push_str(&pipeline(&inner[..close])?);
        rest = &inner[close + 2..];
        if out.len() > TEXT_BYTES_MAX {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(String),
    Number(usize),
    Name(String),
    Pipe,
}

fn pipeline(source: &str) -> Option<String> {
    let tokens = tokens(source)?;
    let mut value = None;
    for command in tokens.split(|token| *token == Token::Pipe) {
        value = Some(run(command, value)?);
    }
    value
}

/// One command; what came through the pipe is its last argument.
fn run(command: &[Token], piped: Option<String>) -> Option<String> {
    let text = |token: Option<&Token>| match (token, &piped) {
        (Some(Token::Text(text)), None) => Some(text.clone()),
        (None, Some(text)) => Some(text.clone()),
        _ => None,
    };
    let (Token::Name(name), arguments) = command.split_first()? else {
        return match (command, piped) {
            ([Token::Text(text)], None) => Some(text.clone()),
            ([Token::Number(number)], None) => Some(number.to_string()),
            _ => None,
        };
    };
    if name == "repeat" {
        let (Token::Number(count), rest) = arguments.split_first()? else { return None };
        let text = text(rest.first())?;
        return (text.len().checked_mul(*count)? <= TEXT_BYTES_MAX).then(|| text.repeat(*count));
    }
    let text = text(arguments.first())?;
    Some(match name.as_str() {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "trim" => text.trim().to_owned(),
        "print" => text,
        "b64enc" => STANDARD.encode(text),
        "b64dec" => String::from_utf8(STANDARD.decode(text).ok()?).ok()?,
        _ => return None,
    })
}

fn tokens(source: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = source.trim();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '|' => (Token::Pipe, 1),
            '`' => {
                let length = rest[1..].find('`')?;
                (Token::Text(rest[1..=length].to_owned()), length + 2)
            }
            '"' => {
                let end = closing_quote(rest)?;
                (Token::Text(serde_json::from_str(&rest[..end]).ok()?), end)
            }
            '0'..='9' => {
                let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                (Token::Number(rest[..length].parse().ok()?), length)
            }
            c if c.is_ascii_alphabetic() => {
                let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ => return None,
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    (!tokens.is_empty()).then_some(tokens)
}

/// The length of a quoted text that begins here.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn text_is_repeated_and_encoded() {
        assert_eq!(fill(r#"a={{ "xy" | repeat 3 }}&b={{ repeat 2 "z" | upper }}"#), "a=xyxyxy&b=ZZ");
        assert_eq!(fill("{{ `<a>` | b64enc }}!"), "PGE+!");
    }

    #[test]
    fn what_is_no_template_stays() {
        for data in ["{{7*7}}", "{{constructor.constructor('alert(1)')()}}", "{{", "a {{ \"x\" b", "{{}}"] {
            assert_eq!(fill(data), data);
        }
        let endless = r#"{{ "xxxxxxxxxx" | repeat 9999999999 }}"#;
        assert_eq!(fill(endless), endless);
    }
}
