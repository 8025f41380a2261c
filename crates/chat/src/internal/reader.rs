//! The stream of events that the origin answers a turn with, read with suspicion: every line is checked before anybody sees it.

use std::fmt;
use std::ops::Range;

use uuid::Uuid;

use crate::limits::{ANSWER_BYTES_MAX, EVENT_BYTES_MAX, TURN_EVENTS_MAX};
use crate::{Code, Event, Problem};

/// Reads the events of one turn from the bytes of its stream, wherever those are cut. It does no I/O: whoever has the stream
/// adds what comes, and takes events until there is none.
///
/// A stream that ends before [`TurnReader::ended`] says so was cut off: that is [`Code::Interrupted`].
#[derive(Debug)]
pub struct TurnReader {
    id: Uuid,
    buffer: Vec<u8>,
    /// Where the first line begins that was not taken.
    from: usize,
    /// Up to where the buffer was searched for the end of that line.
    searched: usize,
    /// What has come until now, whatever it was: blank lines as well.
    bytes: usize,
    events: usize,
    deltas: u32,
    ended: bool,
}

impl TurnReader {
    /// Nothing read yet of the answer to this message.
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self { id, buffer: Vec::new(), from: 0, searched: 0, bytes: 0, events: 0, deltas: 0, ended: false }
    }

    /// Adds the next bytes of the stream.
    ///
    /// # Errors
    /// The answer is over its bound; nothing was added.
    pub fn add(&mut self, chunk: &[u8]) -> Result<(), Garbage> {
        self.bytes = self.bytes.saturating_add(chunk.len());
        if self.bytes > ANSWER_BYTES_MAX {
            return Err(Garbage::AnswerTooLong);
        }
        // The lines that were taken go here, all at once: it moves the rest once for a chunk, not once for a line.
        self.buffer.drain(..self.from);
        self.searched -= self.from;
        self.from = 0;
        self.buffer.extend_from_slice(chunk);
        Ok(())
    }

    /// The next event; none when more bytes are needed, or when the answer has ended. What follows its end is not looked at.
    ///
    /// # Errors
    /// What came is no event of this turn, or is over its bound. Nothing after it is to be trusted.
    pub fn next_event(&mut self) -> Result<Option<Event>, Garbage> {
        while !self.ended {
            let Some(line) = self.take_line() else {
                let unfinished = self.buffer.len() - self.from;
                return if unfinished > EVENT_BYTES_MAX { Err(Garbage::LineTooLong) } else { Ok(None) };
            };
            if line.len() > EVENT_BYTES_MAX {
                return Err(Garbage::LineTooLong);
            }
            if line.is_empty() {
                continue;
            }
            let event: Event = serde_json::from_slice(&self.buffer[line]).map_err(|_| Garbage::NotAnEvent)?;
            self.check(&event)?;
            self.ended = event.ends_answer();
            return Ok(Some(event));
        }
        Ok(None)
    }

    /// Whether the answer has come to its end.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Where in the buffer the next whole line is, without its end.
    fn take_line(&mut self) -> Option<Range<usize>> {
        let Some(at) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched + at;
        let line = self.from..end;
        self.from = end + 1;
        self.searched = self.from;
        Some(line)
    }

    fn check(&mut self, event: &Event) -> Result<(), Garbage> {
        self.events += 1;
        if self.events > TURN_EVENTS_MAX {
            return Err(Garbage::TooManyEvents);
        }
        if event.id().is_some_and(|id| id != self.id) {
            return Err(Garbage::OtherMessage);
        }
        if let Event::Delta { seq, .. } = event {
            self.deltas += 1;
            if *seq != self.deltas {
                return Err(Garbage::OutOfOrder);
            }
        }
        Ok(())
    }
}

/// What makes an origin's stream no answer. The client is told [`Code::BadGateway`] and no more; the log gets the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    /// A line is over [`EVENT_BYTES_MAX`].
    LineTooLong,
    /// All of it is over [`ANSWER_BYTES_MAX`].
    AnswerTooLong,
    /// There are more than [`TURN_EVENTS_MAX`].
    TooManyEvents,
    /// A line is no JSON, or no event that there is.
    NotAnEvent,
    /// An event names another message than the one that was asked.
    OtherMessage,
    /// A delta does not have the number after the one before it.
    OutOfOrder,
}

impl Garbage {
    /// The cause, as the log says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LineTooLong => "a line is over its bound",
            Self::AnswerTooLong => "the answer is over its bound",
            Self::TooManyEvents => "more events than an answer may have",
            Self::NotAnEvent => "a line is no event",
            Self::OtherMessage => "an event of another message",
            Self::OutOfOrder => "a delta out of order",
        }
    }
}

impl fmt::Display for Garbage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl std::error::Error for Garbage {}

