//! The origin as its callers meet it: the real service, in-process, on free ports, with a small shop of its own.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bad_input;
mod budgets;
mod check;
mod documents;
mod generate;
mod harness;
mod ids;
mod lifecycle;
mod memory;
mod models;
mod orders;
mod routing;
mod turns;
