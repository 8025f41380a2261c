//! The internal calls beside the turn: edge answers, history, feedback, hand-off, session upgrade.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use chat::internal::{HandoffReply, Preceding, SessionUpgrade};
use chat::limits::{COMMENT_CHARS_MAX, HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX};
use chat::message::{FeedbackPost, History};
use chat::{Code, Problem};

use super::refuse::Refusal;
use super::{Api, body};
use crate::admit::{Call, check_preceding};
use crate::memory::{Cursor, MemoryError};
use crate::model::handoff_message;
use crate::pipeline::memory_problem;

type Answered<T> = Result<T, Refusal>;

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(error: MemoryError) -> Refusal {
    if !matches!(error, MemoryError::NotYours | MemoryError::Moved) {
        tracing::error!(error = %error, "the memory did not serve");
    }
    Refusal(memory_problem(&error))
}

pub(super) async fn preceding(
    State(api): State<Arc<Api>>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Answered<StatusCode> {
    let preceding: Preceding = body::json(&api, &headers, body).await?;
    check_preceding(&preceding.exchanges)?;
    api.memory.precede(call.session, preceding.exchanges).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn history(
    State(api): State<Arc<Api>>,
    call: Call,
    RawQuery(query): RawQuery,
) -> Answered<Json<History>> {
    let page = Page::read(query.as_deref().unwrap_or(""))?;
    let history = api.memory.history(call.session, page.before, page.limit).await.map_err(refused)?;
    Ok(Json(history))
}

struct Page {
    before: Option<Cursor>,
    limit: usize,
}

impl Page {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut page = Self { before: None, limit: HISTORY_PAGE_DEFAULT };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                // An empty one is one that was left out.
                "before" | "limit" if value.is_empty() => {}
                "before" => {
                    let wrong =
                        |()| Problem::new(Code::Invalid, "`before` has to be the `next` of an earlier page.");
                    page.before = Some(value.parse().map_err(wrong)?);
                }
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=HISTORY_PAGE_MAX).contains(limit));
                    let detail = format!("`limit` has to be a number from 1 to {HISTORY_PAGE_MAX}.");
                    page.limit = limit.ok_or_else(|| Problem::new(Code::Invalid, detail))?;
                }
                _ => return Err(Problem::new(Code::Invalid, "Only `before` and `limit` are known here.")),
            }
        }
        Ok(page)
    }
}

pub(super) async fn feedback(
    State(api): State<Arc<Api>>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Answered<StatusCode> {
    let feedback: FeedbackPost = body::json(&api, &headers, body).await?;
    if feedback.comment.as_ref().is_some_and(|comment| comment.chars().count() > COMMENT_CHARS_MAX) {
        let detail = format!("`comment` has more than {COMMENT_CHARS_MAX} characters.");
        return Err(Refusal(Problem::new(Code::Invalid, detail)));
    }
    // An edge answer may be judged before it is flushed to us, so the message need not be known.
    api.memory.feedback(call.session, feedback).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn handoff(
    State(api): State<Arc<Api>>,
    call: Call,
) -> Answered<(StatusCode, Json<HandoffReply>)> {
    let handoff = api.memory.hand_off(call.session).await.map_err(refused)?;
    api.metrics.handoffs.inc();
    let message = handoff_message(handoff.language, handoff.position);
    Ok((
        StatusCode::ACCEPTED,
        Json(HandoffReply { handoff_id: handoff.id, position: handoff.position, message }),
    ))
}

pub(super) async fn upgrade(
    State(api): State<Arc<Api>>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Answered<StatusCode> {
    let upgrade: SessionUpgrade = body::json(&api, &headers, body).await?;
    // The signed header, where it says so, has the last word on which session may be taken over.
    if call.from.as_ref().is_some_and(|from| *from != upgrade.from) {
        return Err(Refusal(Problem::new(Code::Forbidden, "The header names another session to take over.")));
    }
    api.memory.upgrade(call.session, upgrade.from).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
