//! Admit: who asks, what, and whether it is fit to be answered.

use chat::internal::{Exchange, TurnRequest};
use chat::limits::{PRECEDING_MAX, TEXT_CHARS_MAX};
use chat::{Code, Language, Problem};
use identity::Tier;
use identity::internal::{InternalClaims, InternalError};
use ring::digest::{Context, SHA256};

use crate::memory::Session;

/// A verified call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) session: Session,
    pub(crate) tier: Tier,
    /// The session that this one takes over from, as the header says.
    pub(crate) from: Option<String>,
    pub(crate) request_id: String,
}

impl Call {
    pub(crate) fn new(claims: InternalClaims, now_ms: u64) -> Self {
        let session = Session { id: claims.sid, owner: claims.sub, now_ms };
        Self { session, tier: claims.tier, from: claims.from, request_id: claims.rid }
    }

    /// The customer whose orders and wishlist may be seen; none for anyone else.
    pub(crate) fn customer(&self) -> Option<&str> {
        (self.tier == Tier::Customer).then_some(self.session.owner.as_str())
    }
}

/// The problem with a header that does not count. It does not say more than the caller knows.
pub(crate) fn refusal(error: InternalError) -> Problem {
    match error {
        InternalError::Unavailable => {
            Problem::new(Code::Internal, "The header could not be verified.").with_retry_after(1)
        }
        InternalError::Expired => Problem::new(Code::Unauthorized, "The internal header has expired."),
        _ => Problem::new(Code::Unauthorized, "The internal header does not count for this request."),
    }
}

/// A turn that is fit to be answered.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) call: Call,
    pub(crate) request: TurnRequest,
    /// Of everything that makes it this message.
    pub(crate) digest: Vec<u8>,
}

impl Turn {
    /// Admits a turn.
    pub(crate) fn admit(call: Call, request: TurnRequest) -> Result<Self, Problem> {
        let chars = request.text.chars().count();
        if chars > TEXT_CHARS_MAX {
            let detail = format!("`text` has {chars} characters; at most {TEXT_CHARS_MAX} are taken.");
            return Err(Problem::new(Code::Invalid, detail));
        }
        if request.text.trim().is_empty() {
            return Err(Problem::new(Code::Invalid, "`text` is empty."));
        }
        check_preceding(&request.preceding)?;
        let digest = digest(&request);
        Ok(Self { call, request, digest })
    }

    /// The language to answer in: the edge's word, unless the text has no letters of any language, an order number say,
    /// and the conversation tells better.
    pub(crate) fn language(&self, before: Option<Language>) -> Language {
        let told =
            semantics::text::tokens(&semantics::text::normalise(&self.request.text)).iter().any(|token| {
                !(matches!(token.kind, semantics::text::TokenKind::Number)
                    || token.text == "ma"
                    || token.text == "ok")
            });
        if told { self.request.language } else { before.unwrap_or(self.request.language) }
    }
}

/// Checks how many edge answers come at once.
pub(crate) fn check_preceding(exchanges: &[Exchange]) -> Result<(), Problem> {
    if exchanges.len() > PRECEDING_MAX {
        let detail = format!("{} preceding exchanges; at most {PRECEDING_MAX} are taken.", exchanges.len());
        return Err(Problem::new(Code::Invalid, detail));
    }
    Ok(())
}

/// The digest of a message: its text, what did not help before, and the page. Each part with its length, so that no two
/// messages have the same parts in another division.
fn digest(request: &TurnRequest) -> Vec<u8> {
    let page = request.page.as_ref();
    let not = request.not.map(|id| id.to_string());
    let parts = [
        Some(request.text.as_str()),
        not.as_deref(),
        page.and_then(|page| page.path.as_deref()),
        page.and_then(|page| page.series.as_deref()),
    ];
    let mut context = Context::new(&SHA256);
    for part in parts {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        context.update(&length.to_be_bytes());
        context.update(part.unwrap_or("").as_bytes());
    }
    context.finish().as_ref().to_vec()
}
