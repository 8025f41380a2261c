//! What each route does, once a request has passed the chain.

pub mod calls;
pub mod files;
pub mod messages;
pub mod session;
