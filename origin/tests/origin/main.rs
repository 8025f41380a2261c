//! The origin as its callers meet it: the real service, in-process, on free ports, with a small shop of its own.

mod bad_input;
mod harness;
mod ids;
mod lifecycle;
mod memory;
mod orders;
mod turns;
