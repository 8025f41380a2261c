//! The firewall's engine without a component around it: what the component is measured against.

use host::wit;
use seclang::{Mode, Outcome, RequestHead, RuleSet, Transaction, Workspace};

/// The status that the rules refuse a request with, none when they pass it; and the buffers, for the next one.
pub(crate) fn decide(
    rules: &RuleSet,
    request: &wit::Request,
    workspace: Workspace,
) -> (Option<u16>, Workspace) {
    let headers: Vec<_> = request.headers.iter().map(|h| (h.name.as_str(), h.value.as_slice())).collect();
    let head = RequestHead {
        method: &request.method,
        uri: &request.target,
        protocol: &request.protocol,
        headers: &headers,
        client_address: &request.client.address,
        client_port: request.client.port,
        unique_id: &request.context.request_id,
        ..RequestHead::default()
    };
    let mut transaction = Transaction::with_workspace(rules, Mode::Block, workspace);
    let outcome = match transaction.request_head(&head) {
        Outcome::Pass => transaction.request_body(request.body.as_deref().unwrap_or_default()),
        interrupted @ Outcome::Interrupt(_) => interrupted,
    };
    transaction.log();
    (outcome.interruption().map(|interruption| interruption.status), transaction.into_workspace())
}
