//! The `waf` filter: SecLang rules over requests, chat messages and responses. The engine is `seclang`; the rules are the
//! assets `*.conf`, read in the order of their names and compiled in `init`, never in a request.
//!
//! A response may be judged by another instance than its request, and nothing is kept in between: a transaction of its own begins with
//! what the response says of its request, and with those rules of the request's phases that merely prepare.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "waf",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/clock@0.1.0": guest::clock,
            "mangaassist:edge/log@0.1.0": guest::log,
            "mangaassist:edge/settings@0.1.0": guest::settings,
            "mangaassist:edge/assets@0.1.0": guest::assets,
            "mangaassist:edge/sessions@0.1.0": guest::sessions,
        },
    });
}

mod records;
mod report;

use bindings::Guest;
use bindings::exports::mangaassist::edge::request_filter::{Guest as RequestFilter, Request, Verdict};
use bindings::exports::mangaassist::edge::response_filter::{
    Guest as ResponseFilter, Response, ResponseChanges, ResponseVerdict,
};
use bindings::exports::mangaassist::edge::turn_filter::{
    Guest as TurnFilter, Turn, TurnChanges, TurnVerdict,
};
use std::sync::{Mutex, PoisonError};

use guest::types::{Changes, Fact, Refusal, Score};
use seclang::{
    AnsweredRequest, Interruption, Match, Mode, Outcome, RequestHead, RuleSet, Source, Transaction, Workspace,
};

/// Settings of the filter.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    mode: ModeName,
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeName {
    Detect,
    Block,
}

struct Waf {
    rules: RuleSet,
    mode: Mode,
    /// Whether a rule may open a collection. Without one nothing is asked of the host.
    opens_collections: bool,
}

static WAF: guest::State<Waf> = guest::State::new();
/// The buffers of the last call, so that the next one allocates nothing. They say nothing of what was in them.
static WORKSPACE: Mutex<Option<Workspace>> = Mutex::new(None);

struct Filter;

impl Guest for Filter {
    fn init() -> Result<(), String> {
        let settings: Settings = guest::read_settings()?;
        let names = guest::assets::names();
        let files = guest::texts_of(seclang::rule_files(names.iter().map(String::as_str)))?;
        if files.is_empty() {
            return Err("no asset ends in .conf: there are no rules".into());
        }
        let data = guest::text_assets(".data")?;
        let sources: Vec<Source<'_>> = files.iter().map(|(name, text)| Source { name, text }).collect();
        let rules = RuleSet::compile(&sources, &data)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        let mode = match settings.mode {
            ModeName::Detect => Mode::Detect,
            ModeName::Block => Mode::Block,
        };
        let opens_collections = rules.opens_collections();
        WAF.set(Waf { rules, mode, opens_collections });
        Ok(())
    }
}

impl RequestFilter for Filter {
    fn on_request(request: Request) -> Verdict {
        let mut transaction = begin();
        let headers = borrowed(&request.headers);
        let head = RequestHead {
            method: &request.method,
            uri: &request.target,
            protocol: &request.protocol,
            headers: &headers,
            client_address: &request.client.address,
            client_port: request.client.port,
            unique_id: &request.context.request_id,
            ..RequestHead::default()
        };
        let outcome = match transaction.request_head(&head) {
            Outcome::Pass => transaction.request_body(request.body.as_deref().unwrap_or_default()),
            interrupted @ Outcome::Interrupt(_) => interrupted,
        };
        match finish(transaction, &outcome) {
            Ok(score) => Verdict::Next(Changes { facts: score.into_iter().collect(), ..guest::unchanged() }),
            Err(refusal) => Verdict::Refuse(refusal),
        }
    }
}

impl TurnFilter for Filter {
    fn on_turn(turn: Turn) -> TurnVerdict {
        let mut transaction = begin();
        // A message is natural language: it goes into a collection of its own, which rules for form fields do not look at.
        let outcome = transaction.chat_message(&turn.text);
        match finish(transaction, &outcome) {
            Ok(score) => TurnVerdict::Next(TurnChanges {
                add_response_headers: Vec::new(),
                facts: score.into_iter().collect(),
            }),
            Err(refusal) => TurnVerdict::Refuse(refusal),
        }
    }
}

impl ResponseFilter for Filter {
    fn on_response(response: Response) -> ResponseVerdict {
        // Nobody but the log is told of a response's score.
        match judge_response(&response) {
            Ok(_) => {
                ResponseVerdict::Next(ResponseChanges { set_headers: Vec::new(), remove_headers: Vec::new() })
            }
            Err(refusal) => ResponseVerdict::Refuse(refusal),
        }
    }
}

fn judge_response(response: &Response) -> Result<Option<Fact>, Refusal> {
    if !WAF.get().rules.judges_responses() {
        return Ok(None);
    }
    let mut transaction = begin();
    transaction.answered_request(&AnsweredRequest {
        method: &response.method,
        path: &response.target,
        unique_id: &response.context.request_id,
    });
    let outcome =
        match (transaction.response_head(response.status, &borrowed(&response.headers)), &response.body) {
            (Outcome::Pass, Some(body)) => transaction.response_body(body),
            // What is streamed is judged by its head.
            (decided, _) => decided,
        };
    finish(transaction, &outcome)
}

fn borrowed(headers: &[guest::types::Header]) -> Vec<(&str, &[u8])> {
    headers.iter().map(|header| (header.name.as_str(), header.value.as_slice())).collect()
}

/// A transaction in the buffers of the last one.
fn begin() -> Transaction<'static> {
    let waf = WAF.get();
    let workspace = WORKSPACE.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    let transaction =
        Transaction::with_workspace(&waf.rules, waf.mode, workspace).keeping_private(report::is_private);
    if waf.opens_collections { transaction.with_records(Box::new(records::HostRecords)) } else { transaction }
}

/// Runs the logging phase, reports the matches, and turns the outcome into the score or a refusal.
fn finish(mut transaction: Transaction<'static>, outcome: &Outcome) -> Result<Option<Fact>, Refusal> {
    transaction.log();
    let matches = transaction.matches();
    report::write(matches, transaction.matches_dropped());
    let verdict = match outcome {
        Outcome::Interrupt(interruption) => Err(refusal(interruption)),
        Outcome::Pass => Ok(matches.last().map(score)),
    };
    *WORKSPACE.lock().unwrap_or_else(PoisonError::into_inner) = Some(transaction.into_workspace());
    verdict
}

fn score(last: &Match) -> Fact {
    Fact::Score(Score { name: "waf".into(), value: i32::try_from(last.score).unwrap_or(i32::MAX) })
}

fn refusal(interruption: &Interruption) -> Refusal {
    Refusal {
        status: interruption.status,
        code: "blocked".into(),
        reason: "A security rule refused this. If you meant no harm, write it differently or contact us."
            .into(),
        rule: Some(format!("waf:{}", interruption.rule_id)),
        retry_after: None,
        headers: Vec::new(),
    }
}

bindings::export!(Filter with_types_in bindings);
