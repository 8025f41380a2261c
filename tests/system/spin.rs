//! What the shop on Spin has of its own: variables and what is told when one is missing, the key-value store, the widget's files, a
//! client's address as Spin tells it, and no WebSocket. In the test host, where the store can be made to fail.

mod composition;
mod docs;
mod other_filters;
mod races;
mod requests;
mod store;
mod variables;
mod widget;
