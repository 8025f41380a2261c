use super::*;
use crate::{BucketStore, InProcessBuckets, Level, NEVER_MS, Outcome};

const GUEST: Caller<'static> = Caller::Guest { subject: "guest:a" };
const CUSTOMER: Caller<'static> = Caller::Customer { subject: "yuki" };

/// A filter in front of one store, asked one thing after another.
struct Filter {
    settings: Settings,
    store: InProcessBuckets,
}

impl Filter {
    fn new() -> Self {
        Self { settings: Settings::default(), store: InProcessBuckets::new(10_000) }
    }

    fn answer(&self, now_ms: u64, takes: &[OwnedTake]) -> Decision {
        let borrowed: Vec<_> = takes.iter().map(OwnedTake::as_take).collect();
        decide(takes, &self.store.take_all(now_ms, &borrowed))
    }

    fn turn(&self, now_ms: u64, address: &str, caller: Caller<'_>) -> Decision {
        self.answer(now_ms, &on_turn(&self.settings, address, caller))
    }

    fn request(&self, now_ms: u64, address: &str, caller: Caller<'_>) -> Decision {
        self.answer(now_ms, &on_request(&self.settings, address, caller))
    }
}

fn header<'d>(decision: &'d Decision, name: &str) -> Option<&'d str> {
    decision.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn headers(decision: &Decision) -> Vec<(&str, &str)> {
    decision.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn a_guest_has_ten_turns_a_minute_and_is_told_so() {
    let filter = Filter::new();
    let first = filter.turn(0, "192.0.2.1", GUEST);
    assert!(first.allowed);
    assert_eq!(
        headers(&first),
        [("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "9"), ("X-RateLimit-Reset", "6")]
    );
    assert!((1..10).all(|_| filter.turn(0, "192.0.2.1", GUEST).allowed));
    let refused = filter.turn(0, "192.0.2.1", GUEST);
    assert!(!refused.allowed);
    assert_eq!(
        headers(&refused),
        [
            ("X-RateLimit-Limit", "10"),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", "60"),
            ("Retry-After", "6")
        ]
    );
    assert!(filter.turn(6_000, "192.0.2.1", GUEST).allowed, "Retry-After was too short");
}

#[test]
fn a_customer_has_thirty_turns_and_one_more_every_two_seconds() {
    let filter = Filter::new();
    assert!((0..30).all(|_| filter.turn(0, "192.0.2.1", CUSTOMER).allowed));
    assert_eq!(filter.turn(0, "192.0.2.1", CUSTOMER).retry_after_s, Some(2));
    assert!(filter.turn(2_000, "192.0.2.1", CUSTOMER).allowed);
}

#[test]
fn new_guest_sessions_do_not_get_round_the_limit_of_their_address() {
    let filter = Filter::new();
    let allowed = (0..100)
        .filter(|n| {
            let subject = format!("guest:{n}");
            filter.turn(0, "192.0.2.1", Caller::Guest { subject: &subject }).allowed
        })
        .count();
    assert_eq!(allowed, 60);
    assert!(filter.turn(0, "192.0.2.1", CUSTOMER).allowed, "a customer pays for guests");
    assert!(filter.turn(0, "192.0.2.2", GUEST).allowed, "another address pays too");
}

#[test]
fn a_guest_who_is_refused_does_not_use_up_the_address() {
    let filter = Filter::new();
    assert_eq!((0..1_000).filter(|_| filter.turn(0, "192.0.2.1", GUEST).allowed).count(), 10);
    let next = filter.turn(0, "192.0.2.1", Caller::Guest { subject: "guest:b" });
    assert_eq!(header(&next, "X-RateLimit-Remaining"), Some("9"));
}

#[test]
fn the_tightest_bucket_is_the_one_that_is_told() {
    let filter = Filter::new();
    for n in 0..55 {
        filter.turn(0, "192.0.2.1", Caller::Guest { subject: &format!("guest:{n}") });
    }
    let decision = filter.turn(0, "192.0.2.1", GUEST);
    assert_eq!(header(&decision, "X-RateLimit-Limit"), Some("60"));
    assert_eq!(header(&decision, "X-RateLimit-Remaining"), Some("4"));
}

#[test]
fn an_address_has_five_hundred_requests_a_minute_whoever_asks() {
    let filter = Filter::new();
    let callers = [Caller::Anonymous, GUEST, CUSTOMER, Caller::Developer { subject: "app", plan: None }];
    let allowed =
        callers.iter().cycle().take(600).filter(|who| filter.request(0, "2001:db8::1", **who).allowed);
    assert_eq!(allowed.count(), 500);
    assert!(!filter.request(0, "2001:db8::2", CUSTOMER).allowed, "the same /64 is the same address");
    assert!(filter.request(0, "2001:db8:0:1::1", CUSTOMER).allowed);
}

#[test]
fn a_developer_gets_what_the_plan_says() {
    let mut filter = Filter::new();
    let gold = Plan { turns: Bucket::new(300, 300), requests: Some(Bucket::new(1_000, 1_000)) };
    filter.settings.plans.insert("gold".to_owned(), gold);
    let scopes = ["chat".to_owned(), "plan:gold".to_owned()];
    let caller = Caller::of("developer", "app", &scopes);
    assert_eq!(caller, Caller::Developer { subject: "app", plan: Some("gold") });
    assert_eq!((0..500).filter(|_| filter.turn(0, "192.0.2.1", caller).allowed).count(), 300);
    assert_eq!((0..2_000).filter(|_| filter.request(0, "192.0.2.1", caller).allowed).count(), 1_000);
    let unknown = Caller::Developer { subject: "other", plan: Some("platinum") };
    assert_eq!((0..500).filter(|_| filter.turn(0, "192.0.2.1", unknown).allowed).count(), 30);
}

#[test]
fn a_tier_that_is_not_known_gets_what_a_guest_gets() {
    assert_eq!(Caller::of("admin", "x", &[]), Caller::Guest { subject: "x" });
    assert_eq!(Caller::of("customer", "x", &["plan:gold".to_owned()]), Caller::Customer { subject: "x" });
}

#[test]
fn no_subject_reaches_the_bucket_of_another_kind() {
    let settings = Settings::default();
    // What an attacker might call themselves, were they free to.
    let subjects = ["v4:192.0.2.1", "../customer/yuki", "/customer/yuki", "unknown", "", "yuki"];
    let mut keys = std::collections::BTreeSet::new();
    let mut count = 0;
    for subject in subjects {
        let callers = [
            Caller::Guest { subject },
            Caller::Customer { subject },
            Caller::Developer { subject, plan: None },
        ];
        for caller in callers {
            keys.insert(on_turn(&settings, "192.0.2.1", caller)[0].key.clone());
            count += 1;
        }
    }
    keys.extend(on_turn(&settings, "192.0.2.1", Caller::Anonymous).into_iter().map(|take| take.key));
    keys.extend(on_request(&settings, "192.0.2.1", Caller::Anonymous).into_iter().map(|take| take.key));
    assert_eq!(keys.len(), count + 3, "two kinds of bucket share a name: {keys:?}");
}

#[test]
fn a_wait_without_end_is_told_as_a_day_and_one_without_length_as_a_second() {
    let takes = [OwnedTake::one("k".to_owned(), Bucket::new(1, 0))];
    let refused = |retry_after_ms| {
        let level = Level { granted: false, remaining: 0, reset_ms: NEVER_MS, retry_after_ms };
        decide(&takes, &Outcome { granted: false, levels: vec![level] })
    };
    assert_eq!(refused(NEVER_MS).retry_after_s, Some(86_400));
    assert_eq!(header(&refused(NEVER_MS), "X-RateLimit-Reset"), Some("86400"));
    assert_eq!(refused(0).retry_after_s, Some(1));
    assert_eq!(refused(1_001).retry_after_s, Some(2));
}

#[test]
fn the_wait_is_that_of_the_bucket_that_takes_longest() {
    let takes = ["a", "b"].map(|key| OwnedTake::one(key.to_owned(), Bucket::new(1, 1)));
    let level = |retry_after_ms| Level { granted: false, remaining: 0, reset_ms: 1, retry_after_ms };
    let outcome = Outcome { granted: false, levels: vec![level(3_000), level(9_000)] };
    assert_eq!(decide(&takes, &outcome).retry_after_s, Some(9));
}

#[test]
fn taking_nothing_is_allowed_and_says_nothing() {
    let decision = decide(&[], &Outcome { granted: true, levels: Vec::new() });
    assert_eq!(decision, Decision { allowed: true, headers: Vec::new(), retry_after_s: None });
}

#[test]
fn settings_are_the_published_limits_unless_they_say_otherwise() {
    let settings = Settings::from_json("{}").unwrap();
    assert_eq!(settings, Settings::default());
    let written = serde_json::to_string(&settings).unwrap();
    assert_eq!(Settings::from_json(&written), Ok(settings));
    let changed = Settings::from_json(r#"{"guest":{"capacity":5,"refill_per_minute":6}}"#).unwrap();
    assert_eq!((changed.guest, changed.customer), (Bucket::new(5, 6), Settings::default().customer));
}

#[test]
fn a_setting_that_cannot_be_is_named() {
    for (json, key) in [
        (r#"{"guest":{"capacity":0,"refill_per_minute":1}}"#, "guest.capacity"),
        (r#"{"customer":{"capacity":1,"refill_per_minute":0}}"#, "customer.refill_per_minute"),
        (
            r#"{"plans":{"gold":{"turns":{"capacity":10000001,"refill_per_minute":1}}}}"#,
            "plans.gold.turns.capacity",
        ),
        (
            r#"{"default_plan":{"turns":{"capacity":1,"refill_per_minute":1},"requests":{"capacity":0,"refill_per_minute":1}}}"#,
            "default_plan.requests.capacity",
        ),
        (r#"{"guest":{"capacity":-1,"refill_per_minute":1}}"#, "guest"),
        (r#"{"guest":{"capacity":1}}"#, "guest"),
        (r#"{"customer":{"capacity":1,"refill_per_minute":1,"burst":2}}"#, "customer"),
        (r#"{"guests":{}}"#, "guests"),
        ("[]", "settings"),
        ("", "settings"),
        (r#"{"guest":"#, "settings"),
    ] {
        let error = Settings::from_json(json).unwrap_err();
        assert_eq!(error.key, key, "{json}: {error}");
        assert!(error.to_string().len() > key.len() + 4, "{error} gives no reason");
    }
}
