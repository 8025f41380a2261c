//! The Cookie and Set-Cookie headers, as far as one session cookie needs them (RFC 6265, RFC 6265bis for prefixes and SameSite).

use thiserror::Error;

use crate::session::VALUE_BYTES_MAX;

/// The session cookie over https. The prefix makes browsers insist on Secure, Path=/ and no Domain, so that no sibling
/// host can plant one (RFC 6265bis §4.1.3.2).
pub const SECURE_NAME: &str = "__Host-ma_session";
/// The session cookie over plain http, which is for loopback only.
pub const PLAIN_NAME: &str = "ma_session";

/// The name of the session cookie on this kind of connection.
#[must_use]
pub const fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// Why the cookie could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CookieError {
    /// The name occurs more than once, and servers must not rely on an order (RFC 6265 §4.2.2).
    #[error("the session cookie was sent more than once")]
    Ambiguous,
    /// The value holds what is not a cookie-octet (RFC 6265 §4.1.1).
    #[error("the session cookie is not written as a cookie")]
    Malformed,
    /// The value is over [`VALUE_BYTES_MAX`].
    #[error("the session cookie is too long")]
    TooLong,
}

/// The value of the named cookie, from the values of all Cookie headers (HTTP/2 may split them, RFC 9113 §8.2.3).
///
/// Strict about the named cookie; indifferent to others, which other parts of the site may write as they like.
///
/// # Errors
/// [`CookieError`].
pub fn find_cookie<'a>(headers: &[&'a [u8]], name: &str) -> Result<Option<&'a str>, CookieError> {
    let mut found = None;
    for pair in headers.iter().flat_map(|header| header.split(|byte| *byte == b';')) {
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (key, value) = (&pair[..equals], &pair[equals + 1..]);
        if trim(key) != name.as_bytes() {
            continue;
        }
        if found.replace(trim(value)).is_some() {
            return Err(CookieError::Ambiguous);
        }
    }
    found.map(checked).transpose()
}

fn checked(value: &[u8]) -> Result<&str, CookieError> {
    if value.len() > VALUE_BYTES_MAX {
        return Err(CookieError::TooLong);
    }
    if !value.iter().all(|byte| OCTETS[usize::from(*byte)]) {
        return Err(CookieError::Malformed);
    }
    str::from_utf8(value).map_err(|_| CookieError::Malformed)
}

/// cookie-octet (RFC 6265 §4.1.1), by byte: a value is read on each request.
const OCTETS: [bool; 256] = {
    let mut octets = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        octets[byte] = matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        byte += 1;
    }
    octets
};

fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// The value of a Set-Cookie header that stores the cookie for this many seconds.
#[must_use]
pub fn set_cookie(name: &str, value: &str, max_age_s: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}")
}

/// The value of a Set-Cookie header that makes the browser forget the cookie.
#[must_use]
pub fn clear_cookie(name: &str, secure: bool) -> String {
    set_cookie(name, "", 0, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(headers: &[&'a str]) -> Result<Option<&'a str>, CookieError> {
        let headers: Vec<&[u8]> = headers.iter().map(|header| header.as_bytes()).collect();
        find_cookie(&headers, PLAIN_NAME)
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(find(&["a=1; ma_session=v; b=2"]), Ok(Some("v")));
        assert_eq!(find(&["a=1;ma_session=v"]), Ok(Some("v")));
        assert_eq!(find(&["a=1", "ma_session=v"]), Ok(Some("v")));
        assert_eq!(find(&["ma_session="]), Ok(Some("")));
        assert_eq!(find(&["ma_session=a=b"]), Ok(Some("a=b")));
    }

    #[test]
    fn another_name_is_another_cookie() {
        for header in
            ["", ";", "ma_session", "MA_SESSION=v", "xma_session=v", "ma_sessionx=v", "__Host-ma_session=v"]
        {
            assert_eq!(find(&[header]), Ok(None), "{header:?}");
        }
    }

    #[test]
    fn a_cookie_sent_twice_is_ambiguous_even_when_both_agree() {
        assert_eq!(find(&["ma_session=v; ma_session=v"]), Err(CookieError::Ambiguous));
        assert_eq!(find(&["ma_session=v", "ma_session=w"]), Err(CookieError::Ambiguous));
    }

    #[test]
    fn what_is_no_cookie_value_is_malformed() {
        for header in
            ["ma_session=\"v\"", "ma_session=a b", "ma_session=a,b", "ma_session=\u{e9}", "ma_session=a\\"]
        {
            assert_eq!(find(&[header]), Err(CookieError::Malformed), "{header:?}");
        }
        let long = format!("ma_session={}", "v".repeat(VALUE_BYTES_MAX + 1));
        assert_eq!(find(&[&long]), Err(CookieError::TooLong));
    }

    #[test]
    fn other_cookies_may_be_written_badly() {
        let headers: [&[u8]; 1] = [b"x=\xff\"; \x01; ma_session=v; y"];
        assert_eq!(find_cookie(&headers, PLAIN_NAME), Ok(Some("v")));
    }

    #[test]
    fn a_cookie_is_set_with_every_protection_that_the_connection_has() {
        assert_eq!(
            set_cookie(name(true), "v", 60, true),
            "__Host-ma_session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            clear_cookie(name(false), false),
            "ma_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(header: Vec<u8>) {
            let _ = find_cookie(&[&header], PLAIN_NAME);
        }
    }
}
