//! What of an origin's reply a client may see.

use serde::de::IgnoredAny;

use crate::{Code, Problem};

/// The form of a reply that goes to the client as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedOn {
    /// 204, without a body.
    Empty,
    /// A JSON document, with the status that it came with.
    Document,
}

/// Judges the reply to a call that only the origin can answer: history, feedback, hand-off.
///
/// # Errors
/// The origin's own refusal where [`refusal`] has one, else [`Code::BadGateway`].
pub fn passed_on(status: u16, body: &[u8]) -> Result<PassedOn, Problem> {
    match status {
        204 => Ok(PassedOn::Empty),
        200..300 if serde_json::from_slice::<IgnoredAny>(body).is_ok() => Ok(PassedOn::Document),
        400..600 => Err(refusal(body).unwrap_or_else(|| Problem::of(Code::BadGateway))),
        _ => Err(Problem::of(Code::BadGateway)),
    }
}

/// The origin's own refusal, if the body is one that a client may see. An internal header that is refused is a fault between
/// us, nothing that a client could mend. The status is its code's: what the origin calls it may be none.
#[must_use]
pub fn refusal(body: &[u8]) -> Option<Problem> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    (problem.code != Code::Unauthorized).then(|| Problem { status: problem.code.status(), ..problem })
}

/// The value of [`super::HANDED_OVER_HEADER`].
#[must_use]
pub const fn handed_over_value(is_handed_over: bool) -> &'static str {
    if is_handed_over { "yes" } else { "no" }
}

/// What a value of [`super::HANDED_OVER_HEADER`] says; nothing when it is none.
#[must_use]
pub const fn handed_over(value: &[u8]) -> Option<bool> {
    match value {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_header_says_is_read_as_it_is_written() {
        for is_handed_over in [true, false] {
            assert_eq!(handed_over(handed_over_value(is_handed_over).as_bytes()), Some(is_handed_over));
        }
        assert_eq!(handed_over(b"maybe"), None);
    }

    fn body(code: Code) -> Vec<u8> {
        Problem::new(code, "Later.").with_retry_after(2).to_json().into_bytes()
    }

    #[test]
    fn a_success_is_passed_on() {
        assert_eq!(passed_on(204, b""), Ok(PassedOn::Empty));
        assert_eq!(passed_on(202, br#"{"position":0}"#), Ok(PassedOn::Document));
    }

    #[test]
    fn a_refusal_is_passed_on_with_the_status_of_its_code() {
        let problem = Problem { status: 200, ..Problem::new(Code::Overloaded, "Later.") };
        let told = passed_on(503, problem.to_json().as_bytes()).unwrap_err();
        assert_eq!((told.code, told.status), (Code::Overloaded, 503));
        assert_eq!(passed_on(429, &body(Code::RateLimited)).unwrap_err().retry_after, Some(2));
    }

    #[test]
    fn a_refusal_of_our_own_header_is_a_fault_of_ours() {
        assert_eq!(refusal(&body(Code::Unauthorized)), None);
        assert_eq!(passed_on(401, &body(Code::Unauthorized)), Err(Problem::of(Code::BadGateway)));
    }

    #[test]
    fn what_is_neither_is_a_bad_gateway() {
        for (status, body) in
            [(200, "<html>"), (200, ""), (302, "{}"), (500, "{}"), (404, "<html>"), (700, "")]
        {
            assert_eq!(passed_on(status, body.as_bytes()), Err(Problem::of(Code::BadGateway)), "{status}");
        }
    }
}
