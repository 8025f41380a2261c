//! A filter that asks for more than a careful slot gives: it takes tokens and makes MACs.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        inline: r#"
            package test:ungranted;
            world ungranted {
                import mangaassist:edge/buckets@0.1.0;
                import mangaassist:edge/keys@0.1.0;
                export init: func() -> result<_, string>;
                export mangaassist:edge/request-filter@0.1.0;
            }
        "#,
        path: "../../../wit",
        world: "test:ungranted/ungranted",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/buckets@0.1.0": guest::buckets,
            "mangaassist:edge/keys@0.1.0": guest::keys,
        },
    });
}

use bindings::exports::mangaassist::edge::request_filter::{Guest as RequestFilter, Request, Verdict};

struct Ungranted;

impl bindings::Guest for Ungranted {
    fn init() -> Result<(), String> {
        Ok(())
    }
}

impl RequestFilter for Ungranted {
    fn on_request(request: Request) -> Verdict {
        let draw = guest::buckets::Draw { key: request.target, capacity: 1, refill_per_minute: 1, cost: 1 };
        let granted = guest::buckets::take(&[draw]).granted;
        let signed = guest::keys::mac("session-1", request.method.as_bytes()).is_ok();
        let fact = guest::types::Fact::Tag(format!("granted {granted}, signed {signed}"));
        Verdict::Next(guest::types::Changes { facts: vec![fact], ..guest::unchanged() })
    }
}

bindings::export!(Ungranted with_types_in bindings);
