//! Bodies to arguments, files and text. A body that cannot be read is an error rules see, with what was read before it.

mod inflate;
mod json;
mod multipart;
mod urlencoded;
mod xml;

pub(super) use self::inflate::Inflated;
use super::collections::{Held, Table};
use super::transaction::Transaction;
use crate::compile::BodyProcessor;
use crate::variable::Variable;

/// Why a body processor stopped, in a sentence.
pub(super) type Stopped = String;

impl Transaction<'_> {
    pub(super) fn read_body(&mut self, body: &[u8]) {
        let max = self.rules.settings.request_body_bytes_max;
        let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
        self.collections.set(Variable::RequestBodyLength, Held::Number(length));
        if body.is_empty() {
            return;
        }
        let inflated = self.inflate(Table::RequestHeaders, body, max);
        let (body, broken) = match &inflated {
            Some(inflated) => (inflated.bytes.as_slice(), inflated.error),
            None => (body, None),
        };
        let known = &body[..body.len().min(max)];
        if self.processor == BodyProcessor::Urlencoded || self.force_request_body {
            let value = self.store.push(known);
            self.collections.set(Variable::RequestBody, Held::Value(value));
        }
        let outcome = match self.processor {
            BodyProcessor::None => Ok(()),
            BodyProcessor::Urlencoded => {
                self.read_urlencoded(known);
                Ok(())
            }
            BodyProcessor::Multipart => self.read_multipart(known),
            BodyProcessor::Json => self.read_json(known),
            BodyProcessor::Xml => self.read_xml(known),
        };
        // Of XML each text is known to its reader only.
        if self.processor != BodyProcessor::Xml {
            self.view_body(&[]);
        }
        if let Some(broken) = broken {
            self.body_error(broken);
        } else if body.len() > max {
            self.collections.flag(Variable::InboundDataError);
            self.body_error(&format!("a body of more than {max} bytes"));
        } else if let Err(stopped) = outcome {
            self.body_error(&stopped);
        }
    }

    fn body_error(&mut self, message: &str) {
        let message = self.store.push(message.as_bytes());
        for (flag, text) in [
            (Variable::ReqbodyError, Variable::ReqbodyErrorMsg),
            (Variable::ReqbodyProcessorError, Variable::ReqbodyProcessorErrorMsg),
        ] {
            self.collections.flag(flag);
            self.collections.set(text, Held::Value(message));
        }
    }
}
