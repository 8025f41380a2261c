//! Logs: one JSON object a line, on standard error. No message text and no credential is ever passed to a log call.

use tracing_subscriber::EnvFilter;

/// Starts logging. `filter` is a `tracing` directive such as `info` or `info,filter=debug`.
///
/// # Errors
/// The directive cannot be read, or logging has been started before.
pub fn start(filter: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Pingora reports every broken client connection as an error; here that is a client's business.
    let filter = EnvFilter::builder().parse(format!("{filter},pingora_core=off,pingora_proxy=off"))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
}
