//! The backend that the Core Rule Set's tests expect: it answers 200 to anything, and to `POST /reflect` it answers what it is told.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::http::Request;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reflection {
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    encoded_body: Option<String>,
}

const TEXT: &str = "text/plain; charset=utf-8";

impl Answer {
    fn plain(status: u16, body: &str) -> Answer {
        let headers = vec![("Content-Type".to_owned(), TEXT.to_owned())];
        Answer { status, headers, body: body.as_bytes().to_vec() }
    }
}

/// What the backend answers.
#[must_use]
pub fn answer(request: &Request) -> Answer {
    let path = request.target.split(['?', '#']).next().unwrap_or_default();
    if request.method == "POST" && path.trim_end_matches('/') == "/reflect" {
        reflect(&request.body)
    } else {
        Answer::plain(200, "")
    }
}

/// A body that says nothing intelligible is answered 400.
fn reflect(told: &[u8]) -> Answer {
    let Ok(told) = serde_json::from_slice::<Reflection>(told) else {
        return Answer::plain(400, "not a reflection");
    };
    let body = match (told.body, told.encoded_body) {
        (Some(text), _) if !text.is_empty() => text.into_bytes(),
        (_, Some(encoded)) => match STANDARD.decode(encoded) {
            Ok(bytes) => bytes,
            Err(_) => return Answer::plain(400, "encodedBody is no base64"),
        },
        (_, None) => Vec::new(),
    };
    let mut headers: Vec<(String, String)> = told.headers.into_iter().collect();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".to_owned(), TEXT.to_owned()));
    }
    let status = told.status.filter(|status| (100..600).contains(status)).unwrap_or(200);
    Answer { status, headers, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(target: &str, body: &str) -> Answer {
        let length = body.len();
        let raw = format!("POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}");
        answer(&Request::parse(raw.as_bytes()).expect("a request"))
    }

    #[test]
    fn the_reflecting_path_answers_what_it_is_told() {
        let answer = told("/reflect", r#"{"status":503,"headers":{"X":"y"},"encodedBody":"AGE="}"#);
        assert_eq!((answer.status, answer.body.as_slice()), (503, &b"\0a"[..]));
        assert_eq!(answer.headers[0], ("X".to_owned(), "y".to_owned()));
        assert_eq!(told("/reflect", r#"{"body":"b"}"#).body, b"b");
        assert_eq!(told("/reflect", "{").status, 400);
        assert_eq!(told("/other", r#"{"status":503}"#).status, 200);
    }
}
