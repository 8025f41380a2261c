//! The arguments of a tool call, read strictly: what a model writes is nobody's word. An error is a sentence that tells the
//! model what to write instead.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::model::TOOL_ARGUMENTS_BYTES_MAX;
use crate::shop::{Age, Status};
use crate::understand::Bounds;

/// Longest text in an argument, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 300;
/// Most series that a search gives.
pub(super) const COUNT_MAX: usize = 5;
/// Most and fewest digits of an order number.
const ORDER_DIGITS: std::ops::RangeInclusive<usize> = 4..=10;
/// Longest error, in characters: it may quote what the model wrote.
const ERROR_CHARS_MAX: usize = 300;

/// Arguments of `search_catalogue`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    pub(super) query: String,
    volumes_min: Option<u16>,
    volumes_max: Option<u16>,
    price_cents_max: Option<u32>,
    year_min: Option<u16>,
    year_max: Option<u16>,
    status: Option<WantedStatus>,
    reader_age: Option<u32>,
    in_stock: Option<bool>,
    count: Option<usize>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WantedStatus {
    Complete,
    Ongoing,
}

/// Arguments of `series_details`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Details {
    pub(super) title_or_id: String,
}

/// Arguments of `shop_policy`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) question: String,
}

/// Arguments of `my_orders`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MyOrders {
    number: Option<String>,
}

/// Reads arguments; none at all are an empty object.
fn read<T: DeserializeOwned>(arguments: &str) -> Result<T, String> {
    if arguments.len() > TOOL_ARGUMENTS_BYTES_MAX {
        return Err(format!("The arguments are longer than {TOOL_ARGUMENTS_BYTES_MAX} bytes."));
    }
    let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
    if !arguments.trim_start().starts_with('{') {
        return Err("The arguments are not a JSON object.".into());
    }
    serde_json::from_str(arguments).map_err(|error| {
        let error: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
        format!("The arguments do not fit the schema: {error}.")
    })
}

fn check_text(name: &str, text: &str) -> Result<(), String> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        Err(format!("`{name}` is empty."))
    } else if chars > TEXT_CHARS_MAX {
        Err(format!("`{name}` has {chars} characters; at most {TEXT_CHARS_MAX} are taken."))
    } else {
        Ok(())
    }
}

impl Search {
    pub(super) fn read(arguments: &str) -> Result<Self, String> {
        let search: Self = read(arguments)?;
        check_text("query", &search.query)?;
        if let Some(count) = search.count.filter(|count| !(1..=COUNT_MAX).contains(count)) {
            return Err(format!("`count` is {count}; it has to be from 1 to {COUNT_MAX}."));
        }
        let upside_down =
            |min: Option<u16>, max: Option<u16>| min.zip(max).is_some_and(|(min, max)| min > max);
        if upside_down(search.volumes_min, search.volumes_max) {
            return Err("`volumes_min` is greater than `volumes_max`.".into());
        }
        if upside_down(search.year_min, search.year_max) {
            return Err("`year_min` is greater than `year_max`.".into());
        }
        Ok(search)
    }

    /// The conditions among the arguments.
    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            volumes_min: self.volumes_min,
            volumes_max: self.volumes_max,
            price_max_cents: self.price_cents_max,
            year_min: self.year_min,
            year_max: self.year_max,
            age_max: self.reader_age.map(Age::for_reader),
            status: self.status.map(|status| match status {
                WantedStatus::Complete => Status::Complete,
                WantedStatus::Ongoing => Status::Ongoing,
            }),
            in_stock: self.in_stock.unwrap_or(false),
            count: self.count,
            ..Bounds::default()
        }
    }
}

impl Details {
    pub(super) fn read(arguments: &str) -> Result<Self, String> {
        let details: Self = read(arguments)?;
        check_text("title_or_id", &details.title_or_id)?;
        Ok(details)
    }
}

impl Policy {
    pub(super) fn read(arguments: &str) -> Result<Self, String> {
        let policy: Self = read(arguments)?;
        check_text("question", &policy.question)?;
        Ok(policy)
    }
}

impl MyOrders {
    /// The order's number as the shop writes it; none for the latest orders.
    pub(super) fn read(arguments: &str) -> Result<Option<String>, String> {
        let orders: Self = read(arguments)?;
        let Some(number) = orders.number else { return Ok(None) };
        let upper = number.trim().to_ascii_uppercase();
        let digits = upper.strip_prefix("MA-").or(upper.strip_prefix("MA")).unwrap_or(&upper);
        if !ORDER_DIGITS.contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("`number` is no order number: write it like MA-10001, or leave it out.".into());
        }
        Ok(Some(format!("MA-{digits}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_fit_are_read() {
        let search =
            Search::read(r#"{"query": "horror", "volumes_max": 10, "status": "complete", "reader_age": 14}"#)
                .unwrap();
        let bounds = search.bounds();
        assert_eq!((bounds.volumes_max, bounds.status), (Some(10), Some(Status::Complete)));
        assert_eq!((bounds.age_max, bounds.in_stock), (Some(Age::Teen), false));
        assert_eq!(MyOrders::read(r#"{"number": "ma-10001"}"#), Ok(Some("MA-10001".into())));
        assert_eq!(MyOrders::read(r#"{"number": "10001"}"#), Ok(Some("MA-10001".into())));
        assert_eq!(MyOrders::read(""), Ok(None));
        assert_eq!(MyOrders::read(r#"{"number": null}"#), Ok(None));
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        let long = format!(r#"{{"query": "{}"}}"#, "恐".repeat(TEXT_CHARS_MAX + 1));
        for (arguments, says) in [
            (r#"{"query": "a", "sort": "price"}"#, "unknown field `sort`"),
            (r#"{"query": 5}"#, "invalid type: integer `5`, expected a string"),
            ("{}", "missing field `query`"),
            (r#"{"query": "  "}"#, "`query` is empty"),
            (&long, "`query` has 301 characters"),
            (r#"{"query": "a", "count": 50}"#, "`count` is 50"),
            (r#"{"query": "a", "status": "dropped"}"#, "unknown variant `dropped`"),
            (r#"{"query": "a", "volumes_min": 9, "volumes_max": 3}"#, "greater than `volumes_max`"),
            (r#"{"query": "a", "volumes_max": -1}"#, "invalid value"),
            (r#"{"query": "a", "query": "b"}"#, "duplicate field `query`"),
            (r#"{"query": "a"#, "do not fit the schema"),
            (r#"["a"]"#, "not a JSON object"),
            ("horror manga", "not a JSON object"),
        ] {
            let error = Search::read(arguments).unwrap_err();
            assert!(error.contains(says), "{arguments}: {error}");
            assert!(error.ends_with('.') && error.chars().count() < 400, "{error}");
        }
        let huge = format!(r#"{{"query": "{}"}}"#, "a".repeat(TOOL_ARGUMENTS_BYTES_MAX));
        assert!(Search::read(&huge).unwrap_err().contains("longer than"));
    }

    #[test]
    fn nothing_but_a_number_names_an_order() {
        for number in ["MA-10001' OR 1=1", "MA-", "1", "all", "C2", "MA-123456789012"] {
            let arguments = serde_json::json!({ "number": number }).to_string();
            assert!(MyOrders::read(&arguments).unwrap_err().contains("MA-10001"), "{number}");
        }
        assert!(MyOrders::read(r#"{"customer": "C2"}"#).unwrap_err().contains("unknown field `customer`"));
    }
}
