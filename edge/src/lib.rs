//! The edge: a Pingora proxy that ends every client connection, runs each request and each chat turn through the chain of
//! filters, answers what it can and asks the origin for the rest. It holds connections and no conversation.
//!
//! - [`config`]: what an operator writes; [`app`]: the edge, built from it.
//! - [`proxy`]: one HTTP request, from its head to its log line; [`routes`]: what each route does.
//! - [`socket`]: a WebSocket, ended here.
//! - [`turns`]: a chat turn, whatever transport it came by; [`sentences`]: the vectors that filters ask for in one.
//! - [`upstream`]: where Pingora forwards what is not answered here.
//! - [`health`]: whether the origin answers; [`admin`]: health and metrics, on a listener of their own.
#![forbid(unsafe_code)]

pub mod admin;
pub mod app;
pub mod config;
pub mod health;
pub mod metrics;
pub mod proxy;
pub mod routes;
pub mod sentences;
pub mod socket;
pub mod telemetry;
pub mod tls;
pub mod turns;
pub mod upstream;
