//! What a filter is shown of a request or a response: the headers and the body that its slot's grant lets it read.

use crate::grant::Grant;
use crate::wit::{Header, Request, Response};

/// What has headers and a body, of which a slot may read a part.
pub trait Message {
    /// Its headers and its body.
    fn parts_mut(&mut self) -> (&mut Vec<Header>, &mut Option<Vec<u8>>);
}

impl Message for Request {
    fn parts_mut(&mut self) -> (&mut Vec<Header>, &mut Option<Vec<u8>>) {
        (&mut self.headers, &mut self.body)
    }
}

impl Message for Response {
    fn parts_mut(&mut self) -> (&mut Vec<Header>, &mut Option<Vec<u8>>) {
        (&mut self.headers, &mut self.body)
    }
}

/// A message that waits for its filter. There is no way to it but [`Readable::hand_over`], so no host can show a filter more than
/// its slot grants; and a slot without the phase costs no copy.
pub struct Readable<'a, M> {
    whole: &'a mut M,
    grant: &'a Grant,
    lent: Option<&'a [u8]>,
}

impl<'a, M: Message> Readable<'a, M> {
    pub(crate) const fn new(whole: &'a mut M, grant: &'a Grant) -> Self {
        Self { whole, grant, lent: None }
    }

    /// The same with a body that stays the host's. It is copied into a message that has none, for a filter that may read it.
    pub(crate) const fn with_body(self, lent: Option<&'a [u8]>) -> Self {
        Self { lent, ..self }
    }

    /// Calls with the headers and the body that the slot may read; the rest waits here meanwhile.
    pub fn hand_over<R>(self, call: impl FnOnce(&M) -> R) -> R {
        let Self { whole, grant, lent } = self;
        let (headers, body) = whole.parts_mut();
        let all_headers = (!grant.read_headers.is_every()).then(|| {
            let readable = headers.iter().filter(|header| grant.read_headers.contains(&header.name));
            let readable = readable.cloned().collect();
            std::mem::replace(headers, readable)
        });
        let hidden_body = if grant.read_body {
            if body.is_none() {
                *body = lent.map(<[u8]>::to_vec);
            }
            None
        } else {
            body.take()
        };
        let verdict = call(whole);
        let (headers, body) = whole.parts_mut();
        if let Some(all_headers) = all_headers {
            *headers = all_headers;
        }
        if !grant.read_body {
            *body = hidden_body;
        }
        verdict
    }
}
