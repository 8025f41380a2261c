//! Bounds of the protocol. Lengths are counted as named: characters are Unicode scalar values, bytes are bytes.

/// Longest message text, in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Longest comment of a feedback, in characters.
pub const COMMENT_CHARS_MAX: usize = 1_000;
/// Longest request body that a client may send, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Longest WebSocket message that a client may send, in bytes. A message of [`TEXT_CHARS_MAX`] four-byte characters, every one
/// of them escaped, still fits.
pub const WS_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Longest single WebSocket frame that a client may send, in bytes.
pub const WS_FRAME_BYTES_MAX: usize = 64 * 1024;
/// Longest encoded event, in bytes. A longer line from the origin is garbage.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;
/// Most events in one answer. As many of the shortest ones stay below [`ANSWER_BYTES_MAX`].
pub const TURN_EVENTS_MAX: usize = 3_000;
/// Longest answer from the origin, in bytes of all its encoded events. The edge keeps answers, so each has a bound as a whole.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Most edge answers that wait for a session's next internal turn. The oldest is flushed first.
pub const PRECEDING_MAX: usize = 20;
/// Most turns in one page of history.
pub const HISTORY_PAGE_MAX: usize = 100;
/// Runs of one message for one token: the first, and those again after a failure that was not the shopper's. Each of them may cost as
/// much as a turn does, so that beyond these a run takes a token of its own.
pub const FREE_RUNS_MAX: u32 = 4;
/// Turns in a page of history when the client names no number.
pub const HISTORY_PAGE_DEFAULT: usize = 20;
