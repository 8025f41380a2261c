//! A filter that does nothing but take what it is handed. The benchmark of the filters tells by it what a call costs before any logic, and
//! what a header costs that is handed over.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        inline: r#"
            package bench:idle;
            world idle {
                export init: func() -> result<_, string>;
                export mangaassist:edge/request-filter@0.1.0;
            }
        "#,
        path: "../../../wit",
        world: "bench:idle/idle",
        with: { "mangaassist:edge/types@0.1.0": guest::types },
    });
}

use bindings::exports::mangaassist::edge::request_filter::{Guest as RequestFilter, Request, Verdict};

struct Idle;

impl bindings::Guest for Idle {
    fn init() -> Result<(), String> {
        Ok(())
    }
}

impl RequestFilter for Idle {
    fn on_request(request: Request) -> Verdict {
        std::hint::black_box(&request);
        Verdict::Next(guest::unchanged())
    }
}

bindings::export!(Idle with_types_in bindings);
