//! The `auth` filter: verifies a bearer token or the session cookie and publishes the principal. On
//! `POST /v1/session/upgrade` it gives a guest who signed in a new session. The decision is `identity::authenticate`.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "auth",
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
use identity::authenticate::{AuthInput, Decision, PathKind, Settings, decide};

static SETTINGS: guest::State<Settings> = guest::State::new();

struct Auth;

impl Guest for Auth {
    fn init() -> Result<(), String> {
        let settings: Settings = guest::read_settings()?;
        settings.validate().map_err(|error| format!("settings.json: {error}"))?;
        SETTINGS.set(settings);
        Ok(())
    }
}

impl RequestFilter for Auth {
    fn on_request(request: Request) -> Verdict {
        let input = AuthInput {
            now_s: guest::now_s(),
            authorization: &guest::values(&request.headers, "authorization"),
            cookie: &guest::values(&request.headers, "cookie"),
            path: PathKind::of(&request.method, guest::path_and_query(&request.target).0),
            secure: request.client.secure,
        };
        match decide(SETTINGS.get(), &input, &guest::HostKeys, &mut guest::random16) {
            Decision::Anonymous => Verdict::Next(guest::unchanged()),
            Decision::Principal { principal, set_cookie } => Verdict::Next(Changes {
                add_response_headers: set_cookie
                    .map(|cookie| guest::header("set-cookie", cookie))
                    .into_iter()
                    .collect(),
                facts: vec![guest::principal_fact(principal)],
                ..guest::unchanged()
            }),
            Decision::Refuse(refusal) => Verdict::Refuse(Refusal {
                status: refusal.status,
                code: refusal.code.into(),
                reason: refusal.reason.into(),
                rule: Some(format!("auth:{}", refusal.cause)),
                retry_after: None,
                headers: refusal
                    .headers
                    .into_iter()
                    .map(|(name, value)| guest::header(name, value))
                    .collect(),
            }),
        }
    }
}

bindings::export!(Auth with_types_in bindings);
