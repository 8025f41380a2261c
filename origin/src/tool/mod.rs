//! Tools: what is looked up or done for a turn. Some belong to an intent and are run by the pipeline ([`orders`],
//! [`wishlist`], [`hand_off`]); some are offered to a model, which may call them while it writes ([`Toolbox`]).
//!
//! A model decides what is looked up, never for whom: the customer is the verified principal of the call.

mod arguments;
mod offer;
mod own;
mod results;
mod toolbox;

pub(crate) use offer::offered;
pub(crate) use own::{hand_off, orders, wishlist};
pub(crate) use results::{NO_ROOM, result};
pub(crate) use toolbox::{ToolFault, Toolbox};
