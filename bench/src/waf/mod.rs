//! `bench waf`: what the Core Rule Set costs as a component in the edge, beside nginx with libmodsecurity3: the same rules, the same
//! requests, blocking, at paranoia level 1. And the component beside its engine run natively, its memory, and its worst inputs.

#[path = "../../../crates/seclang/tests/support/worst.rs"]
mod bodies;
mod component;
mod nginx;
mod requests;
mod rules;
mod servers;

use serde_json::{Value, json};

use rules::CoreRuleSet;

pub(crate) async fn run() -> anyhow::Result<Value> {
    nginx::check()?;
    let rules = CoreRuleSet::find()?;
    let mut figures = json!({});
    servers::compare(&rules, &mut figures).await?;
    component::measure(&rules, &mut figures)?;
    Ok(figures)
}
