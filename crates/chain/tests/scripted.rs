//! The chain over slots that say what they are told to, without a host: order, grants, the failure policy.

use std::cell::RefCell;

use chain::grant::{FactKind, Grant, Names};
use chain::wit::{
    Changes, Client, Context, EventVerdict, Fact, Header, Outgoing, Request, Response, ResponseChanges,
    ResponseVerdict, Score, Turn, TurnVerdict, Verdict,
};
use chain::{
    CallFailure, Chain, Decision, EventDecision, Note, OnFailure, Policy, Readable, ResponseDecision, Slot,
    TurnFilter,
};
use chat::Code;

type Said<V> = Option<Result<V, CallFailure>>;
/// The names of the headers and the length of the body that a filter was shown.
type Shown = (Vec<String>, Option<usize>);

/// A slot whose filter says the same each time.
struct Scripted {
    name: &'static str,
    on_failure: OnFailure,
    paths: Names,
    grant: Grant,
    request: Said<Verdict>,
    response: Said<ResponseVerdict>,
    event: Said<EventVerdict>,
    shown: RefCell<Vec<Shown>>,
    notes: RefCell<Vec<String>>,
}

impl Scripted {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            on_failure: OnFailure::Closed,
            paths: Names::new(["*"]),
            grant: Grant::default(),
            request: None,
            response: None,
            event: None,
            shown: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    fn for_requests(name: &'static str, grant: Grant, verdict: Verdict) -> Self {
        Self { grant, request: Some(Ok(verdict)), ..Self::new(name) }
    }

    /// A filter of responses that goes on and changes nothing.
    fn for_responses(name: &'static str, grant: Grant) -> Self {
        let unchanged = ResponseChanges { set_headers: Vec::new(), remove_headers: Vec::new() };
        Self { grant, response: Some(Ok(ResponseVerdict::Next(unchanged))), ..Self::new(name) }
    }

    fn for_events(event: Result<EventVerdict, CallFailure>, on_failure: OnFailure) -> Self {
        Self { on_failure, event: Some(event), ..Self::new("events") }
    }
}

/// No scripted slot has the turn phase.
struct NoTurns;

impl TurnFilter for NoTurns {
    fn on_turn(&self, _: &Turn) -> Result<TurnVerdict, CallFailure> {
        Err(CallFailure::Trap)
    }
}

impl Slot for Scripted {
    type TurnFilter = NoTurns;

    fn policy(&self) -> Policy<'_> {
        Policy { name: self.name, on_failure: self.on_failure, paths: &self.paths, grant: &self.grant }
    }

    fn on_request(&self, request: Readable<'_, Request>) -> Said<Verdict> {
        let verdict = self.request.clone()?;
        request.hand_over(|request| {
            let names = request.headers.iter().map(|header| header.name.clone()).collect();
            self.shown.borrow_mut().push((names, request.body.as_ref().map(Vec::len)));
        });
        Some(verdict)
    }

    fn turn_filter(&self) -> Option<NoTurns> {
        None
    }

    fn on_response(&self, response: Readable<'_, Response>) -> Said<ResponseVerdict> {
        let verdict = self.response.clone()?;
        response.hand_over(|response| {
            let names = response.headers.iter().map(|header| header.name.clone()).collect();
            self.shown.borrow_mut().push((names, response.body.as_ref().map(Vec::len)));
        });
        Some(verdict)
    }

    fn on_event(&self, _: &Outgoing) -> Said<EventVerdict> {
        self.event.clone()
    }

    fn sees_responses(&self) -> bool {
        self.response.is_some()
    }

    fn sees_events(&self) -> bool {
        self.event.is_some()
    }

    fn note(&self, note: Note<'_>) {
        self.notes.borrow_mut().push(format!("{note:?}"));
    }
}

fn context() -> Context {
    Context { request_id: "request-1".into(), principal: None, scores: Vec::new(), tags: Vec::new() }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

fn request() -> Request {
    Request {
        context: context(),
        client: Client { address: "192.0.2.7".into(), port: 4_711, secure: true },
        method: "POST".into(),
        target: "/v1/chat/messages?a=b".into(),
        protocol: "HTTP/1.1".into(),
        headers: vec![header("cookie", "a=b"), header("accept", "*/*")],
        body: Some(b"body".to_vec()),
    }
}

/// A response whose body the host has.
fn response() -> Response {
    Response {
        context: context(),
        method: "GET".into(),
        target: "/".into(),
        status: 200,
        headers: vec![header("etag", "\"1\"")],
        body: None,
    }
}

/// What a chain of these slots makes of [`response`] with this body, and the lengths that the first of them was shown.
fn shown_of(slots: Vec<Scripted>, body: Option<&[u8]>) -> (Option<Vec<u8>>, Vec<Option<usize>>) {
    let chain = Chain::new(slots);
    let ResponseDecision::Next(response) = chain.response(response(), body) else { panic!("it goes on") };
    let shown = chain.slots()[0].shown.borrow().iter().map(|(_, length)| *length).collect();
    (response.body, shown)
}

fn delta() -> Outgoing {
    Outgoing { context: context(), name: "delta".into(), json: "{}".into() }
}

fn next(set: Vec<Header>, facts: Vec<Fact>) -> Verdict {
    Verdict::Next(Changes {
        set_request_headers: set,
        remove_request_headers: Vec::new(),
        add_response_headers: Vec::new(),
        facts,
    })
}

#[test]
fn a_filter_is_shown_what_it_may_read_and_the_request_keeps_the_rest() {
    let grant = Grant { read_headers: Names::new(["accept"]), ..Grant::default() };
    let chain = Chain::new(vec![Scripted::for_requests("first", grant, next(Vec::new(), Vec::new()))]);
    let outcome = chain.request(request());
    let shown: Vec<Shown> = vec![(vec!["accept".to_owned()], None)];
    assert_eq!(*chain.slots()[0].shown.borrow(), shown);
    let names: Vec<&str> = outcome.request.headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["cookie", "accept"]);
    assert_eq!(outcome.request.body.as_deref(), Some(&b"body"[..]));
}

