//! The `rate-limit` filter: token buckets by principal and by address, for requests and for turns. What is taken, and what the
//! client is told, is `limits::policy`; the tokens are the host's.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "rate-limit",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/buckets@0.1.0": guest::buckets,
            "mangaassist:edge/settings@0.1.0": guest::settings,
        },
    });
}

use bindings::Guest;
use bindings::exports::mangaassist::edge::request_filter::{Guest as RequestFilter, Request, Verdict};
use bindings::exports::mangaassist::edge::turn_filter::{
    Guest as TurnFilter, Turn, TurnChanges, TurnVerdict,
};
use guest::buckets;
use guest::types::{Changes, Context, Header, Principal, Refusal, Tier};
use limits::policy::{Caller, Decision, OwnedTake, Settings, decide, on_request, on_turn};

/// The host's tag on a turn that was paid for before: the same message again, after a failure of ours.
const RETRY_TAG: &str = "retry";

static SETTINGS: guest::State<Settings> = guest::State::new();

struct RateLimit;

impl Guest for RateLimit {
    fn init() -> Result<(), String> {
        let settings = Settings::from_json(&guest::settings::json())
            .map_err(|error| format!("settings.json: {error}"))?;
        SETTINGS.set(settings);
        Ok(())
    }
}

impl RequestFilter for RateLimit {
    fn on_request(request: Request) -> Verdict {
        let takes = on_request(SETTINGS.get(), &request.client.address, caller(&request.context));
        let decision = take(&takes);
        let headers = headers(&decision);
        match refusal(&decision, "rate-limit:requests", headers) {
            Ok(refusal) => Verdict::Refuse(refusal),
            Err(headers) => Verdict::Next(Changes { add_response_headers: headers, ..guest::unchanged() }),
        }
    }
}

impl TurnFilter for RateLimit {
    fn on_turn(turn: Turn) -> TurnVerdict {
        let mut takes = on_turn(SETTINGS.get(), &turn.client.address, caller(&turn.context));
        if turn.context.tags.iter().any(|tag| tag == RETRY_TAG) {
            takes.iter_mut().for_each(|take| take.cost = 0);
        }
        let decision = take(&takes);
        let headers = headers(&decision);
        match refusal(&decision, "rate-limit:turns", headers) {
            Ok(refusal) => TurnVerdict::Refuse(refusal),
            Err(headers) => {
                TurnVerdict::Next(TurnChanges { add_response_headers: headers, facts: Vec::new() })
            }
        }
    }
}

fn caller(context: &Context) -> Caller<'_> {
    match &context.principal {
        None => Caller::Anonymous,
        Some(Principal { tier, subject, scopes, .. }) => {
            let tier = match tier {
                Tier::Guest => "guest",
                Tier::Customer => "customer",
                Tier::Developer => "developer",
            };
            Caller::of(tier, subject, scopes)
        }
    }
}

fn take(takes: &[OwnedTake]) -> Decision {
    let draws: Vec<buckets::Draw> = takes
        .iter()
        .map(|take| buckets::Draw {
            key: take.key.clone(),
            capacity: take.bucket.capacity,
            refill_per_minute: take.bucket.refill_per_minute,
            cost: take.cost,
        })
        .collect();
    let outcome = buckets::take(&draws);
    let levels = outcome
        .levels
        .iter()
        .map(|level| limits::Level {
            granted: level.sufficient,
            remaining: level.remaining,
            reset_ms: level.full_in_ms,
            retry_after_ms: level.retry_in_ms,
        })
        .collect();
    decide(takes, &limits::Outcome { granted: outcome.granted, levels })
}

fn headers(decision: &Decision) -> Vec<Header> {
    decision
        .headers
        .iter()
        .map(|(name, value)| guest::header(name.to_ascii_lowercase(), value.as_str()))
        .collect()
}

/// The refusal, or the headers back when it is none.
fn refusal(decision: &Decision, rule: &str, headers: Vec<Header>) -> Result<Refusal, Vec<Header>> {
    if decision.allowed {
        return Err(headers);
    }
    let wait = decision.retry_after_s.unwrap_or(1);
    Ok(Refusal {
        status: 429,
        code: "rate_limited".into(),
        reason: format!("That was a lot at once. Try again in {wait} s."),
        rule: Some(rule.into()),
        retry_after: Some(wait),
        headers,
    })
}

bindings::export!(RateLimit with_types_in bindings);
