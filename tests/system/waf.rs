//! The firewall in a running edge, with rules of the tests' own beside the shop's: responses, collections that last, and its log.

mod collections;
mod log;
mod responses;
mod rules;
