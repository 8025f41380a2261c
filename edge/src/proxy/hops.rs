//! Headers that are for one connection and not for the next (RFC 9110, section 7.6.1), taken out of a request as Pingora takes them
//! out of what it forwards itself.

use http::HeaderName;
use pingora_core::{Error, ErrorType, Result as PingoraResult};
use pingora_http::RequestHeader;

/// Those of HTTP itself. What frames a body is among them: who sends it on frames it anew.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Those that no client may have taken out by naming them in `Connection`: the site stands on them.
const KEPT: &[&str] = &["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
/// Most headers that `Connection` may name.
const NAMED_MAX: usize = 9;

/// Takes them out, with those that `Connection` names.
///
/// # Errors
/// `Connection` names too many, what is no header, or one that must stay.
pub(super) fn strip(head: &mut RequestHeader) -> PingoraResult<()> {
    for name in named(head)? {
        head.remove_header(&name);
    }
    for name in HOP_BY_HOP {
        head.remove_header(*name);
    }
    Ok(())
}

fn named(head: &RequestHeader) -> PingoraResult<Vec<HeaderName>> {
    let values = head.headers.get_all(http::header::CONNECTION).iter();
    let tokens =
        values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let mut names = Vec::new();
    for token in tokens.filter(|token| !token.is_empty()) {
        let name = HeaderName::from_bytes(token).map_err(|_| malformed("`Connection` names no header"))?;
        if KEPT.contains(&name.as_str()) || names.len() == NAMED_MAX {
            return Err(malformed("`Connection` names what must stay, or too much"));
        }
        names.push(name);
    }
    Ok(names)
}

fn malformed(what: &'static str) -> Box<Error> {
    Error::explain(ErrorType::InvalidHTTPHeader, what).into_down()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(headers: &[(&'static str, &'static str)]) -> Option<Vec<String>> {
        let mut head = RequestHeader::build("GET", b"/", None).unwrap();
        for (name, value) in headers {
            head.append_header(*name, *value).unwrap();
        }
        strip(&mut head).ok()?;
        Some(head.headers.keys().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_for_one_connection_does_not_go_on() {
        let headers = [
            ("host", "shop.test"),
            ("connection", "keep-alive, X-Hop"),
            ("connection", "close"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("x-hop", "1"),
            ("cookie", "a=b"),
        ];
        assert_eq!(stripped(&headers).unwrap(), ["host", "cookie"]);
    }

    #[test]
    fn nobody_takes_out_what_the_site_stands_on() {
        for value in ["host", "X-Forwarded-For", "close, x-forwarded-proto", "a b", ":authority"] {
            assert_eq!(stripped(&[("connection", value)]), None, "{value}");
        }
        assert!(stripped(&[("connection", "a,b,c,d,e,f,g,h,i")]).is_some());
        assert_eq!(stripped(&[("connection", "a,b,c,d,e,f,g,h,i,j")]), None);
    }
}
