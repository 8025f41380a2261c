//! A shop as one component: the entry, what filters import, and the filters, pre-initialised.
#![forbid(unsafe_code)]

pub mod graph;
pub mod images;
