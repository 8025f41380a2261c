//! One transaction at a time: what is known of it, and the rules run over it.

mod body;
mod collections;
mod effects;
mod evaluate;
mod expand;
mod filter;
mod guard;
mod head;
mod lasting;
mod private;
mod report;
mod select;
mod store;
mod transaction;
mod variables;
mod views;

pub use transaction::{Transaction, Workspace};
