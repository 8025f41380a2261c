//! What the settings can ask for. Each phase does nothing remarkable unless it is told to.

use serde::Deserialize;

/// The settings.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Shown in answers, tags and headers, so that a test can tell versions and slots apart.
    pub(crate) name: String,
    pub(crate) init: OnInit,
    pub(crate) on_request: OnRequest,
    pub(crate) on_turn: OnTurn,
    pub(crate) on_response: OnResponse,
    pub(crate) on_event: OnEvent,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnInit {
    #[default]
    Accept,
    Trap,
    Refuse,
    Allocate,
    Loop,
    /// Counts itself, so that a test sees whether `init` ran.
    Count,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnRequest {
    #[default]
    Next,
    // Failures.
    Trap,
    /// Traps when the request has the header `x-trap`, and remembers otherwise.
    TrapWhenTold,
    Loop,
    Allocate,
    Recurse,
    HugeResponse,
    /// Just over 64 KiB: what the host can lift, but not what the slot allows.
    LargeResponse,
    HugeHeaders,
    // Verdicts.
    Answer,
    AnswerOddStatus,
    Refuse,
    /// Refuses when the request's target ends with `marker=now`.
    RefuseMarked,
    // Writes.
    WritePrincipal,
    WriteFramingHeaders,
    WriteUngrantedHeader,
    SplitHeader,
    AddResponseHeader,
    SetHeader,
    RemoveHeader,
    // Probes: what they find out is in the facts.
    See,
    Remember,
    Wait,
    LogFlood,
    Count,
    Take,
    TakeTooMany,
    Mac,
    Visit,
    Random,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnTurn {
    #[default]
    Next,
    Trap,
    Loop,
    Allocate,
    Answer,
    HugeAnswer,
    Refuse,
    AddResponseHeader,
    Ask,
    AskAndTell,
    AskForever,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnResponse {
    #[default]
    Next,
    Trap,
    SetHeaders,
    WriteFramingHeaders,
    /// Replaces `cache-control` and removes `content-security-policy`, which every page has.
    ChangePage,
    /// Puts what it sees into the header `x-seen`.
    See,
    Replace,
    ReplaceOddStatus,
    Refuse,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnEvent {
    #[default]
    Pass,
    Trap,
    /// Tells what it knows of the turn in place of each delta: the request's id and the tags.
    See,
    Rewrite,
    Drop,
    Cut,
}
