//! The event phase.

use crate::abuse;
use crate::behaviour::{OnEvent, Settings};
use crate::bindings::exports::mangaassist::edge::event_filter::{EventVerdict, Outgoing};

pub(crate) fn verdict(settings: &Settings, event: &Outgoing) -> EventVerdict {
    match settings.on_event {
        OnEvent::Pass => EventVerdict::Pass,
        OnEvent::Trap => abuse::trap(),
        OnEvent::See => {
            let context = &event.context;
            EventVerdict::Rewrite(format!("{} {}", context.request_id, context.tags.join(", ")))
        }
        OnEvent::Rewrite => EventVerdict::Rewrite(format!("{}: {}", settings.name, event.json.len())),
        OnEvent::Drop => EventVerdict::Drop,
        OnEvent::Cut => EventVerdict::Cut(settings.name.clone()),
    }
}
