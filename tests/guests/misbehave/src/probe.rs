//! Calls the imports and says in facts what came of it.

use std::sync::atomic::{AtomicI32, Ordering};

use guest::buckets::Draw;
use guest::types::Fact;
use guest::{buckets, clock, keys, log, metrics, random, sessions};

use crate::bindings::exports::mangaassist::edge::request_filter::Request;
use crate::request::{score, tag};

/// Key of the record that [`visit`] keeps.
const VISITS: &str = "visits";

/// How many calls this instance has seen, this one included.
pub(crate) fn remember() -> Vec<Fact> {
    static CALLS: AtomicI32 = AtomicI32::new(0);
    vec![score("calls", CALLS.fetch_add(1, Ordering::Relaxed) + 1)]
}

/// What it is shown of the request.
pub(crate) fn see(request: &Request) -> Vec<Fact> {
    let body = request.body.as_ref().map_or(-1, |body| count_of(body.len()));
    let mut facts = vec![score("headers", count_of(request.headers.len())), score("body", body)];
    facts.extend(request.headers.iter().map(|header| tag(format!("sees {}", header.name))));
    if let Some(principal) = &request.context.principal {
        facts.push(tag(format!("sees principal {}", principal.subject)));
    }
    facts
}

/// Asks for the time, where a test can hold it.
pub(crate) fn wait(name: &str) -> Vec<Fact> {
    clock::now_ms();
    vec![tag(name)]
}

pub(crate) fn log_flood() -> Vec<Fact> {
    for line in 0..292 {
        log::write(log::Level::Debug, "flood", &[("line".into(), line.to_string())]);
    }
    log::write(log::Level::Debug, "long", &[("line".into(), "a".repeat(5_000))]);
    Vec::new()
}

/// One good name, names that are none, and more names than are kept.
pub(crate) fn count() -> Vec<Fact> {
    metrics::count("shown", 3);
    for name in ["", "Shown", "with space", &"a".repeat(41)] {
        metrics::count(name, 1);
    }
    for n in 0..40 {
        metrics::count(&format!("more_{n}"), 1);
    }
    Vec::new()
}

/// Takes a token from so many buckets of two.
pub(crate) fn take(buckets: usize) -> Vec<Fact> {
    let draws: Vec<Draw> = (0..buckets)
        .map(|n| Draw { key: format!("shopper-{n}"), capacity: 2, refill_per_minute: 1, cost: 1 })
        .collect();
    let outcome = buckets::take(&draws);
    vec![score("granted", i32::from(outcome.granted)), score("levels", count_of(outcome.levels.len()))]
}

/// Uses the keys of the tests, by right and by wrong names.
pub(crate) fn mac() -> Vec<Fact> {
    let mut facts = Vec::new();
    for key in ["mac-1", "verify-1", "other-1"] {
        let mac = keys::mac(key, b"message").map(|mac| mac.len()).map_err(|error| error.name());
        facts.push(tag(format!("mac {key} {mac:?}")));
        let verified = keys::verify(key, "HS256", b"message", &[0; 32]).map_err(|error| error.name());
        facts.push(tag(format!("verify {key} {verified:?}")));
    }
    let forged = keys::verify("verify-1", "RS256", b"message", &[0; 256]).map_err(|error| error.name());
    facts.push(tag(format!("verify verify-1 as RS256 {forged:?}")));
    facts
}

/// Counts visits in a record of its own, and tries one that is too large.
pub(crate) fn visit() -> Vec<Fact> {
    let visits = sessions::get(VISITS).and_then(|value| value.first().copied()).unwrap_or(0) + 1;
    let kept = sessions::set(VISITS, &[visits], 60);
    let too_large = sessions::set("large", &[0; 5_000], 60).map_err(|error| error.name());
    vec![
        score("visits", i32::from(visits)),
        tag(format!("kept {kept:?}")),
        tag(format!("large {too_large:?}")),
    ]
}

pub(crate) fn random() -> Vec<Fact> {
    vec![score("bytes", count_of(random::bytes(1_000).len()))]
}

fn count_of(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
