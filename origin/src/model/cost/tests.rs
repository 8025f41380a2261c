//! The ledger on a clock that a test sets.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::config::Section;

const HOUR_MS: u64 = 3_600_000;
/// 21 November 2026, 23:00 UTC.
const LATE_MS: u64 = 1_795_219_200_000 + 23 * HOUR_MS;

const PRICES: &str = r#"
    [[price]]
    model = "large"
    from = "2026-01-01"
    currency = "USD"
    input = 3
    output = 15
    [[price]]
    model = "large"
    from = "2026-11-22"
    currency = "USD"
    input = 6
    output = 30
    [[price]]
    model = "local"
    from = "2026-01-01"
    currency = "USD"
    input = 0
    output = 0
"#;

impl Ledger {
    /// Whether anything is left of the budgets.
    fn allows(&self, owner: &str, model_id: &str) -> bool {
        self.allows_up_to(WHOLE, owner, model_id)
    }
}

struct TestClock(AtomicU64);

impl TestClock {
    fn set(at_ms: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(at_ms)))
    }

    fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

fn budgets(text: &str) -> Budgets {
    Budgets::read(&mut Section::new("budgets".into(), text.parse().unwrap())).unwrap()
}

fn ledger(text: &str, clock: &Arc<TestClock>) -> Ledger {
    Ledger::new(Prices::from_toml(PRICES).unwrap(), budgets(text), Arc::<TestClock>::clone(clock)).unwrap()
}

fn kept(text: &str, clock: &Arc<TestClock>, file: &Path) -> Ledger {
    let place = Place::File(file.to_owned());
    ledger(text, clock).kept_in(&place, 16, Duration::from_secs(5)).unwrap()
}

fn tokens(input: u32, output: u32) -> Tokens {
    Tokens { input, output, ..Tokens::default() }
}

fn micros(cost: Option<Cost>) -> Option<u64> {
    cost.map(|cost| cost.micros)
}

#[test]
fn an_answer_costs_what_the_table_says_today() {
    let clock = TestClock::set(LATE_MS);
    let ledger = ledger("", &clock);
    let cost = ledger.charge("c", "eu.large", tokens(1_000, 100));
    assert_eq!(cost, Some(Cost { micros: 4_500, currency: "USD".into() }));
    clock.advance(HOUR_MS);
    assert_eq!(micros(ledger.charge("c", "large", tokens(1_000, 100))), Some(9_000));
}

#[test]
fn a_local_model_costs_nothing_and_an_unknown_one_nobody_knows_what() {
    let ledger = ledger("", &TestClock::set(LATE_MS));
    assert_eq!(micros(ledger.charge("c", "local", tokens(9, 9))), Some(0));
    assert_eq!(ledger.charge("c", "unknown", tokens(9, 9)), None);
}

#[test]
fn nobody_is_bounded_where_there_is_no_budget() {
    let ledger = Ledger::default();
    ledger.charge("c", "large", tokens(u32::MAX, u32::MAX));
    assert!(ledger.allows("c", "large"));
}

#[test]
fn a_budget_is_used_up_at_its_last_token() {
    let ledger = ledger("customer.tokens = 1_000", &TestClock::set(LATE_MS));
    ledger.charge("c", "large", Tokens { input: 400, output: 300, cache_read: 200, cache_write: 99 });
    assert!(ledger.allows("c", "large"));
    ledger.charge("c", "large", tokens(0, 1));
    assert!(!ledger.allows("c", "large"));
    assert!(ledger.allows("someone else", "large"));
}

#[test]
fn a_budget_is_used_up_at_its_last_millionth() {
    let ledger = ledger("currency = \"USD\"\ncustomer.money = \"0.004501\"", &TestClock::set(LATE_MS));
    ledger.charge("c", "large", tokens(1_000, 100));
    assert!(ledger.allows("c", "large"));
    ledger.charge("c", "local", tokens(1_000_000, 0));
    assert!(ledger.allows("c", "large"), "what costs nothing takes no money");
    ledger.charge("c", "large", tokens(1, 0));
    assert!(!ledger.allows("c", "large"));
}

