//! The engine itself as a target, with the reflecting backend behind it.

use seclang::{Mode, RequestHead, RuleSet, Transaction};

use crate::backend::{self, Answer};
use crate::http::Request;
use crate::log_line;
use crate::run::{Outcome, Target};

/// The engine without a host.
#[derive(Debug)]
pub struct Native<'r> {
    rules: &'r RuleSet,
    mode: Mode,
}

impl<'r> Native<'r> {
    /// Judges by these rules.
    #[must_use]
    pub fn new(rules: &'r RuleSet, mode: Mode) -> Native<'r> {
        Native { rules, mode }
    }
}

impl Target for Native<'_> {
    fn exchange(&mut self, raw: &[u8]) -> Outcome {
        let request = match Request::parse(raw) {
            Ok(request) => request,
            Err(refusal) => {
                return Outcome { status: Some(refusal.status), refused: true, ..Outcome::default() };
            }
        };
        let mut transaction = Transaction::new(self.rules, self.mode);
        let answer = judged(&mut transaction, &request);
        transaction.log();
        outcome(&transaction, &answer)
    }
}

/// All phases but the last; what the client is answered.
fn judged(transaction: &mut Transaction<'_>, request: &Request) -> Answer {
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let head = RequestHead {
        method: &request.method,
        uri: &request.target,
        protocol: &request.version,
        headers: &headers,
        client_address: "127.0.0.1",
        client_port: 50_000,
        server_address: "127.0.0.1",
        server_port: 80,
        unique_id: "test",
    };
    let refused = |status| Answer { status, headers: Vec::new(), body: Vec::new() };
    if let Some(refusal) = transaction.request_head(&head).interruption() {
        return refused(refusal.status);
    }
    if !request.is_complete {
        // The rest of the body never comes: a server gives up after it has judged the head.
        return refused(408);
    }
    if let Some(refusal) = transaction.request_body(&request.body).interruption() {
        return refused(refusal.status);
    }
    let answer = backend::answer(request);
    let headers: Vec<(&str, &[u8])> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    if let Some(refusal) = transaction.response_head(answer.status, &headers).interruption() {
        return refused(refusal.status);
    }
    if let Some(refusal) = transaction.response_body(&answer.body).interruption() {
        return refused(refusal.status);
    }
    answer
}

fn outcome(transaction: &Transaction<'_>, answer: &Answer) -> Outcome {
    let matches = transaction.matches();
    let mut log = String::new();
    for found in matches {
        log.push_str(&log_line(found));
        log.push('\n');
    }
    let mut rule_ids: Vec<u64> = matches.iter().map(|found| found.rule_id).collect();
    rule_ids.sort_unstable();
    rule_ids.dedup();
    let location = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    Outcome {
        status: Some(answer.status),
        refused: false,
        rule_ids,
        log,
        response: String::from_utf8_lossy(&answer.body).into_owned(),
        location: location.map(|(_, to)| to.clone()),
    }
}
