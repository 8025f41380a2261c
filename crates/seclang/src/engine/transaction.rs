//! A transaction: one HTTP exchange, or one chat message, and what the rules made of it.

use super::body::Inflated;
use super::collections::{Collections, Held, Table};
use super::evaluate::Span;
use super::filter::Filter;
use super::lasting::Lasting;
use super::select::Candidate;
use super::store::{Problem, Store};
use super::variables::Variables;
use super::views::Views;
use crate::compile::{Bits, BodyProcessor, Exclusion, Link, Part};
use crate::limits::HEADERS_MAX;
use crate::parse::EngineSwitch;
use crate::variable::Variable;
use crate::{AnsweredRequest, Interruption, Match, Mode, Outcome, Records, RequestHead, RuleSet};

/// Rules applied to one HTTP exchange, phase by phase, or to one chat message.
///
/// For an exchange call [`request_head`](Self::request_head), then [`request_body`](Self::request_body) (with an empty
/// slice when there is no body: most rules run in that phase), then the response's two phases when there is a response,
/// then [`log`](Self::log). A response whose request was another transaction's begins with
/// [`answered_request`](Self::answered_request). For a message call [`chat_message`](Self::chat_message) on a transaction of its own. Each
/// call may be made once; a phase that interrupts makes every later one but `log` answer the same interruption.
#[derive(Debug)]
pub struct Transaction<'r> {
    pub(super) rules: &'r RuleSet,
    mode: Mode,
    pub(super) engine: EngineSwitch,
    /// Which rules of a phase are run.
    pub(super) part: Part,
    /// The request was another transaction's.
    pub(super) is_response_alone: bool,
    pub(super) phase: u8,
    /// `allow` passes every phase up to this one.
    pub(super) allowed_to: u8,
    pub(super) interruption: Option<Interruption>,
    pub(super) store: Store,
    pub(super) collections: Collections,
    pub(super) variables: Variables,
    pub(super) views: Views,
    pub(super) filter: Filter,
    pub(super) removed: Bits,
    pub(super) excluded: Bits,
    pub(super) exclusions: Vec<(&'r Bits, &'r Exclusion)>,
    pub(super) request_body_access: bool,
    pub(super) response_body_access: bool,
    pub(super) force_request_body: bool,
    pub(super) processor: BodyProcessor,
    /// Which variables hold what no log may show.
    pub(super) is_private: Option<fn(&str) -> bool>,
    /// Where collections are kept between transactions.
    pub(super) records: Option<Box<dyn Records + 'r>>,
    /// The collections that are open.
    pub(super) lasting: Vec<Lasting>,
    /// The rule being run.
    pub(super) rule: usize,
    pub(super) matched: Option<Candidate>,
    pub(super) matched_span: Option<Span>,
    pub(super) matched_link: Option<&'r Link>,
    pub(super) matched_vars: Vec<Candidate>,
    pub(super) matches: Vec<Match>,
    pub(super) matches_dropped: usize,
    pub(super) expanding: bool,
    /// Kept between rules so that none allocates.
    pub(super) candidates: Vec<Candidate>,
    pub(super) unit_scratch: Vec<Candidate>,
    pub(super) text: Vec<u8>,
    pub(super) name: Vec<u8>,
}

/// The buffers of a transaction, to be used by the next one: a transaction in a used workspace allocates nothing.
///
/// What a transaction knew is forgotten when the next one begins, and buffers that grew beyond what common requests need
/// are freed.
#[derive(Debug)]
pub struct Workspace {
    store: Store,
    collections: Collections,
    variables: Variables,
    filter: Filter,
    matched_vars: Vec<Candidate>,
    candidates: Vec<Candidate>,
    unit_scratch: Vec<Candidate>,
    text: Vec<u8>,
    name: Vec<u8>,
}

impl Default for Workspace {
    fn default() -> Workspace {
        Workspace {
            store: Store::new(),
            collections: Collections::new(),
            variables: Variables::new(),
            filter: Filter::new(),
            matched_vars: Vec::new(),
            candidates: Vec::new(),
            unit_scratch: Vec::new(),
            text: Vec::new(),
            name: Vec::new(),
        }
    }
}

