//! The documents of the client API (`docs/api`) say what the code does: its calls, its codes, its messages and its events. They
//! are read as text, line by line: their form is as much ours as what they say.

use std::collections::{BTreeMap, BTreeSet};

use chat::{ClientMessage, Code, Cost, Event, Feature, Source, Usage};
use mangaassist_edge::proxy::route::Route;
use serde_json::Value;
use uuid::Uuid;

use crate::fixture::root;

/// The calls of the edge.
const CALLS: [(&str, &str, Route); 7] = [
    ("POST", "/v1/chat/init", Route::Init),
    ("GET", "/v1/chat/ws", Route::Socket),
    ("POST", "/v1/chat/messages", Route::Messages),
    ("GET", "/v1/chat/history", Route::History),
    ("POST", "/v1/chat/feedback", Route::Feedback),
    ("POST", "/v1/chat/handoff", Route::Handoff),
    ("POST", "/v1/session/upgrade", Route::Upgrade),
];

/// What a path of an OpenAPI document may have. `OPTIONS` is said of all paths at once.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A message of each type that a client may send.
const MESSAGES: [&str; 5] = ["message", "resume", "stop", "feedback", "handoff"];

fn document(name: &str) -> String {
    let path = root().join("docs/api").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines below this one, as far as they are indented deeper; empty ones left out.
fn block<'a>(document: &'a str, head: &str) -> Vec<&'a str> {
    let below = document.lines().skip_while(|line| *line != head).skip(1);
    let lines = below.filter(|line| !line.trim().is_empty());
    let block: Vec<_> = lines.take_while(|line| indent(line) > indent(head)).collect();
    assert!(!block.is_empty(), "the document has no `{}`", head.trim());
    block
}

/// The methods and paths of openapi.yaml.
fn documented_calls(openapi: &str) -> BTreeSet<(String, String)> {
    let mut calls = BTreeSet::new();
    let mut path = String::new();
    for line in block(openapi, "paths:") {
        let Some(key) = line.trim().strip_suffix(':') else { continue };
        let method = key.to_uppercase();
        match indent(line) {
            2 => path = key.to_owned(),
            4 if METHODS.contains(&method.as_str()) => {
                calls.insert((method, path.clone()));
            }
            _ => {}
        }
    }
    calls
}

/// The rows of the table below this heading, by what stands in backticks in their first column.
fn rows<'a>(markdown: &'a str, heading: &str) -> BTreeMap<&'a str, &'a str> {
    let below = markdown.lines().skip_while(|line| *line != heading).skip(1);
    let section = below.take_while(|line| !line.starts_with("## "));
    // Below the line that ends the table's head.
    let rows =
        section.skip_while(|line| !line.starts_with("| ---")).filter(|line| !line.starts_with("| `type`"));
    rows.filter_map(|line| Some((line.strip_prefix("| `")?.split_once('`')?.0, line))).collect()
}

/// The fields of an object beside its type.
fn fields(object: &str) -> Vec<String> {
    let object: Value = serde_json::from_str(object).expect("JSON");
    let fields = object.as_object().expect("an object").keys();
    fields.filter(|field| *field != "type").cloned().collect()
}

#[test]
fn every_call_is_in_the_document_and_every_call_of_the_document_exists() {
    for (method, path, route) in CALLS {
        assert_eq!(Route::of(method, path).ok(), Some(route), "{method} {path}");
    }
    let calls: BTreeSet<_> =
        CALLS.map(|(method, path, _)| (method.to_owned(), path.to_owned())).into_iter().collect();
    let documented = documented_calls(&document("openapi.yaml"));
    assert_eq!(documented, calls);
    for (_, path) in &documented {
        for method in METHODS {
            let exists = Route::of(method, path).is_ok();
            let told = documented.contains(&(method.to_owned(), path.clone()));
            assert_eq!(exists, told, "{method} {path}");
        }
    }
}

#[test]
fn every_code_is_in_the_document_with_its_status() {
    let openapi = document("openapi.yaml");
    let lines = block(&openapi, "    Code:").into_iter();
    let listed: BTreeSet<_> = lines.filter_map(|line| line.trim().strip_prefix("- ")).collect();
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(listed, codes);
    let told: BTreeSet<_> = block(&openapi, "    Problem:")
        .into_iter()
        .filter_map(|line| line.trim().strip_prefix("| `")?.split_once("` | "))
        .filter_map(|(code, rest)| Some((code, rest.split_once(' ')?.0.parse::<u16>().ok()?)))
        .collect();
    let statuses: BTreeSet<_> = Code::ALL.iter().map(|code| (code.as_str(), code.status())).collect();
    assert_eq!(told, statuses);
}

