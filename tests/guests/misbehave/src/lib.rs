//! The filter of the tests: its settings say how it (mis)behaves in each phase. One component, so that a test publishes what it
//! needs by settings alone.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        inline: r#"
            package test:misbehave;
            world misbehave {
                import mangaassist:edge/clock@0.1.0;
                import mangaassist:edge/log@0.1.0;
                import mangaassist:edge/metrics@0.1.0;
                import mangaassist:edge/random@0.1.0;
                import mangaassist:edge/settings@0.1.0;
                import mangaassist:edge/assets@0.1.0;
                import mangaassist:edge/buckets@0.1.0;
                import mangaassist:edge/keys@0.1.0;
                import mangaassist:edge/sessions@0.1.0;
                export init: func() -> result<_, string>;
                export mangaassist:edge/request-filter@0.1.0;
                export mangaassist:edge/turn-filter@0.1.0;
                export mangaassist:edge/response-filter@0.1.0;
                export mangaassist:edge/event-filter@0.1.0;
            }
        "#,
        path: "../../../wit",
        world: "test:misbehave/misbehave",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/clock@0.1.0": guest::clock,
            "mangaassist:edge/log@0.1.0": guest::log,
            "mangaassist:edge/metrics@0.1.0": guest::metrics,
            "mangaassist:edge/random@0.1.0": guest::random,
            "mangaassist:edge/settings@0.1.0": guest::settings,
            "mangaassist:edge/assets@0.1.0": guest::assets,
            "mangaassist:edge/buckets@0.1.0": guest::buckets,
            "mangaassist:edge/keys@0.1.0": guest::keys,
            "mangaassist:edge/sessions@0.1.0": guest::sessions,
        },
    });
}

mod abuse;
mod behaviour;
mod event;
mod probe;
mod request;
mod response;
mod turn;

use behaviour::{OnInit, Settings};
use bindings::Guest;
use bindings::exports::mangaassist::edge::{event_filter, request_filter, response_filter, turn_filter};

static SETTINGS: guest::State<Settings> = guest::State::new();

struct Misbehave;

impl Guest for Misbehave {
    fn init() -> Result<(), String> {
        let settings: Settings = guest::read_settings()?;
        match settings.init {
            OnInit::Accept => {}
            OnInit::Trap => abuse::trap(),
            OnInit::Refuse => return Err(format!("`{}` is not what this filter wants", settings.name)),
            OnInit::Allocate => abuse::allocate(),
            OnInit::Loop => abuse::run_forever(),
            OnInit::Count => guest::metrics::count("init", 1),
        }
        SETTINGS.set(settings);
        Ok(())
    }
}

impl request_filter::Guest for Misbehave {
    fn on_request(request: request_filter::Request) -> request_filter::Verdict {
        request::verdict(SETTINGS.get(), &request)
    }
}

impl turn_filter::Guest for Misbehave {
    fn on_turn(turn: turn_filter::Turn) -> turn_filter::TurnVerdict {
        turn::verdict(SETTINGS.get(), &turn)
    }
}

impl response_filter::Guest for Misbehave {
    fn on_response(response: response_filter::Response) -> response_filter::ResponseVerdict {
        response::verdict(SETTINGS.get(), &response)
    }
}

impl event_filter::Guest for Misbehave {
    fn on_event(event: event_filter::Outgoing) -> event_filter::EventVerdict {
        event::verdict(SETTINGS.get(), &event)
    }
}

bindings::export!(Misbehave with_types_in bindings);