impl<'r> Transaction<'r> {
    /// A transaction that nothing is known of yet.
    #[must_use]
    pub fn new(rules: &'r RuleSet, mode: Mode) -> Transaction<'r> {
        Transaction::with_workspace(rules, mode, Workspace::default())
    }

    /// A transaction that nothing is known of yet, in the buffers of an earlier one.
    #[must_use]
    pub fn with_workspace(rules: &'r RuleSet, mode: Mode, mut workspace: Workspace) -> Transaction<'r> {
        let settings = &rules.settings;
        workspace.store.reset(rules.chains.len());
        workspace.collections.reset(settings.arguments_max, rules.headers.len());
        workspace.variables.reset(rules.slots.len());
        workspace.matched_vars.clear();
        Transaction {
            rules,
            mode,
            engine: settings.engine,
            part: Part::Http,
            is_response_alone: false,
            phase: 0,
            allowed_to: 0,
            interruption: None,
            store: workspace.store,
            collections: workspace.collections,
            variables: workspace.variables,
            views: Views::default(),
            filter: workspace.filter,
            removed: Bits::default(),
            excluded: Bits::default(),
            exclusions: Vec::new(),
            request_body_access: settings.request_body,
            response_body_access: settings.response_body,
            force_request_body: false,
            processor: BodyProcessor::None,
            is_private: None,
            records: None,
            lasting: Vec::new(),
            rule: usize::MAX,
            matched: None,
            matched_span: None,
            matched_link: None,
            matched_vars: workspace.matched_vars,
            matches: Vec::new(),
            matches_dropped: 0,
            expanding: false,
            candidates: workspace.candidates,
            unit_scratch: workspace.unit_scratch,
            text: workspace.text,
            name: workspace.name,
        }
    }

    /// Says where the collections that rules open are kept between transactions.
    #[must_use]
    pub fn with_records(mut self, records: Box<dyn Records + 'r>) -> Transaction<'r> {
        self.records = Some(records);
        self
    }

    /// Says which variables hold what no log may show, by their names as matches show them (`ARGS:password`); a name may stand in
    /// any case. See [`Match::is_private`].
    #[must_use]
    pub fn keeping_private(mut self, is_private: fn(&str) -> bool) -> Transaction<'r> {
        self.is_private = Some(is_private);
        self
    }

    /// Ends the transaction and gives its buffers back.
    #[must_use]
    pub fn into_workspace(self) -> Workspace {
        let mut workspace = Workspace {
            store: self.store,
            collections: self.collections,
            variables: self.variables,
            filter: self.filter,
            matched_vars: self.matched_vars,
            candidates: self.candidates,
            unit_scratch: self.unit_scratch,
            text: self.text,
            name: self.name,
        };
        workspace.store.trim();
        workspace.collections.trim();
        workspace
    }

    /// Phase 1: the request's head.
    pub fn request_head(&mut self, head: &RequestHead<'_>) -> Outcome {
        if self.engine == EngineSwitch::Off {
            return Outcome::Pass;
        }
        self.read_head(head);
        self.run_phase(1)
    }

    /// Phase 2: the request's body as it came, still compressed where it was; rules see it inflated. Empty when there
    /// is none. Only the start of a body beyond `SecRequestBodyLimit` is read, which rules see in `REQBODY_ERROR`.
    pub fn request_body(&mut self, body: &[u8]) -> Outcome {
        if self.engine == EngineSwitch::Off {
            return Outcome::Pass;
        }
        if self.interruption.is_none() && self.request_body_access {
            self.read_body(body);
        }
        self.run_phase(2)
    }

    /// In place of the request's phases, where a response is judged without its request: by another instance, on another machine.
    ///
    /// Of the rules of phases 1 and 2 those are run that merely prepare and need nothing that is not known here: they pass, log
    /// nothing (or do nothing but `ctl`), open no collection and add to no anomaly score. So variables are set up, exclusions
    /// stand, and scores are what they are at the start. Nothing matches and nothing interrupts. What is not known is not there,
    /// in the phases after this one too: `&REQUEST_HEADERS:Host` is 0.
    pub fn answered_request(&mut self, request: &AnsweredRequest<'_>) {
        if self.engine == EngineSwitch::Off {
            return;
        }
        self.part = Part::Preparation;
        self.is_response_alone = true;
        self.read_answered(request);
        for phase in [1, 2] {
            // None of these rules interrupts.
            let _ = self.run_phase(phase);
        }
        self.part = Part::Http;
    }

    /// Phase 3: the response's head.
    pub fn response_head(&mut self, status: u16, headers: &[(&str, &[u8])]) -> Outcome {
        if self.engine == EngineSwitch::Off {
            return Outcome::Pass;
        }
        self.store.scope = 1;
        self.collections.set(Variable::ResponseStatus, Held::Number(i64::from(status)));
        self.read_headers(Table::ResponseHeaders, headers);
        for (name, variable) in [
            (b"content-type".as_slice(), Variable::ResponseContentType),
            (b"content-length", Variable::ResponseContentLength),
        ] {
            if let Some(value) = self.collections.find(Table::ResponseHeaders, name, &self.store) {
                self.collections.set(variable, Held::Value(value));
            }
        }
        self.run_phase(3)
    }

    /// Phase 4: the response's body, when it is inspected. Only the start of one beyond `SecResponseBodyLimit` is
    /// read, which rules see in `OUTBOUND_DATA_ERROR`.
    pub fn response_body(&mut self, body: &[u8]) -> Outcome {
        if self.engine == EngineSwitch::Off {
            return Outcome::Pass;
        }
        self.store.scope = 1;
        if self.response_body_access && self.inspects_response() {
            let max = self.rules.settings.response_body_bytes_max;
            if body.len() > max {
                self.collections.flag(Variable::OutboundDataError);
            }
            let inflated = self.inflate(Table::ResponseHeaders, body, max);
            let body = match &inflated {
                Some(Inflated { bytes, error }) => {
                    if let Some(error) = error {
                        self.store.report(Problem::Response(error));
                    }
                    bytes.as_slice()
                }
                None => &body[..body.len().min(max)],
            };
            let value = self.store.push(body);
            self.collections.set(Variable::ResponseBody, Held::Value(value));
        }
        self.run_phase(4)
    }

    /// Whether the response's media type is among those that `SecResponseBodyMimeType` names.
    fn inspects_response(&self) -> bool {
        let Some(types) = &self.rules.settings.response_media_types else { return true };
        let known = match self.collections.scalar(Variable::ResponseContentType) {
            Held::Value(id) => self.store.get(id),
            _ => b"(null)",
        };
        let end = memchr::memchr(b';', known).unwrap_or(known.len());
        let media = known[..end].trim_ascii();
        types.iter().any(|wanted| wanted.as_bytes().eq_ignore_ascii_case(media))
    }

    /// One chat message, on a transaction of its own.
    ///
    /// A message is natural language, so it is no argument: it stands in `MESSAGE`, and only rules are run all of whose
    /// links can see a message, that is `SecAction`s and rules that name `MESSAGE` or what rules keep (`TX`,
    /// `MATCHED_VAR`). Phase 1 sets up scores, phase 2 judges.
    pub fn chat_message(&mut self, text: &str) -> Outcome {
        if self.engine == EngineSwitch::Off {
            return Outcome::Pass;
        }
        self.part = Part::Message;
        let max = self.rules.settings.request_body_bytes_max;
        if text.len() > max {
            self.store.report(Problem::Bytes);
        }
        let value = self.store.push(&text.as_bytes()[..text.len().min(max)]);
        self.collections.set(Variable::Message, Held::Value(value));
        match self.run_phase(1) {
            Outcome::Pass => self.run_phase(2),
            interrupted => interrupted,
        }
    }

    /// Phase 5: rules that only report. Nothing interrupts any more, and what rules changed in lasting collections is stored.
    pub fn log(&mut self) {
        let decided = self.interruption.take();
        let mode = std::mem::replace(&mut self.mode, Mode::Detect);
        let _ = self.run_phase(5);
        self.mode = mode;
        self.interruption = decided;
        self.store_collections();
    }

    /// The rules that matched and log, in the order they did.
    #[must_use]
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// How many matches there were beyond [`crate::limits::MATCHES_MAX`].
    #[must_use]
    pub fn matches_dropped(&self) -> usize {
        self.matches_dropped
    }

    /// Work so far: bytes that transformations, scans and operators looked at, with what a call costs however short its value.
    /// Bounded by [`crate::limits::WORK_BYTES_MAX`] and what one call more adds.
    #[must_use]
    pub fn work_bytes(&self) -> u64 {
        self.store.work()
    }

    /// The anomaly score: inbound and outbound, all paranoia levels.
    #[must_use]
    pub fn anomaly_score(&self) -> i64 {
        self.score()
    }

    /// Whether a disruptive action ends the transaction, or is only reported.
    pub(super) fn may_interrupt(&self) -> bool {
        self.mode == Mode::Block && self.engine == EngineSwitch::On
    }

    pub(super) fn read_headers(&mut self, table: Table, headers: &[(&str, &[u8])]) {
        if headers.len() > HEADERS_MAX {
            self.store.report(Problem::Headers);
        }
        self.collections.reserve(table, headers.len().min(HEADERS_MAX));
        for (name, value) in headers.iter().take(HEADERS_MAX) {
            let name = self.store.push(name.as_bytes());
            let value = self.store.push(value);
            if table == Table::RequestHeaders {
                self.collections.add_header(name, value, &self.rules.headers, &self.store);
            } else {
                self.collections.add(table, name, value, &self.store);
            }
        }
    }

    pub(super) fn choose_processor(&mut self, processor: BodyProcessor) {
        self.processor = processor;
        let name = self.store.push(processor.name().as_bytes());
        self.collections.set(Variable::ReqbodyProcessor, Held::Value(name));
    }
}
