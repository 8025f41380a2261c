//! The component host: what a filter cannot do, and what becomes of what it does. No proxy: slots and chains, called directly.

pub(crate) mod artifacts;
mod contributing;
mod counting;
mod failures;
mod grants;
mod imports;
mod in_flight;
mod phases;
mod publication;
mod reuse;
pub(crate) mod rig;
mod shop_filters;
mod state;
mod turns;
mod waf_state;
mod watching;
