//! The edge's log: one JSON object a line, read on a thread of its own so that the edge never waits to be read.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::capture::{Line, TARGET};

/// Lines that wait to be read; then the edge waits. A request has a few hundred at most.
const LINES_WAITING_MAX: usize = 16 * 1024;
/// How long the edge may take to compile its rules and listen.
const START_MAX: Duration = Duration::from_secs(600);
/// How long after its response the line that closes a request may come.
const CLOSING_MAX: Duration = Duration::from_secs(15);

/// Where the edge listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses {
    /// For everyone.
    pub(super) http: SocketAddr,
    /// Health and metrics.
    pub(super) admin: SocketAddr,
}

impl Addresses {
    /// Of an edge that does not listen yet.
    pub(super) fn nowhere() -> Self {
        let nowhere = ([127, 0, 0, 1], 0).into();
        Self { http: nowhere, admin: nowhere }
    }
}

/// Lines of an edge's log.
pub(super) struct Log(Receiver<Value>);

impl Log {
    /// Reads what a process says.
    pub(super) fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(LINES_WAITING_MAX);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    // Whoever waits for lines may be gone; the edge must still be read to its end.
                    Ok(value) => drop(sender.send(value)),
                    Err(_) => eprintln!("{line}"),
                }
            }
        });
        Self(receiver)
    }

    /// Waits until the edge listens.
    pub(super) fn until_listening(&mut self) -> anyhow::Result<Addresses> {
        let deadline = Instant::now() + START_MAX;
        loop {
            let line = self.next(deadline).context("the edge did not come to listen")?;
            if line["message"] == "listening" {
                let address = |name: &str| -> anyhow::Result<SocketAddr> {
                    Ok(line[name].as_str().context("no address")?.parse()?)
                };
                return Ok(Addresses { http: address("http")?, admin: address("admin")? });
            }
        }
    }

    /// What filters logged for a request, whose response has come. Lines of others, which nobody has asked for, are dropped.
    ///
    /// # Errors
    /// The line that closes the request does not come.
    pub(super) fn of_request(&mut self, request_id: &str) -> anyhow::Result<Vec<Line>> {
        let deadline = Instant::now() + CLOSING_MAX;
        let mut lines = Vec::new();
        loop {
            let line = self.next(deadline).context("the edge's log does not close the request")?;
            if line["message"] == "filter call failed" {
                eprintln!("{line}");
            }
            if line["request_id"] != request_id {
                continue;
            }
            if line["message"] == "request" {
                return Ok(lines);
            }
            if line["target"] == TARGET {
                lines.push(filter_line(&line));
            }
        }
    }

    fn next(&mut self, deadline: Instant) -> anyhow::Result<Value> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.0.recv_timeout(left) {
            Ok(line) => Ok(line),
            Err(error) => bail!("{error}"),
        }
    }
}

fn filter_line(line: &Value) -> Line {
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let fields = text("fields");
    Line {
        request_id: text("request_id"),
        event: text("event"),
        fields: serde_json::from_str(&fields).unwrap_or(Value::String(fields)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LOG: &str = r#"{"level":"INFO","target":"mangaassist_edge","message":"listening","http":"127.0.0.1:7","admin":"127.0.0.1:8"}
{"level":"WARN","target":"filter","slot":"waf","request_id":"r-0","event":"rule-matched","fields":"{\"rule\":\"1\"}"}
no JSON
{"level":"WARN","target":"filter","slot":"waf","request_id":"r-1","event":"rule-matched","fields":"{\"rule\":\"2\"}"}
{"level":"INFO","message":"request","request_id":"r-0","status":200}
{"level":"WARN","target":"elsewhere","request_id":"r-1","event":"rule-matched","fields":"{\"rule\":\"3\"}"}
{"level":"INFO","message":"request","request_id":"r-1","status":200}
{"level":"WARN","target":"filter","request_id":"r-1","event":"rule-matched","fields":"{\"rule\":\"4\"}"}
"#;

    #[test]
    fn the_lines_of_a_request_end_with_the_one_that_closes_it() {
        let mut log = Log::of(LOG.as_bytes());
        let addresses = log.until_listening().expect("addresses");
        assert_eq!((addresses.http.port(), addresses.admin.port()), (7, 8));
        let lines = log.of_request("r-1").expect("lines");
        let fields: Vec<&Value> = lines.iter().map(|line| &line.fields).collect();
        assert_eq!(fields, [&json!({ "rule": "2" })]);
    }

    #[test]
    fn a_log_that_ends_closes_no_request() {
        let mut log = Log::of(LOG.as_bytes());
        assert!(log.of_request("r-2").is_err());
        assert!(Log::of(&b""[..]).until_listening().is_err());
    }
}
