//! The response phase.

use guest::types::ResponseParts;

use crate::abuse;
use crate::behaviour::{OnResponse, Settings};
use crate::bindings::exports::mangaassist::edge::response_filter::{
    Response, ResponseChanges, ResponseVerdict,
};
use crate::request::{FRAMING_HEADERS, refusal};

pub(crate) fn verdict(settings: &Settings, response: &Response) -> ResponseVerdict {
    let name = settings.name.as_str();
    match settings.on_response {
        OnResponse::Next => set(&[], name),
        OnResponse::Trap => abuse::trap(),
        OnResponse::SetHeaders => set(&["x-granted", "x-ungranted"], name),
        OnResponse::WriteFramingHeaders => set(FRAMING_HEADERS, name),
        OnResponse::ChangePage => ResponseVerdict::Next(ResponseChanges {
            set_headers: vec![guest::header("cache-control", name)],
            remove_headers: vec!["content-security-policy".into()],
        }),
        OnResponse::See => set(&["x-seen"], &seen(response)),
        OnResponse::Replace => replace(200, name),
        OnResponse::ReplaceOddStatus => replace(1_000, name),
        OnResponse::Refuse => ResponseVerdict::Refuse(refusal(name)),
    }
}

/// Sets these headers, and removes two: one that may be removed, one that may not.
fn set(names: &[&str], value: &str) -> ResponseVerdict {
    ResponseVerdict::Next(ResponseChanges {
        set_headers: names.iter().map(|name| guest::header(*name, value)).collect(),
        remove_headers: if names.is_empty() {
            Vec::new()
        } else {
            vec!["x-powered-by".into(), "content-length".into()]
        },
    })
}

fn seen(response: &Response) -> String {
    let body = response.body.as_ref().map_or_else(|| "no".to_owned(), |body| body.len().to_string());
    let earlier = guest::values(&response.headers, "x-seen").len();
    format!("{} {} {body} body, {earlier} earlier", response.target, response.status)
}

fn replace(status: u16, name: &str) -> ResponseVerdict {
    let headers = vec![guest::header("x-granted", name), guest::header("content-length", "0")];
    ResponseVerdict::Replace(ResponseParts { status, headers, body: name.into() })
}