#[test]
fn a_model_that_costs_nothing_may_be_asked_when_the_money_is_used_up() {
    let text =
        "currency = \"USD\"\ncustomer = { money = \"0.000001\", tokens = 100 }\nservice.money = \"0.000001\"";
    let ledger = ledger(text, &TestClock::set(LATE_MS));
    ledger.charge("c", "large", tokens(10, 0));
    assert!(
        !ledger.allows("c", "large") && !ledger.allows("c", "unknown"),
        "nobody knows that it costs nothing"
    );
    assert!(ledger.allows("c", "local"));
    ledger.charge("c", "local", tokens(90, 0));
    assert!(!ledger.allows("c", "local"), "its tokens count");
}

#[test]
fn the_tokens_of_a_model_without_a_price_count() {
    let ledger = ledger("customer.tokens = 10", &TestClock::set(LATE_MS));
    ledger.charge("c", "unknown", tokens(10, 0));
    assert!(!ledger.allows("c", "large"));
}

#[test]
fn guests_and_customers_have_budgets_of_their_own() {
    let ledger = ledger("guest.tokens = 10\ncustomer.tokens = 100", &TestClock::set(LATE_MS));
    for owner in ["guest:s1", "c"] {
        ledger.charge(owner, "large", tokens(10, 0));
    }
    assert!(!ledger.allows("guest:s1", "large"));
    assert!(ledger.allows("guest:s2", "large"));
    assert!(ledger.allows("c", "large"));
}

#[test]
fn a_budget_of_nothing_allows_nothing() {
    let ledger = ledger("guest.tokens = 0", &TestClock::set(LATE_MS));
    assert!(!ledger.allows("guest:s1", "large"));
    assert!(ledger.allows("c", "large"));
}

#[test]
fn the_services_budget_stops_everyone() {
    let ledger = ledger("service.tokens = 100\ncustomer.tokens = 90", &TestClock::set(LATE_MS));
    ledger.charge("a", "large", tokens(60, 0));
    assert!(ledger.allows("a", "large") && ledger.allows("b", "large"));
    ledger.charge("b", "large", tokens(40, 0));
    assert!(!ledger.allows("a", "large") && !ledger.allows("guest:new", "large"));
}

#[test]
fn a_budget_begins_anew_at_midnight_utc() {
    let clock = TestClock::set(LATE_MS);
    let ledger = ledger("customer.tokens = 10\nservice.tokens = 10", &clock);
    ledger.charge("c", "large", tokens(10, 0));
    clock.advance(HOUR_MS - 1);
    assert!(!ledger.allows("c", "large"));
    clock.advance(1);
    assert!(ledger.allows("c", "large"));
}

#[test]
fn a_model_may_have_a_part_of_the_budgets() {
    let text = "currency = \"USD\"\ncustomer.tokens = 1_000\nservice.money = \"0.01\"";
    let ledger = ledger(text, &TestClock::set(LATE_MS));
    let may = |model| ledger.allows_up_to(80, "c", model);
    ledger.charge("c", "local", tokens(799, 0));
    assert!(may("large"));
    ledger.charge("c", "local", tokens(1, 0));
    assert!(!may("large") && !may("local"), "its tokens count alike");
    assert!(ledger.allows("c", "large") && ledger.allows_up_to(80, "d", "large"), "the rest is for others");
    ledger.charge("d", "large", tokens(0, 600));
    assert!(!ledger.allows_up_to(90, "d", "large") && ledger.allows_up_to(91, "d", "large"), "money as well");
}

#[test]
fn a_budget_in_money_wants_a_price_of_every_model_that_is_asked() {
    let clock = TestClock::set(LATE_MS);
    let models = [("big", "eu.large"), ("own", "local")];
    let money = ledger("currency = \"USD\"\nservice.money = 50", &clock);
    money.check_priced(models).unwrap();
    let error = money.check_priced(models.into_iter().chain([("new", "unknown")])).unwrap_err();
    assert_eq!(error.key, "models.new.model");
    assert!(error.reason.contains("budgets.service.money"), "{error}");
    ledger("service.tokens = 50", &clock).check_priced([("new", "unknown")]).unwrap();
    let early = TestClock::set(1_000);
    let early = ledger("currency = \"USD\"\nservice.money = 50", &early);
    assert!(early.check_priced(models).is_err(), "a price that has not begun is none");
}

