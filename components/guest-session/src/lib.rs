//! The `guest-session` filter: mints a signed session on `POST /v1/chat/init`, and does nothing anywhere else. The decision is
//! `identity::guest`.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "guest-session",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/clock@0.1.0": guest::clock,
            "mangaassist:edge/keys@0.1.0": guest::keys,
            "mangaassist:edge/random@0.1.0": guest::random,
            "mangaassist:edge/settings@0.1.0": guest::settings,
        },
    });
}

use bindings::Guest;
use bindings::exports::mangaassist::edge::request_filter::{Guest as RequestFilter, Request, Verdict};
use guest::types::{Changes, Refusal};
use identity::authenticate::{PathKind, SessionSettings};
use identity::guest::{GuestInput, decide, fresh};

/// Settings of the filter.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    session: SessionSettings,
}

static SETTINGS: guest::State<SessionSettings> = guest::State::new();

struct GuestSession;

impl Guest for GuestSession {
    fn init() -> Result<(), String> {
        let Settings { session } = guest::read_settings()?;
        session.validate("session").map_err(|error| format!("settings.json: {error}"))?;
        SETTINGS.set(session);
        Ok(())
    }
}

impl RequestFilter for GuestSession {
    fn on_request(request: Request) -> Verdict {
        let (path, query) = guest::path_and_query(&request.target);
        let path = PathKind::of(&request.method, path);
        if path != PathKind::Init {
            return Verdict::Next(guest::unchanged());
        }
        let principal = request.context.principal.as_ref().map(guest::principal);
        let input = GuestInput {
            now_s: guest::now_s(),
            principal: principal.as_ref(),
            path,
            fresh: fresh(query),
            bearer: request.headers.iter().any(|header| header.name == "authorization"),
            secure: request.client.secure,
        };
        match decide(SETTINGS.get(), &input, &guest::HostKeys, &mut guest::random16) {
            Ok(None) => Verdict::Next(guest::unchanged()),
            Ok(Some(session)) => Verdict::Next(Changes {
                add_response_headers: vec![guest::header("set-cookie", session.set_cookie)],
                facts: vec![guest::principal_fact(session.principal)],
                ..guest::unchanged()
            }),
            Err(error) => Verdict::Refuse(Refusal {
                status: 503,
                code: "unavailable".into(),
                reason: "No session could be started. Try again in a moment.".into(),
                rule: Some(format!("guest-session:{error}")),
                retry_after: Some(5),
                headers: Vec::new(),
            }),
        }
    }
}

bindings::export!(GuestSession with_types_in bindings);
