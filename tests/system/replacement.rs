//! A filter's artifact is replaced while requests flow: the verdicts change, no request fails, and what cannot be published
//! changes nothing.

mod filters;
mod flow;
mod named;
mod refused;
mod under_load;
