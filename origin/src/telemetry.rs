//! Logs: one JSON object a line on standard error, with the request's id on every line of a request. No line holds what a
//! shopper wrote, what was answered, or a credential.

use tracing_subscriber::EnvFilter;

/// Begins to log. `MANGAASSIST_LOG` says what, in the form `level` or `target=level,…`; `info` when it is not set.
pub fn init() {
    let filter =
        EnvFilter::try_from_env("MANGAASSIST_LOG").unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn"));
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
