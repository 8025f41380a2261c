//! The origin is down, slow, cut off, overloaded or sends garbage: each has a code, nothing hangs, nothing is lost, and the
//! next turn works.

mod cut;
mod down;
mod garbage;
mod health;
mod memory;
mod refusals;
mod retries;
mod slow;
mod ways;
