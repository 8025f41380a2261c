//! The tools that a model may call: their names, what they are for, and the schemas of their arguments.

use serde_json::{Value, json};

use super::arguments::{COUNT_MAX, TEXT_CHARS_MAX};
use crate::admit::Call;
use crate::model::{Matter, ToolSpec};

pub(super) const SEARCH: &str = "search_catalogue";
pub(super) const DETAILS: &str = "series_details";
pub(super) const POLICY: &str = "shop_policy";
pub(super) const ORDERS: &str = "my_orders";

/// What a model may call for an answer about this. Nothing where the records settle the matter already; orders only for a
/// customer who has signed in.
pub(crate) fn offered(matter: &Matter, call: &Call) -> Vec<ToolSpec> {
    if is_settled(matter) {
        return Vec::new();
    }
    let mut tools = vec![search(), details(), policy()];
    if call.customer().is_some() {
        tools.push(my_orders());
    }
    tools
}

/// Small talk, hand-off, sign-in, and what a tool of the pipeline has looked up.
const fn is_settled(matter: &Matter) -> bool {
    match matter {
        Matter::Greeting
        | Matter::Thanks
        | Matter::Handoff { .. }
        | Matter::SignIn { .. }
        | Matter::Orders { .. }
        | Matter::RecentOrders { .. }
        | Matter::Wishlist { .. } => true,
        Matter::Suggestions { .. }
        | Matter::Products { .. }
        | Matter::Author { .. }
        | Matter::Passages { .. }
        | Matter::WhichProduct
        | Matter::NothingFound { .. }
        | Matter::Other => false,
    }
}

fn search() -> ToolSpec {
    ToolSpec {
        name: SEARCH,
        description: "Searches the shop's catalogue for series that fit a description or conditions, or that are like a \
                      title. Gives up to five series with price and stock. Call it when the shopper wants something to \
                      read and the records at hand do not fit.",
        parameters: object(
            &json!({
                "query": text("What is wanted, in English or Japanese: genre, theme, mood, or a title that it should be like."),
                "volumes_min": whole(1, 1_000, "At least so many volumes."),
                "volumes_max": whole(1, 1_000, "At most so many volumes."),
                "price_cents_max": whole(1, 1_000_000, "Highest price of one volume, in US cents."),
                "year_min": whole(1900, 2100, "Began in this year or later."),
                "year_max": whole(1900, 2100, "Began in this year or earlier."),
                "status": {"type": "string", "enum": ["complete", "ongoing"], "description": "Finished or still running."},
                "reader_age": whole(0, 120, "Age of the reader in years: nothing rated for older readers is given."),
                "in_stock": {"type": "boolean", "description": "Only what is in stock."},
                "count": whole(1, COUNT_MAX as u64, "How many series are wanted."),
            }),
            &["query"],
        ),
    }
}

fn details() -> ToolSpec {
    ToolSpec {
        name: DETAILS,
        description: "Gives the record of one series with its price and stock as they are now. Call it when the shopper \
                      asks about a series that is not among the records at hand.",
        parameters: object(
            &json!({"title_or_id": text("The title in English or Japanese, or the id in the series' page address.")}),
            &["title_or_id"],
        ),
    }
}

fn policy() -> ToolSpec {
    ToolSpec {
        name: POLICY,
        description: "Looks up the shop's rules: shipping, returns, payment, pre-orders, accounts, gift cards and the like.",
        parameters: object(
            &json!({"question": text("The question, in the shopper's language.")}),
            &["question"],
        ),
    }
}

fn my_orders() -> ToolSpec {
    ToolSpec {
        name: ORDERS,
        description: "Gives the orders of the customer who is asking: one by its number, or the latest. It knows who is \
                      asking; other customers' orders cannot be seen.",
        parameters: object(
            &json!({"number": {
                "type": "string",
                "maxLength": 16,
                "description": "The order's number, such as MA-10001. Leave it out for the latest orders.",
            }}),
            &[],
        ),
    }
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": TEXT_CHARS_MAX, "description": description})
}

fn whole(min: u64, max: u64, description: &str) -> Value {
    json!({"type": "integer", "minimum": min, "maximum": max, "description": description})
}