#[test]
fn what_is_beyond_all_counting_uses_a_budget_up_and_stays_so() {
    let budget = "customer = { tokens = 1_000_000_000_000, money = 100_000_000 }\ncurrency = \"USD\"";
    let ledger = ledger(budget, &TestClock::set(LATE_MS));
    let all = Tokens { input: u32::MAX, output: u32::MAX, cache_read: u32::MAX, cache_write: u32::MAX };
    for _ in 0..100 {
        ledger.charge("c", "large", all);
    }
    assert!(!ledger.allows("c", "large"));
}

#[test]
fn a_budget_in_another_currency_than_the_prices_is_refused() {
    let prices = Prices::from_toml(PRICES).unwrap();
    let budgets = budgets("currency = \"EUR\"\nservice.money = 1");
    let error = Ledger::new(prices, budgets, TestClock::set(LATE_MS)).err().unwrap();
    assert_eq!(error.key, "budgets.currency");
}

#[tokio::test]
async fn what_was_spent_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (TestClock::set(LATE_MS), folder.path().join("ledger.sqlite"));
    let text = "customer.tokens = 10\nservice.tokens = 30";
    let before = kept(text, &clock, &file);
    for owner in ["a", "b"] {
        before.charge(owner, "large", tokens(10, 0));
    }
    before.write().await.unwrap();
    drop(before);
    let after = kept(text, &clock, &file);
    assert!(!after.allows("a", "large") && !after.allows("b", "large") && after.allows("c", "large"));
    after.charge("c", "large", tokens(10, 0));
    assert!(!after.allows("d", "large"), "the service's budget goes on as well");
}

#[tokio::test]
async fn what_was_spent_yesterday_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (TestClock::set(LATE_MS), folder.path().join("ledger.sqlite"));
    let text = "customer.tokens = 10\nservice.tokens = 30";
    let ledger = kept(text, &clock, &file);
    ledger.charge("a", "large", tokens(10, 0));
    ledger.write().await.unwrap();
    clock.advance(HOUR_MS);
    ledger.charge("b", "large", tokens(10, 0));
    ledger.write().await.unwrap();
    ledger.purge(ledger.today()).await.unwrap();
    let owners = ledger.store.as_ref().unwrap().run(|connection| {
        connection.query_row(
            "SELECT group_concat(owner) || (SELECT COUNT(*) FROM service) FROM principals",
            [],
            |row| row.get::<_, String>(0),
        )
    });
    assert_eq!(owners.await.unwrap(), "b1");
}

#[tokio::test]
async fn an_account_that_memory_forgot_takes_nothing_back_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (TestClock::set(LATE_MS), folder.path().join("ledger.sqlite"));
    let text = "customer.tokens = 10\nprincipals_max = 1";
    let ledger = kept(text, &clock, &file);
    for (owner, count) in [("a", 10), ("b", 11), ("a", 1)] {
        ledger.charge(owner, "large", tokens(count, 0));
        ledger.write().await.unwrap();
    }
    drop(ledger);
    let after = kept("customer.tokens = 10\nprincipals_max = 2", &clock, &file);
    assert!(!after.allows("a", "large") && !after.allows("b", "large"));
}

#[tokio::test]
async fn what_could_not_be_written_is_written_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (TestClock::set(LATE_MS), folder.path().join("ledger.sqlite"));
    let ledger = kept("customer.tokens = 10", &clock, &file);
    ledger.charge("a", "large", tokens(10, 0));
    let rename = |from: &'static str, to: &'static str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        ledger.store.as_ref().unwrap().run(move |connection| connection.execute_batch(&sql))
    };
    rename("principals", "elsewhere").await.unwrap();
    assert!(ledger.write().await.is_err());
    rename("elsewhere", "principals").await.unwrap();
    ledger.write().await.unwrap();
    drop(ledger);
    assert!(!kept("customer.tokens = 10", &clock, &file).allows("a", "large"));
}

#[tokio::test]
async fn what_is_spent_is_written_behind_the_turns() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, file) = (TestClock::set(LATE_MS), folder.path().join("ledger.sqlite"));
    let ledger = Arc::new(kept("customer.tokens = 10", &clock, &file));
    ledger.charge("a", "large", tokens(10, 0));
    let keeping = tokio::spawn(keep(Arc::clone(&ledger)));
    let count = || {
        ledger.store.as_ref().unwrap().run(|connection| {
            connection.query_row("SELECT COUNT(*) FROM principals", [], |row| row.get::<_, i64>(0))
        })
    };
    let written = async {
        while count().await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), written).await.unwrap();
    keeping.abort();
}
