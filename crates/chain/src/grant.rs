//! What a slot allows its filter: least privilege, written down, and checked when the filter is published (imports) and after
//! each call (facts and headers).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The interfaces of package `mangaassist:edge` that can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Import {
    /// Time.
    Clock,
    /// Structured log lines.
    Log,
    /// Counters.
    Metrics,
    /// Random bytes.
    Random,
    /// The slot's JSON settings.
    Settings,
    /// The slot's files.
    Assets,
    /// Token buckets.
    Buckets,
    /// Keys by name.
    Keys,
    /// Small records with a time to live.
    Sessions,
}

impl Import {
    /// Every interface.
    pub const ALL: &[Self] = &[
        Self::Clock,
        Self::Log,
        Self::Metrics,
        Self::Random,
        Self::Settings,
        Self::Assets,
        Self::Buckets,
        Self::Keys,
        Self::Sessions,
    ];

    /// The name of its WIT interface.
    #[must_use]
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Clock => "mangaassist:edge/clock@0.1.0",
            Self::Log => "mangaassist:edge/log@0.1.0",
            Self::Metrics => "mangaassist:edge/metrics@0.1.0",
            Self::Random => "mangaassist:edge/random@0.1.0",
            Self::Settings => "mangaassist:edge/settings@0.1.0",
            Self::Assets => "mangaassist:edge/assets@0.1.0",
            Self::Buckets => "mangaassist:edge/buckets@0.1.0",
            Self::Keys => "mangaassist:edge/keys@0.1.0",
            Self::Sessions => "mangaassist:edge/sessions@0.1.0",
        }
    }

    /// The interface of that WIT name.
    #[must_use]
    pub fn from_interface(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|import| import.interface() == name)
    }
}

/// The kinds of fact that can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Who is asking. For filters that authenticate, alone.
    Principal,
    /// Numbers for later filters and the log.
    Score,
    /// Tags for later filters and the log.
    Tag,
}

/// A set of names: headers, keys or paths. `*` at the end of a name stands for any ending; `"*"` alone is every name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(Vec<String>);

impl Names {
    /// A set of these names.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Whether the name is in the set. Names are compared as they are; those of headers are in lower case.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => pattern == name,
        })
    }

    /// Whether every name is in the set.
    #[must_use]
    pub fn is_every(&self) -> bool {
        self.0.iter().any(|pattern| pattern == "*")
    }

    /// Whether no name is in the set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a slot allows its filter. The default allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grant {
    /// Interfaces that the filter may import. A filter that imports another is not published.
    pub imports: BTreeSet<Import>,
    /// Facts that it may write; others are dropped and counted.
    pub facts: BTreeSet<FactKind>,
    /// Headers of requests and responses that it sees. Fewer is safer, and cheaper: what is not granted is not copied.
    pub read_headers: Names,
    /// Whether it sees request and response bodies.
    pub read_body: bool,
    /// Request headers that it may set or remove.
    pub write_request_headers: Names,
    /// Response headers that it may set, add or remove.
    pub write_response_headers: Names,
    /// Keys that it may make MACs with.
    pub mac_keys: Names,
    /// Keys that it may verify with.
    pub verify_keys: Names,
}

/// Headers that no filter writes, whatever its grant: framing, hop-by-hop (RFC 9110, section 7.6.1) and ours between hosts.
const NEVER_WRITTEN: &[&str] = &[
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "sec-websocket-*",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-mangaassist-*",
];

/// Longest header name that a filter may write, in bytes.
const HEADER_NAME_BYTES_MAX: usize = 64;
/// Longest header value that a filter may write, in bytes.
const HEADER_VALUE_BYTES_MAX: usize = 8 * 1024;

/// Whether a filter may write this header at all: a well-formed one that is not the host's own business.
#[must_use]
pub fn header_is_writable(name: &str, value: &[u8]) -> bool {
    let well_formed = !name.is_empty()
        && name.len() <= HEADER_NAME_BYTES_MAX
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        && value.len() <= HEADER_VALUE_BYTES_MAX
        && !value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    let reserved = NEVER_WRITTEN.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => *pattern == name,
    });
    well_formed && !reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_ending() {
        let names = Names::new(["x-ratelimit-*", "retry-after"]);
        assert!(names.contains("x-ratelimit-limit"));
        assert!(names.contains("retry-after"));
        assert!(!names.contains("retry-after-all"));
        assert!(!names.is_every());
        assert!(Names::new(["*"]).contains("anything"));
    }

    #[test]
    fn nobody_writes_framing_or_internal_headers() {
        for name in [
            "content-length",
            "transfer-encoding",
            "host",
            "x-mangaassist-internal",
            "sec-websocket-accept",
            "connection",
        ] {
            assert!(!header_is_writable(name, b"1"), "{name}");
        }
        assert!(header_is_writable("set-cookie", b"a=b"));
    }

    #[test]
    fn a_header_cannot_carry_another_one() {
        assert!(!header_is_writable("x-a", b"1\r\nset-cookie: evil=1"));
        assert!(!header_is_writable("x-a: 1\r\nx-b", b"1"));
        assert!(!header_is_writable("X-Upper", b"1"));
    }

    #[test]
    fn every_import_is_found_by_its_interface() {
        for import in Import::ALL {
            assert_eq!(Import::from_interface(import.interface()), Some(*import));
        }
        assert_eq!(Import::from_interface("wasi:io/streams@0.2.0"), None);
    }
}