#[test]
fn every_feature_is_in_the_document() {
    let openapi = document("openapi.yaml");
    let features = block(&openapi, "        features:");
    let listed = features.iter().find_map(|line| line.split_once("enum: [")?.1.split_once(']'));
    let listed: Vec<_> = listed.expect("the features are an enum").0.split(", ").collect();
    let names = serde_json::to_value(Feature::ALL).expect("JSON");
    assert_eq!(serde_json::to_value(listed).expect("JSON"), names);
}

#[test]
fn every_message_of_a_client_is_in_the_document_and_the_examples_can_be_sent() {
    let websocket = document("websocket.md");
    let rows = rows(&websocket, "## What a client sends");
    assert_eq!(rows.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from(MESSAGES));
    let mut shown = BTreeSet::new();
    for example in websocket.lines().filter(|line| line.starts_with(r#"{"type":"#)) {
        let message = chat::validate::client_message(example);
        let message = message.unwrap_or_else(|problem| panic!("{example}: {}", problem.detail));
        // A type that is added does not compile before it has its place here, in `MESSAGES` and in the document.
        let name = match message {
            ClientMessage::Message { .. } => "message",
            ClientMessage::Resume { .. } => "resume",
            ClientMessage::Stop { .. } => "stop",
            ClientMessage::Feedback { .. } => "feedback",
            ClientMessage::Handoff {} => "handoff",
        };
        shown.insert(name);
        for field in fields(example) {
            assert!(rows[name].contains(&format!("`{field}`")), "`{field}` of `{name}`");
        }
    }
    assert_eq!(shown, BTreeSet::from(MESSAGES), "there is an example of each");
}

#[test]
fn every_event_is_in_both_documents_with_its_fields() {
    let (id, source) = (Uuid::nil(), Source::Model);
    let events = [
        Event::Start { id, source },
        Event::Delta { id, seq: 1, text: "a".into() },
        Event::Cards { id, products: Vec::new() },
        Event::Done { id, source, citations: Vec::new(), usage: Usage::default() },
        Event::Error {
            id: Some(id),
            code: Code::Internal,
            message: "a".into(),
            retry_after: Some(1),
            usage: Some(Usage::default()),
        },
    ];
    let (openapi, websocket) = (document("openapi.yaml"), document("websocket.md"));
    let rows = rows(&websocket, "## What the server sends");
    assert_eq!(
        rows.keys().copied().collect::<BTreeSet<_>>(),
        events.iter().map(Event::name).collect::<BTreeSet<_>>()
    );
    let mapping = block(&openapi, "        mapping:");
    assert_eq!(mapping.len(), events.len(), "{mapping:?}");
    for event in &events {
        let name = event.name();
        let schema = mapping.iter().find_map(|line| line.trim().strip_prefix(&format!("{name}: ")));
        let schema = schema.unwrap_or_else(|| panic!("`{name}` is not in openapi.yaml"));
        let schema = schema.trim_matches('\'').rsplit('/').next().expect("a name");
        let schema = block(&openapi, &format!("    {schema}:"));
        for field in fields(&event.to_json()) {
            assert!(rows[name].contains(&format!("`{field}`")), "`{field}` of `{name}` in websocket.md");
            let told = schema.iter().any(|line| line.trim().starts_with(&format!("{field}: ")));
            assert!(told, "`{field}` of `{name}` in openapi.yaml");
        }
    }
}

#[test]
fn everything_that_usage_tells_is_in_the_document() {
    let cost = Some(Cost { micros: 1, currency: "USD".into() });
    let usage = Usage {
        input_tokens: 1,
        output_tokens: 1,
        cache_read_tokens: 1,
        cache_write_tokens: 1,
        estimated: true,
        model: Some("m".into()),
        cost,
    };
    let openapi = document("openapi.yaml");
    let schema = block(&openapi, "    Usage:");
    for field in fields(&serde_json::to_string(&usage).expect("JSON")) {
        let told = schema.iter().any(|line| line.trim().starts_with(&format!("{field}: ")));
        assert!(told, "`{field}` in openapi.yaml");
    }
}
