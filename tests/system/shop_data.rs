//! The shop's data: every line by its schema, every reference to something that is there, and enough of everything to talk about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

fn shop() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shop")
}

fn lines(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(shop().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}:{}: {error}", at + 1))
        })
        .collect()
}

fn series() -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(shop().join("series"))
        .expect("the series")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    files.sort();
    files.iter().flat_map(|file| lines(&format!("series/{}", file.to_string_lossy()))).collect()
}

fn ids(records: &[Value], key: &str) -> BTreeSet<String> {
    let ids: BTreeSet<String> = records.iter().map(|record| text(record, key).to_owned()).collect();
    assert_eq!(ids.len(), records.len(), "an {key} is used twice");
    ids
}

fn text<'a>(record: &'a Value, key: &str) -> &'a str {
    record[key].as_str().unwrap_or_else(|| panic!("{record} has no text `{key}`"))
}

fn fits_its_schema(records: &[Value], schema: &str) {
    let path = shop().join("schema").join(schema);
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for record in records {
        let faults: Vec<String> = validator
            .iter_errors(record)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {faults:?}", record["id"]);
    }
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

#[test]
fn there_are_three_hundred_series_and_each_fits_its_schema() {
    let series = series();
    assert!(series.len() >= 300, "{} series", series.len());
    ids(&series, "id");
    fits_its_schema(&series, "series.schema.json");
    for record in &series {
        // Some Japanese titles are written in Latin letters or signs: ×××HOLiC.
        assert!(!text(&record["title"], "ja").is_empty(), "{}", record["id"]);
        assert!(!text(&record["synopsis"], "en").is_empty() && is_japanese(text(&record["synopsis"], "ja")));
    }
}

#[test]
fn every_series_has_one_offer_and_every_offer_a_series() {
    let offers = lines("offers.jsonl");
    fits_its_schema(&offers, "offer.schema.json");
    assert_eq!(ids(&offers, "series"), ids(&series(), "id"));
}

#[test]
fn every_faq_entry_has_an_answer_and_three_phrasings_in_each_language() {
    let entries = lines("faq.jsonl");
    assert!(entries.len() >= 80, "{} entries", entries.len());
    ids(&entries, "id");
    fits_its_schema(&entries, "faq.schema.json");
    let mut seen = BTreeMap::new();
    for entry in &entries {
        let id = text(entry, "id");
        let questions: Vec<&str> =
            entry["questions"].as_array().unwrap().iter().map(|q| q.as_str().unwrap()).collect();
        let japanese = questions.iter().filter(|question| is_japanese(question)).count();
        assert!(
            japanese >= 3 && questions.len() - japanese >= 3,
            "{id}: {japanese} of {} are Japanese",
            questions.len()
        );
        assert!(
            !is_japanese(text(&entry["answer"], "en")) && is_japanese(text(&entry["answer"], "ja")),
            "{id}"
        );
        for question in questions {
            if let Some(other) = seen.insert(question.to_lowercase(), id) {
                panic!("{id} and {other} have the same phrasing: {question}");
            }
        }
    }
}

#[test]
fn every_policy_is_there_in_both_languages_and_every_link_to_one_leads_somewhere() {
    let names = |language: &str| -> BTreeSet<String> {
        let folder = shop().join("policies").join(language);
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    };
    let english = names("en");
    assert!(!english.is_empty());
    assert_eq!(english, names("ja"));
    for entry in lines("faq.jsonl") {
        for link in entry["links"].as_array().into_iter().flatten() {
            if let Some(policy) = text(link, "href").strip_prefix("/policies/") {
                let policy = policy.split('#').next().unwrap_or_default();
                assert!(english.contains(&format!("{policy}.md")), "{}: no policy {policy}", entry["id"]);
            }
        }
    }
}

#[test]
fn orders_belong_to_customers_and_add_up() {
    let (customers, orders) = (lines("customers.jsonl"), lines("orders.jsonl"));
    fits_its_schema(&customers, "customer.schema.json");
    fits_its_schema(&orders, "order.schema.json");
    let (customers, series) = (ids(&customers, "id"), ids(&series(), "id"));
    ids(&orders, "id");
    for order in &orders {
        let id = text(order, "id");
        assert!(customers.contains(text(order, "customer")), "{id}");
        let items = order["items"].as_array().unwrap();
        assert!(items.iter().all(|item| series.contains(text(item, "series"))), "{id}");
        let sum: u64 = items
            .iter()
            .map(|item| item["quantity"].as_u64().unwrap() * item["unit_price_cents"].as_u64().unwrap())
            .sum();
        assert_eq!(
            order["total_cents"].as_u64().unwrap(),
            sum + order["shipping_cents"].as_u64().unwrap(),
            "{id}"
        );
        let last = order["history"].as_array().unwrap().last().unwrap();
        assert_eq!(last["state"], order["state"], "{id}");
    }
}

#[test]
fn there_are_orders_in_every_state() {
    let schema = std::fs::read_to_string(shop().join("schema/order.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let states = schema["properties"]["state"]["enum"].as_array().expect("the schema lists the states");
    let orders = lines("orders.jsonl");
    for state in states {
        assert!(orders.iter().any(|order| order["state"] == *state), "no order is {state}");
    }
}