#[test]
fn the_hosts_body_is_copied_for_a_filter_that_may_read_it_and_for_no_other() {
    let reads = || Grant { read_body: true, ..Grant::default() };
    let blind = || Scripted::for_responses("blind", Grant::default());
    assert_eq!(shown_of(vec![blind()], Some(b"body")), (None, vec![None]), "a copy was made for nobody");
    // A slot that may read and has no response phase costs none either.
    let no_phase = Scripted { grant: reads(), ..Scripted::new("requests") };
    assert_eq!(shown_of(vec![blind(), no_phase], Some(b"body")), (None, vec![None]));
    let elsewhere =
        Scripted { paths: Names::new(["/elsewhere"]), ..Scripted::for_responses("elsewhere", reads()) };
    assert_eq!(shown_of(vec![blind(), elsewhere], Some(b"body")), (None, vec![None]));
    let reading = || Scripted::for_responses("reading", reads());
    assert_eq!(shown_of(vec![reading()], Some(b"body")), (Some(b"body".to_vec()), vec![Some(4)]));
    assert_eq!(shown_of(vec![reading()], None), (None, vec![None]), "a streamed one has none");
    // Copied for the last slot, and still not shown to the first.
    assert_eq!(shown_of(vec![blind(), reading()], Some(b"body")).1, [None]);
}

#[test]
fn a_body_is_read_where_a_slot_sees_the_path_and_may_read_it() {
    let reads = || Grant { read_body: true, ..Grant::default() };
    let is_read = |slot: Scripted| Chain::new(vec![slot]).reads_response_bodies("/series/monster");
    assert!(is_read(Scripted::for_responses("reading", reads())));
    assert!(!is_read(Scripted::for_responses("blind", Grant::default())));
    assert!(!is_read(Scripted { grant: reads(), ..Scripted::new("requests") }));
    assert!(!is_read(Scripted {
        paths: Names::new(["/elsewhere"]),
        ..Scripted::for_responses("a", reads())
    }));
}

#[test]
fn what_is_not_granted_is_left_out_and_noted() {
    let grant = Grant {
        facts: [FactKind::Tag].into(),
        write_request_headers: Names::new(["x-granted"]),
        ..Grant::default()
    };
    let facts = vec![Fact::Tag("seen".into()), Fact::Score(Score { name: "waf".into(), value: 5 })];
    let verdict = next(vec![header("x-granted", "1"), header("x-other", "1")], facts);
    let chain = Chain::new(vec![Scripted::for_requests("first", grant, verdict)]);
    let outcome = chain.request(request());
    assert_eq!(outcome.request.context.tags, ["seen"]);
    assert!(outcome.request.context.scores.is_empty());
    let set: Vec<&str> = outcome.set_headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(set, ["x-granted"]);
    let notes = chain.slots()[0].notes.borrow();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert_eq!(notes[0], "Next");
    assert!(notes[1].starts_with("DeniedFact") && notes[1].contains("Score"), "{notes:?}");
    assert!(notes[2].starts_with("DeniedHeader") && notes[2].contains("x-other"), "{notes:?}");
}

#[test]
fn a_closed_slots_failure_refuses_on_its_behalf_and_an_open_ones_is_skipped() {
    let fails = |on_failure| Scripted {
        on_failure,
        request: Some(Err(CallFailure::Deadline)),
        ..Scripted::new("first")
    };
    let closed = Chain::new(vec![fails(OnFailure::Closed)]).request(request());
    assert!(matches!(closed.decision, Decision::Refuse(refusal, slot)
        if refusal.status == 503 && refusal.rule.as_deref() == Some("first:deadline") && slot == "first"));
    let open = Chain::new(vec![fails(OnFailure::Open)]).request(request());
    assert!(matches!(open.decision, Decision::Next));
}

#[test]
fn a_slot_sees_its_paths_alone() {
    let elsewhere = Scripted {
        paths: Names::new(["/v1/chat/init"]),
        ..Scripted::for_requests("first", Grant::default(), next(Vec::new(), Vec::new()))
    };
    let chain = Chain::new(vec![elsewhere]);
    assert!(matches!(chain.request(request()).decision, Decision::Next));
    assert!(chain.slots()[0].shown.borrow().is_empty());
}

#[test]
fn an_event_that_a_filter_cuts_is_blocked_and_one_that_cannot_be_checked_unavailable() {
    let decision =
        |event, on_failure| Chain::new(vec![Scripted::for_events(event, on_failure)]).event(&delta());
    let cut = Ok(EventVerdict::Cut("Enough.".into()));
    assert_eq!(
        decision(cut, OnFailure::Closed),
        EventDecision::Cut { code: Code::Blocked, reason: "Enough.".into() }
    );
    let failed = decision(Err(CallFailure::Trap), OnFailure::Closed);
    assert!(matches!(failed, EventDecision::Cut { code: Code::Unavailable, .. }), "{failed:?}");
    assert_eq!(decision(Err(CallFailure::Trap), OnFailure::Open), EventDecision::Pass);
}
