//! The demo shop's own site: what a real shop has already, and what the edge forwards to (`[site]` in `config/edge.toml`). Pages
//! of series and policies, from the same files as the assistant's answers, so that every link of an answer leads somewhere.
//!
//! It is a shop window: there is no cart and no account behind it, and the pages of those say what to do in the chat instead.
#![forbid(unsafe_code)]

mod language;
mod pages;
mod shop;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};

pub use language::Language;
pub use shop::Shop;

/// Pages are text and one style sheet from here; nothing else is loaded.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'";

/// First parts of paths that a shop has and this one only tells of.
const NOT_HERE: &[&str] = &[
    "account",
    "bulk",
    "careers",
    "cart",
    "checkout",
    "contact",
    "events",
    "gift-cards",
    "new-releases",
    "pickup",
    "sale",
    "wholesale",
];

/// The site over this shop.
pub fn router(shop: Shop) -> Router {
    Router::new()
        .route("/series/{id}", get(series))
        .route("/policies/{id}", get(policy))
        .route("/site/style.css", get(style))
        .fallback(elsewhere)
        .layer(middleware::map_response(with_policy))
        .with_state(Arc::new(shop))
}

async fn series(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Query<language::Asked>,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(&asked, &headers);
    match shop.series(&id) {
        Some((series, offer)) => Html(pages::series(series, offer, language).into_string()).into_response(),
        None => not_found(language),
    }
}

async fn policy(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<String>,
    Query(asked): Query<language::Asked>,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(&asked, &headers);
    match shop.policy(&id, language) {
        Some(text) => Html(pages::policy(&id, text, language).into_string()).into_response(),
        None => not_found(language),
    }
}

async fn elsewhere(Query(asked): Query<language::Asked>, headers: HeaderMap, uri: Uri) -> Response {
    let language = Language::of(&asked, &headers);
    let first = uri.path().split('/').nth(1).unwrap_or_default();
    if NOT_HERE.contains(&first) {
        return Html(pages::not_here(uri.path(), language).into_string()).into_response();
    }
    not_found(language)
}

fn not_found(language: Language) -> Response {
    (StatusCode::NOT_FOUND, Html(pages::not_found(language).into_string())).into_response()
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

async fn with_policy(mut response: Response) -> Response {
    let policy = header::HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
