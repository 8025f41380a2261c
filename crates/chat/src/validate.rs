//! What a client sends, checked against the JSON schemas in `schema/` and read. The schemas are the contract that the
//! documentation shows; a fault is told by its place and by what was expected.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::message::FeedbackPost;
use crate::{ClientMessage, Code, MessagePost, Problem};

/// The schema of `POST /v1/chat/messages`.
pub const MESSAGE_SCHEMA: &str = include_str!("../schema/message.schema.json");
/// The schema of `POST /v1/chat/feedback`.
pub const FEEDBACK_SCHEMA: &str = include_str!("../schema/feedback.schema.json");
/// The schemas of the WebSocket messages that are no posts as well.
pub const CONTROL_SCHEMA: &str = include_str!("../schema/control.schema.json");

/// Deepest nesting of a client's JSON that is echoed in a fault's place.
const PLACE_CHARS_MAX: usize = 100;

struct Schemas {
    message: Validator,
    feedback: Validator,
    stop: Validator,
    resume: Validator,
    handoff: Validator,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let control = |name: &str| {
        let mut schema = json(CONTROL_SCHEMA);
        schema["$ref"] = Value::String(format!("#/$defs/{name}"));
        compile(&schema)
    };
    Schemas {
        message: compile(&json(MESSAGE_SCHEMA)),
        feedback: compile(&json(FEEDBACK_SCHEMA)),
        stop: control("stop"),
        resume: control("resume"),
        handoff: control("handoff"),
    }
});

fn json(schema: &str) -> Value {
    serde_json::from_str(schema).expect("a test reads every schema")
}

fn compile(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).expect("a test compiles every schema")
}

/// Compiles the schemas now and not at the first request.
pub fn prepare() {
    LazyLock::force(&SCHEMAS);
}

/// Reads the body of `POST /v1/chat/messages`.
///
/// # Errors
/// `malformed` when it is no JSON in UTF-8, `invalid` when it breaks the schema.
pub fn message(body: &[u8]) -> Result<MessagePost, Problem> {
    read(parse(body)?, &SCHEMAS.message)
}

/// Reads the body of `POST /v1/chat/feedback`.
///
/// # Errors
/// As [`message`].
pub fn feedback(body: &[u8]) -> Result<FeedbackPost, Problem> {
    read(parse(body)?, &SCHEMAS.feedback)
}

/// Reads a WebSocket message.
///
/// # Errors
/// As [`message`]; `invalid` as well for a `type` that there is not.
pub fn client_message(text: &str) -> Result<ClientMessage, Problem> {
    let value = parse(text.as_bytes())?;
    let Value::Object(mut members) = value else {
        return Err(Problem::new(Code::Invalid, "The message has to be a JSON object with a `type`."));
    };
    let kind = match members.remove("type") {
        Some(Value::String(kind)) => kind,
        Some(_) => return Err(Problem::new(Code::Invalid, "`type` has to be a string.")),
        None => return Err(Problem::new(Code::Invalid, "`type` is missing.")),
    };
    let schemas = &*SCHEMAS;
    let schema = match kind.as_str() {
        "message" => &schemas.message,
        "feedback" => &schemas.feedback,
        "stop" => &schemas.stop,
        "resume" => &schemas.resume,
        "handoff" => &schemas.handoff,
        _ => {
            let detail = "`type` has to be one of message, stop, resume, feedback, handoff.";
            return Err(Problem::new(Code::Invalid, detail));
        }
    };
    let rest = Value::Object(members);
    check(&rest, schema)?;
    let Value::Object(mut members) = rest else { unreachable!("it was made an object above") };
    members.insert("type".into(), Value::String(kind));
    convert(Value::Object(members))
}

/// The message's id, where it can be told from a message that could not be read.
#[must_use]
pub fn id_of(text: &str) -> Option<uuid::Uuid> {
    serde_json::from_str::<Value>(text).ok()?.get("id")?.as_str()?.parse().ok()
}

fn parse(body: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Problem::new(Code::Malformed, format!("Not UTF-8 from byte {} on.", error.valid_up_to()))
    })?;
    serde_json::from_str(text).map_err(|error| {
        let detail = format!("Not JSON at line {}, column {}.", error.line(), error.column());
        Problem::new(Code::Malformed, detail)
    })
}

