//! Logs: one JSON object a line on standard error, with the request's id on every line of a request. No line holds what a
//! shopper wrote, what was answered, or a credential.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

/// Libraries that log below `info` what they send and receive: requests, answers, what was signed.
const TALKATIVE: [&str; 3] = ["aws_", "h2", "hyper"];

/// Begins to log. `MANGAASSIST_LOG` says what, in the form `level` or `target=level,…`; `info` when it is not set. The
/// libraries that would log conversations stay at `info`.
pub fn init() {
    let filter =
        EnvFilter::try_from_env("MANGAASSIST_LOG").unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn"));
    let filter = discreet(filter);
    // A second initialisation, in a process that logs already, changes nothing.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .try_init();
}

/// The filter with an end to what would show below `info`.
fn discreet(filter: EnvFilter) -> EnvFilter {
    if filter.max_level_hint().is_some_and(|most| most <= LevelFilter::INFO) {
        return filter;
    }
    let at_info = |target: &&str| format!("{target}=info").parse::<Directive>().ok();
    TALKATIVE.iter().filter_map(at_info).fold(filter, EnvFilter::add_directive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_log_conversations_stay_at_info() {
        for said in ["trace", "aws_smithy_http=trace", "info,hyper=debug"] {
            let filter = discreet(EnvFilter::new(said)).to_string();
            for target in TALKATIVE {
                assert!(filter.contains(&format!("{target}=info")), "{said}: {filter}");
            }
        }
    }

    #[test]
    fn a_quieter_log_stays_quiet() {
        assert_eq!(discreet(EnvFilter::new("error")).to_string(), "error");
    }
}
