//! A host for the Spin application, as far as that needs one: it reads `spin.toml`, gives the component what the manifest allows
//! (WASI 0.3 with HTTP, a key-value store, variables, files, outbound hosts), and serves it. The interfaces are Spin's own; where a
//! real Spin is installed, the same tests run against that as well.

pub mod log;
pub mod manifest;
pub mod store;

mod allowed_hosts;
mod application;
mod outbound;
mod platform;
mod serve;
mod state;

pub use application::{Application, Options};
pub use serve::Server;
