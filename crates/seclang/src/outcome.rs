//! What the engine is told about a request, and what it answers.

/// Whether a match may interrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rules match and are reported, nothing is interrupted.
    Detect,
    /// A disruptive action interrupts.
    Block,
}

/// The head of a request, as it came: nothing decoded, nothing normalised.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestHead<'a> {
    /// `GET`.
    pub method: &'a str,
    /// The request target: raw path and query.
    pub uri: &'a str,
    /// `HTTP/1.1`.
    pub protocol: &'a str,
    /// Names and values in the order they came, a repeated header once per occurrence.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// `REMOTE_ADDR`.
    pub client_address: &'a str,
    /// `REMOTE_PORT`.
    pub client_port: u16,
    /// `SERVER_ADDR`.
    pub server_address: &'a str,
    /// `SERVER_PORT`.
    pub server_port: u16,
    /// `UNIQUE_ID`: the request id that logs show.
    pub unique_id: &'a str,
}

/// What is known of a request when the response to it is judged by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnsweredRequest<'a> {
    /// `GET`.
    pub method: &'a str,
    /// The path of the request target as it came, without the query. `REQUEST_URI` is the path alone, then.
    pub path: &'a str,
    /// `UNIQUE_ID`: the request id that logs show.
    pub unique_id: &'a str,
}

/// What a phase decided.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an interruption that is not acted on lets an attack through"]
pub enum Outcome {
    /// Go on.
    Pass,
    /// Refuse.
    Interrupt(Interruption),
}

impl Outcome {
    /// The interruption, if it is one.
    #[must_use]
    pub fn interruption(&self) -> Option<&Interruption> {
        match self {
            Outcome::Pass => None,
            Outcome::Interrupt(interruption) => Some(interruption),
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// The status of the answer.
    pub status: u16,
    /// The rule whose disruptive action it was.
    pub rule_id: u64,
    /// That rule's message, for the log.
    pub reason: String,
    /// Where `redirect` sends the client.
    pub location: Option<String>,
}

/// The severities of the rule language, most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Severity {
    /// 0
    Emergency,
    /// 1
    Alert,
    /// 2
    Critical,
    /// 3
    Error,
    /// 4
    Warning,
    /// 5
    Notice,
    /// 6
    Info,
    /// 7
    Debug,
}

impl Severity {
    const ALL: [(Severity, &'static str); 8] = [
        (Severity::Emergency, "EMERGENCY"),
        (Severity::Alert, "ALERT"),
        (Severity::Critical, "CRITICAL"),
        (Severity::Error, "ERROR"),
        (Severity::Warning, "WARNING"),
        (Severity::Notice, "NOTICE"),
        (Severity::Info, "INFO"),
        (Severity::Debug, "DEBUG"),
    ];

    /// The name rules use, in upper case.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// A name in any case, or its number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Severity> {
        Self::ALL
            .iter()
            .enumerate()
            .find(|(number, (_, name))| name.eq_ignore_ascii_case(text) || number.to_string() == text)
            .map(|(_, (severity, _))| *severity)
    }
}

/// One rule that matched: what the security log shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// `id`.
    pub rule_id: u64,
    /// The phase it ran in, 1 to 5.
    pub phase: u8,
    /// `msg`, expanded.
    pub message: String,
    /// `logdata`, expanded; empty when the rule has none.
    pub log_data: String,
    /// `tag`, each.
    pub tags: Vec<String>,
    /// `severity`.
    pub severity: Option<Severity>,
    /// The variable that matched, such as `ARGS:q`.
    pub variable: String,
    /// What the operator saw (after transformation), bounded by [`crate::limits::MATCHED_BYTES_MAX`].
    pub matched: Vec<u8>,
    /// Whether `log_data` and `matched` may hold what [`crate::Transaction::keeping_private`] calls private: a value of such a variable
    /// matched, in any link, or is quoted. In `message` and `tags` there is `…` then in place of what is quoted.
    pub is_private: bool,
    /// The anomaly score after this match: inbound and outbound, all paranoia levels.
    pub score: i64,
    /// Whether its disruptive action ended the transaction (or would have, in [`Mode::Detect`]).
    pub disruptive: bool,
}