fn read<T: DeserializeOwned>(value: Value, schema: &Validator) -> Result<T, Problem> {
    check(&value, schema)?;
    convert(value)
}

fn convert<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| Problem::new(Code::Invalid, error.to_string()))
}

fn check(value: &Value, schema: &Validator) -> Result<(), Problem> {
    let Err(error) = schema.validate(value) else { return Ok(()) };
    // `masked` keeps what the shopper wrote out of the answer, and so out of whatever logs it.
    let place: String = error.instance_path().to_string().chars().take(PLACE_CHARS_MAX).collect();
    let expected = error.masked().to_string();
    let detail = if place.is_empty() { expected } else { format!("{place}: {expected}") };
    Err(Problem::new(Code::Invalid, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7f0c1c9e-2f5a-4a53-9f0e-2b6f0d6f8a11";

    fn refused(body: &str) -> Problem {
        message(body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_message_is_read() {
        let body = format!(r#"{{"id":"{ID}","text":"返品","page":{{"path":"/series/monster"}}}}"#);
        assert_eq!(message(body.as_bytes()).unwrap().text, "返品");
    }

    #[test]
    fn what_is_no_json_is_malformed_and_names_the_place() {
        let problem = refused(r#"{"id": "#);
        assert_eq!(problem.code, Code::Malformed);
        assert!(problem.detail.contains("line 1"), "{}", problem.detail);
        assert_eq!(message(b"{\"text\":\"\xff\"}").unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn what_breaks_the_schema_is_invalid_and_names_the_field() {
        for (body, field) in [
            (r#"{"text":"hi"}"#.to_owned(), "id"),
            (format!(r#"{{"id":"{ID}"}}"#), "text"),
            (format!(r#"{{"id":"{ID}","text":7}}"#), "/text"),
            (format!(r#"{{"id":"{ID}","text":""}}"#), "/text"),
            (format!(r#"{{"id":"{ID}","text":"  "}}"#), "/text"),
            (format!(r#"{{"id":"{ID}","text":"hi","txet":1}}"#), "txet"),
            (format!(r#"{{"id":"{ID}","text":"{}"}}"#, "あ".repeat(4_001)), "/text"),
            (r#"{"id":"7","text":"hi"}"#.to_owned(), "/id"),
            (format!(r#"{{"id":"{ID}","text":"hi","page":{{"path":"http://x"}}}}"#), "/page/path"),
        ] {
            let problem = refused(&body);
            assert_eq!(problem.code, Code::Invalid, "{body}");
            assert!(problem.detail.contains(field), "{} does not name {field}", problem.detail);
        }
    }

    #[test]
    fn a_fault_does_not_repeat_what_the_shopper_wrote() {
        let body = format!(r#"{{"id":"{ID}","text":["my secret"]}}"#);
        assert!(!refused(&body).detail.contains("secret"));
    }

    #[test]
    fn a_text_of_the_greatest_length_passes() {
        let body = format!(r#"{{"id":"{ID}","text":"{}"}}"#, "あ".repeat(4_000));
        assert!(message(body.as_bytes()).is_ok());
    }

    #[test]
    fn every_client_message_is_read() {
        for text in [
            format!(r#"{{"type":"message","id":"{ID}","text":"hi"}}"#),
            format!(r#"{{"type":"stop","id":"{ID}"}}"#),
            format!(r#"{{"type":"resume","id":"{ID}","after":3}}"#),
            format!(r#"{{"type":"feedback","id":"{ID}","rating":"up","comment":"thanks"}}"#),
            r#"{"type":"handoff"}"#.to_owned(),
        ] {
            assert!(client_message(&text).is_ok(), "{text}: {:?}", client_message(&text));
        }
    }

    #[test]
    fn a_client_message_of_no_known_type_is_invalid() {
        for text in [
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"delete"}"#,
            r#"{"type":"stop"}"#,
            r#"{"type":"handoff","x":1}"#,
        ] {
            assert_eq!(client_message(text).unwrap_err().code, Code::Invalid, "{text}");
        }
    }
}