impl From<Garbage> for Problem {
    fn from(_: Garbage) -> Self {
        Self::of(Code::BadGateway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, Usage};

    const ID: Uuid = Uuid::from_u128(1);

    fn start() -> Event {
        Event::Start { id: ID, source: Source::Model }
    }

    fn delta(seq: u32) -> Event {
        Event::Delta { id: ID, seq, text: format!("海賊 {seq}") }
    }

    fn done() -> Event {
        Event::Done { id: ID, source: Source::Model, citations: Vec::new(), usage: Usage::default() }
    }

    fn lines(events: &[Event]) -> Vec<u8> {
        events.iter().flat_map(|event| format!("{}\n", event.to_json()).into_bytes()).collect()
    }

    /// What a reader makes of a stream that comes in these chunks.
    fn read(chunks: &[&[u8]]) -> (Vec<Event>, Result<bool, Garbage>) {
        let mut reader = TurnReader::new(ID);
        let mut events = Vec::new();
        for chunk in chunks {
            if let Err(garbage) = reader.add(chunk) {
                return (events, Err(garbage));
            }
            loop {
                match reader.next_event() {
                    Ok(Some(event)) => events.push(event),
                    Ok(None) => break,
                    Err(garbage) => return (events, Err(garbage)),
                }
            }
        }
        (events, Ok(reader.ended()))
    }

    fn garbage(bytes: &[u8]) -> Garbage {
        read(&[bytes]).1.unwrap_err()
    }

    #[test]
    fn the_events_are_the_same_wherever_the_stream_is_cut() {
        let events = [start(), delta(1), delta(2), done()];
        let stream = lines(&events);
        for at in 0..=stream.len() {
            let (before, after) = stream.split_at(at);
            assert_eq!(read(&[before, after]), (events.to_vec(), Ok(true)), "cut at {at}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(read(&bytes), (events.to_vec(), Ok(true)));
    }

    #[test]
    fn blank_lines_are_nothing_but_count_as_bytes() {
        let stream = [b"\n\n".as_slice(), &lines(&[start()]), b"\n", &lines(&[done()])].concat();
        assert_eq!(read(&[&stream]), (vec![start(), done()], Ok(true)));
        assert_eq!(garbage(&vec![b'\n'; ANSWER_BYTES_MAX + 1]), Garbage::AnswerTooLong);
        assert_eq!(read(&[&vec![b'\n'; ANSWER_BYTES_MAX]]), (Vec::new(), Ok(false)));
    }

    #[test]
    fn a_stream_that_stops_early_has_not_ended_and_half_a_line_is_not_passed_on() {
        let stream = lines(&[start(), delta(1)]);
        let (events, end) = read(&[&stream[..stream.len() - 1]]);
        assert_eq!((events, end), (vec![start()], Ok(false)));
    }

    #[test]
    fn what_follows_the_end_is_not_looked_at() {
        let stream = [lines(&[start(), done()]), b"no event\n".to_vec()].concat();
        assert_eq!(read(&[&stream]), (vec![start(), done()], Ok(true)));
    }

    #[test]
    fn an_error_ends_the_answer_and_need_not_name_it() {
        let error = Problem::new(Code::Internal, "").to_event(None);
        assert_eq!(read(&[&lines(&[start(), error.clone()])]), (vec![start(), error], Ok(true)));
    }

    #[test]
    fn what_is_no_event_is_garbage_after_the_events_before_it() {
        for line in ["no JSON\n", "{}\n", "{\"type\":\"other\"}\n", "{\"type\":\"delta\",\"seq\":\"1\"}\n"] {
            let stream = [lines(&[start()]), line.as_bytes().to_vec()].concat();
            assert_eq!(read(&[&stream]), (vec![start()], Err(Garbage::NotAnEvent)), "{line}");
        }
        assert_eq!(garbage(b"\xff\n"), Garbage::NotAnEvent);
    }

    #[test]
    fn a_line_over_its_bound_is_garbage_before_it_ends() {
        let long = vec![b' '; EVENT_BYTES_MAX + 1];
        assert_eq!(garbage(&long), Garbage::LineTooLong);
        assert_eq!(garbage(&[long, b"\n".to_vec()].concat()), Garbage::LineTooLong);
        assert_eq!(read(&[&vec![b' '; EVENT_BYTES_MAX]]), (Vec::new(), Ok(false)));
    }

    #[test]
    fn an_event_of_another_message_is_garbage() {
        let other = Event::Start { id: Uuid::nil(), source: Source::Model };
        assert_eq!(garbage(&lines(&[other])), Garbage::OtherMessage);
    }

    #[test]
    fn deltas_are_numbered_without_a_gap() {
        for seqs in [[0, 1], [2, 3], [1, 1], [1, 3]] {
            assert_eq!(garbage(&lines(&seqs.map(delta))), Garbage::OutOfOrder, "{seqs:?}");
        }
    }

    #[test]
    fn an_answer_has_only_so_many_events() {
        let event = Event::Cards { id: ID, products: Vec::new() };
        let stream = lines(&vec![event; TURN_EVENTS_MAX + 1]);
        let (events, end) = read(&[&stream]);
        assert_eq!((events.len(), end), (TURN_EVENTS_MAX, Err(Garbage::TooManyEvents)));
    }
}
