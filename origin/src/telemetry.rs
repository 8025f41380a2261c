//! Logs: one JSON object a line on standard error, with the request's id on every line of a request. No line holds what a
//! shopper wrote, what was answered, or a credential.

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Libraries that log below `info` what they send and receive: requests, answers, what was signed.
const TALKATIVE: [&str; 3] = ["aws_", "h2", "hyper"];

/// Begins to log. `MANGAASSIST_LOG` says what, in the form `level` or `target=level,…`; `info` when it is not set. Libraries
/// that would log conversations stay at `info` whatever it says.
pub fn init() {
    let filter =
        EnvFilter::try_from_env("MANGAASSIST_LOG").unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn"));
    // A second initialisation, in a process that logs already, changes nothing.
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    let _ = registry().with(filter).with(filter_fn(is_discreet)).with(lines).try_init();
}

fn is_discreet(metadata: &Metadata<'_>) -> bool {
    may_be_logged(metadata.target(), *metadata.level())
}

/// A level is greater the more it tells.
fn may_be_logged(target: &str, level: Level) -> bool {
    level <= Level::INFO || !TALKATIVE.iter().any(|library| target.starts_with(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sdk_sends_and_receives_is_not_logged() {
        assert!(!may_be_logged("aws_smithy_http::event_stream::receiver", Level::TRACE));
        assert!(!may_be_logged("aws_sigv4::http_request::sign", Level::DEBUG));
        assert!(!may_be_logged("hyper::proto::h1::io", Level::TRACE));
    }

    #[test]
    fn what_the_sdk_warns_of_is_logged() {
        assert!(may_be_logged("aws_config::imds", Level::WARN));
        assert!(may_be_logged("aws_config::profile", Level::INFO));
    }

    #[test]
    fn our_own_lines_are_logged_at_every_level() {
        assert!(may_be_logged("origin::model::bedrock::trace", Level::TRACE));
    }
}
