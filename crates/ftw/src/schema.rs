//! What a test file says, and the older spellings of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

/// A test file as written.
#[derive(Debug, Deserialize)]
pub(crate) struct File {
    #[serde(default)]
    pub(crate) meta: Option<Meta>,
    #[serde(default)]
    pub(crate) rule_id: Option<u64>,
    pub(crate) tests: Vec<WrittenTest>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Meta {
    #[serde(default)]
    pub(crate) enabled: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WrittenTest {
    #[serde(default)]
    pub(crate) test_id: Option<u64>,
    /// Before there was `test_id`: `920100-1`.
    #[serde(default)]
    pub(crate) test_title: Option<String>,
    #[serde(default)]
    pub(crate) enabled: Option<bool>,
    pub(crate) stages: Vec<WrittenStage>,
}

/// A stage, which older files wrap in a member `stage`. (An untagged enum would take a header's `1` for a number.)
#[derive(Debug, Deserialize)]
pub(crate) struct WrittenStage {
    #[serde(default)]
    pub(crate) stage: Option<Stage>,
    #[serde(default)]
    pub(crate) input: Option<Input>,
    #[serde(default)]
    pub(crate) output: Option<Expected>,
}

/// One test: its stages in order.
#[derive(Debug, Clone)]
pub struct Test {
    /// `920100-4`: the rule it is about, and its number.
    pub id: String,
    /// The file it stands in, below the folder that was loaded.
    pub file: String,
    /// Whether its file switches it off.
    pub enabled: bool,
    /// What is sent, and what is expected of each.
    pub stages: Vec<Stage>,
}

/// One request, or the same one to several targets, and what is expected.
#[derive(Debug, Clone, Deserialize)]
pub struct Stage {
    /// What is sent.
    pub input: Input,
    /// What is expected.
    pub output: Expected,
}

/// What is sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Input {
    /// Where it is sent; a [`crate::Target`] that has its own address ignores this.
    #[serde(default)]
    pub dest_addr: Option<String>,
    /// The port it is sent to; ignored likewise.
    #[serde(default)]
    pub port: Option<u16>,
    /// `http` or `https`; ignored likewise.
    #[serde(default)]
    pub protocol: Option<String>,
    /// `GET` unless said otherwise.
    #[serde(default)]
    pub method: Option<String>,
    /// `/` unless said otherwise.
    #[serde(default)]
    pub uri: Option<String>,
    /// The same request to each of these, instead of `uri`.
    #[serde(default)]
    pub uris: Vec<String>,
    /// `HTTP/1.1` unless said otherwise.
    #[serde(default)]
    pub version: Option<String>,
    /// A map, which is sent in the order of its names, or a list, which is sent as it is.
    #[serde(default, deserialize_with = "headers")]
    pub headers: Vec<Header>,
    /// The body, in which templates such as `{{ "a" | repeat 9 }}` are filled in.
    #[serde(default)]
    pub data: Option<String>,
    /// The body in base64.
    #[serde(default)]
    pub encoded_data: Option<String>,
    /// The whole request in base64, instead of everything above.
    #[serde(default)]
    pub encoded_request: Option<String>,
    /// Whether missing `Content-Type`, `Content-Length` and `Connection` are added. They are unless said otherwise.
    #[serde(default)]
    pub autocomplete_headers: Option<bool>,
    /// The older, opposite spelling of `autocomplete_headers`.
    #[serde(default)]
    pub stop_magic: Option<bool>,
    /// Whether the request goes where the stage before was sent on to.
    #[serde(default)]
    pub follow_redirect: Option<bool>,
}

/// A header line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Header {
    /// As it is sent.
    pub name: String,
    /// As it is sent.
    #[serde(default)]
    pub value: String,
}

/// What is expected.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Expected {
    /// The answer's status is one of these; none is no expectation.
    #[serde(default, deserialize_with = "one_or_many")]
    pub status: Vec<u16>,
    /// A regex over the whole answer.
    #[serde(default)]
    pub response_contains: Option<String>,
    /// The older spelling of `log.match_regex`.
    #[serde(default)]
    pub log_contains: Option<String>,
    /// The older spelling of `log.no_match_regex`.
    #[serde(default)]
    pub no_log_contains: Option<String>,
    /// What the log must and must not hold.
    #[serde(default)]
    pub log: LogExpectation,
    /// Whether there must be no answer.
    #[serde(default)]
    pub expect_error: Option<bool>,
    /// Whether a failure is given a second try.
    #[serde(default)]
    pub retry_once: Option<bool>,
    /// Whether the expected rule must be the only one.
    #[serde(default)]
    pub isolated: bool,
}

/// What the log must and must not hold.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct LogExpectation {
    /// Rules that must be in it.
    #[serde(default)]
    pub expect_ids: Vec<u64>,
    /// Rules that must not.
    #[serde(default)]
    pub no_expect_ids: Vec<u64>,
    /// A regex that one of its lines must match.
    #[serde(default)]
    pub match_regex: Option<String>,
    /// A regex that none of its lines may match.
    #[serde(default)]
    pub no_match_regex: Option<String>,
}

/// Headers as a map (sorted by name, as go-ftw sends them) or as a list of names and values.
fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Header>, D::Error> {
    struct Headers;
    impl<'de> Visitor<'de> for Headers {
        type Value = Vec<Header>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("headers: a map, or a list of `name` and `value`")
        }

        fn visit_unit<E>(self) -> Result<Vec<Header>, E> {
            Ok(Vec::new())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Header>, A::Error> {
            let mut sorted = BTreeMap::new();
            while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                sorted.insert(name, value.unwrap_or_default());
            }
            Ok(sorted.into_iter().map(|(name, value)| Header { name, value }).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Header>, A::Error> {
            let mut list = Vec::new();
            while let Some(header) = seq.next_element()? {
                list.push(header);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_any(Headers)
}

/// `403`, or `[403, 400]` as older files have it.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u16>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Status {
        One(u16),
        Many(Vec<u16>),
    }
    Ok(match Status::deserialize(deserializer)? {
        Status::One(0) => Vec::new(),
        Status::One(status) => vec![status],
        Status::Many(statuses) => statuses,
    })
}
