//! What every model keeps to, written once and run for each: the embedded answerer, and each provider behind a server that
//! speaks its wire format.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::join;
use model_server::{Failure, ModelServer, Script, Step, Stop};
use origin::model::{
    Extractive, Model, ModelErrorKind, ModelEvent, StopReason, TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX,
    ToolCall,
};

use super::bedrock::Bed;
use super::openai::Completions;
use super::{ask, call, in_time, question, stock_tool, text};

/// A way to have a model.
trait Provider {
    /// A model that plays the scripts, if it can be told what to say.
    async fn playing(&self, scripts: Vec<Script>) -> Box<dyn Subject>;
}

/// A model, and where its requests arrive.
trait Subject {
    fn model(&self) -> &dyn Model;
    fn server(&self) -> &ModelServer;
}

struct Embedded;

impl Provider for Embedded {
    async fn playing(&self, _: Vec<Script>) -> Box<dyn Subject> {
        Box::new(Extractive)
    }
}

impl Subject for Extractive {
    fn model(&self) -> &dyn Model {
        self
    }

    fn server(&self) -> &ModelServer {
        unreachable!("the embedded answerer asks nobody")
    }
}

struct AmazonBedrock;

impl Provider for AmazonBedrock {
    async fn playing(&self, scripts: Vec<Script>) -> Box<dyn Subject> {
        Box::new(Bed::playing(scripts).await)
    }
}

impl Subject for Bed {
    fn model(&self) -> &dyn Model {
        &self.model
    }

    fn server(&self) -> &ModelServer {
        &self.server
    }
}

struct ChatCompletions;

impl Provider for ChatCompletions {
    async fn playing(&self, scripts: Vec<Script>) -> Box<dyn Subject> {
        Box::new(Completions::playing(scripts).await)
    }
}

impl Subject for Completions {
    fn model(&self) -> &dyn Model {
        &self.model
    }

    fn server(&self) -> &ModelServer {
        &self.server
    }
}

/// One test for each assertion of the list, for one provider.
macro_rules! keeps {
    ($provider:expr, $($assertion:ident)*) => {
        $(#[tokio::test]
        async fn $assertion() {
            super::$assertion(&$provider).await;
        })*
    };
}

/// What holds for whatever writes answers.
macro_rules! keeps_what_every_model_keeps {
    ($provider:expr) => {
        keeps! { $provider,
            an_answer_ends_with_one_stop
            no_text_is_empty
            usage_comes_before_the_stop
            a_request_can_be_asked_twice_at_once
            a_model_has_a_name_and_an_id
        }
    };
}

/// What holds for a model that is asked over a network.
macro_rules! keeps_what_every_remote_model_keeps {
    ($provider:expr) => {
        keeps! { $provider,
            text_comes_as_it_is_written
            a_dropped_answer_is_left
            an_answer_dropped_before_its_first_text_is_left
            a_tool_call_comes_whole_after_the_text
            tool_calls_keep_their_order
            a_tool_call_may_have_no_arguments
            every_end_has_its_reason
            a_request_refused_is_an_error
            an_answer_cut_within_a_frame_is_an_error
            a_spoilt_frame_is_no_answer
            an_answer_without_its_end_is_an_error
            a_failure_within_the_answer_ends_it_after_what_was_said
            an_answer_of_nothing_still_ends
            too_long_arguments_are_no_answer
            too_many_calls_are_no_answer
            a_connection_is_used_again
            a_server_that_is_gone_is_unavailable
        }
    };
}

mod extractive {
    use super::Embedded;
    keeps_what_every_model_keeps!(Embedded);
}

mod amazon_bedrock {
    use super::AmazonBedrock;
    keeps_what_every_model_keeps!(AmazonBedrock);
    keeps_what_every_remote_model_keeps!(AmazonBedrock);
}

mod chat_completions {
    use super::ChatCompletions;
    keeps_what_every_model_keeps!(ChatCompletions);
    keeps_what_every_remote_model_keeps!(ChatCompletions);
}

async fn an_answer_ends_with_one_stop(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::saying(["Yes, ", "it is."])]).await;
    let told = ask(subject.model(), &question()).await;
    assert!(told.error.is_none(), "{told:?}");
    let stops = told.events.iter().filter(|event| matches!(event, ModelEvent::Stop(_))).count();
    assert_eq!(stops, 1, "{told:?}");
    assert!(matches!(told.events.last(), Some(ModelEvent::Stop(_))), "{told:?}");
}

async fn no_text_is_empty(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::saying(["", "Yes", "", "."])]).await;
    let told = ask(subject.model(), &question()).await;
    assert!(!told.text().is_empty(), "{told:?}");
    assert!(!told.events.contains(&text("")), "{told:?}");
}

async fn usage_comes_before_the_stop(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::saying(["Yes."])]).await;
    let told = ask(subject.model(), &question()).await;
    let at = |wanted: fn(&ModelEvent) -> bool| told.events.iter().position(wanted);
    let (usage, stop) =
        (at(|event| matches!(event, ModelEvent::Usage(_))), at(|event| matches!(event, ModelEvent::Stop(_))));
    assert!(usage.is_none() || usage < stop, "{told:?}");
}

async fn a_request_can_be_asked_twice_at_once(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::saying(["Yes."])]).await;
    let request = question();
    let (one, other) = join(ask(subject.model(), &request), ask(subject.model(), &request)).await;
    assert!(one.error.is_none() && !one.text().is_empty(), "{one:?}");
    assert_eq!(one.events, other.events);
}

async fn a_model_has_a_name_and_an_id(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::default()]).await;
    assert!(!subject.model().name().is_empty());
    assert!(!subject.model().model_id().is_empty());
}

async fn text_comes_as_it_is_written(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::of([Step::Text("Yes".into()), Step::Stall])]).await;
    let mut answer = subject.model().generate(Arc::new(question()));
    assert_eq!(in_time(answer.next()).await.unwrap().unwrap(), text("Yes"));
}

async fn a_dropped_answer_is_left(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::of([Step::Text("Yes".into()), Step::Stall])]).await;
    let mut answer = subject.model().generate(Arc::new(question()));
    in_time(answer.next()).await.unwrap().unwrap();
    drop(answer);
    in_time(subject.server().left()).await;
}

async fn an_answer_dropped_before_its_first_text_is_left(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::of([Step::Stall])]).await;
    let mut answer = subject.model().generate(Arc::new(question()));
    let asked = async {
        while subject.server().received().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        event = answer.next() => panic!("nothing was said, and yet: {event:?}"),
        () = in_time(asked) => {}
    }
    drop(answer);
    in_time(subject.server().left()).await;
}

fn called(id: &str, arguments: &str) -> Step {
    let ToolCall { id, name, arguments } = call(id, arguments);
    Step::ToolCall { id, name, arguments }
}

fn with_tools() -> origin::model::ModelRequest {
    origin::model::ModelRequest { tools: vec![stock_tool()], ..question() }
}

async fn a_tool_call_comes_whole_after_the_text(provider: &impl Provider) {
    let arguments = r#"{"series":"進撃の巨人","volume":3}"#;
    let script = Script::of([Step::Text("I look.".into()), called("c1", arguments), Step::Stop(Stop::Tools)]);
    let subject = provider.playing(vec![script]).await;
    let told = ask(subject.model(), &with_tools()).await;
    let expected =
        [text("I look."), ModelEvent::ToolCall(call("c1", arguments)), ModelEvent::Stop(StopReason::Tools)];
    assert_eq!(told.events, expected);
}

async fn tool_calls_keep_their_order(provider: &impl Provider) {
    let calls = [(r#"{"volume":1}"#, "c1"), (r#"{"volume":2}"#, "c2"), (r#"{"volume":3}"#, "c3")];
    let steps = calls.map(|(arguments, id)| called(id, arguments));
    let subject = provider.playing(vec![Script::of(steps).then(Step::Stop(Stop::Tools))]).await;
    let told = ask(subject.model(), &with_tools()).await;
    let mut expected: Vec<_> =
        calls.iter().map(|(arguments, id)| ModelEvent::ToolCall(call(id, arguments))).collect();
    expected.push(ModelEvent::Stop(StopReason::Tools));
    assert_eq!(told.events, expected);
}

async fn a_tool_call_may_have_no_arguments(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::of([called("c1", ""), Step::Stop(Stop::Tools)])]).await;
    let told = ask(subject.model(), &with_tools()).await;
    assert_eq!(told.events.first(), Some(&ModelEvent::ToolCall(call("c1", "{}"))), "{told:?}");
}

async fn every_end_has_its_reason(provider: &impl Provider) {
    let ends = [
        (Stop::End, &[StopReason::End][..]),
        (Stop::Length, &[StopReason::Length]),
        // Not every provider tells a stop text from an end.
        (Stop::StopText, &[StopReason::StopText, StopReason::End]),
        (Stop::Filtered, &[StopReason::Filtered]),
    ];
    for (stop, reasons) in ends {
        let script = Script::of([Step::Text("Yes.".into()), Step::Stop(stop)]);
        let subject = provider.playing(vec![script]).await;
        let told = ask(subject.model(), &question()).await;
        let Some(ModelEvent::Stop(reason)) = told.events.last() else { panic!("{stop:?}: {told:?}") };
        assert!(reasons.contains(reason), "{stop:?}: {told:?}");
    }
}

async fn a_request_refused_is_an_error(provider: &impl Provider) {
    let statuses = [
        (400, ModelErrorKind::Invalid, false),
        (401, ModelErrorKind::Denied, false),
        (403, ModelErrorKind::Denied, false),
        (429, ModelErrorKind::Throttled, true),
        (500, ModelErrorKind::Unavailable, true),
        (503, ModelErrorKind::Unavailable, true),
    ];
    for (status, kind, retryable) in statuses {
        let subject = provider.playing(vec![Script::refusing(status, "SomethingNew")]).await;
        let told = ask(subject.model(), &question()).await;
        assert!(told.events.is_empty(), "{status}: {told:?}");
        assert_eq!(told.failure().kind, kind, "{status}: {told:?}");
        assert_eq!(told.failure().is_retryable(), retryable, "{status}: {told:?}");
        assert_eq!(
            subject.server().received().len(),
            1,
            "{status}: what is tried again is the router's business"
        );
    }
}

async fn an_answer_cut_within_a_frame_is_an_error(provider: &impl Provider) {
    let script = Script::of([Step::Text("Yes, ".into()), Step::Cut, Step::Text("it is.".into())]);
    let subject = provider.playing(vec![script]).await;
    let told = ask(subject.model(), &question()).await;
    assert_eq!(told.events, [text("Yes, ")]);
    assert!(matches!(told.failure().kind, ModelErrorKind::Unavailable | ModelErrorKind::Broken), "{told:?}");
}

async fn a_spoilt_frame_is_no_answer(provider: &impl Provider) {
    let script = Script::of([Step::Text("Yes, ".into()), Step::Corrupt, Step::Text("it is.".into())]);
    let subject = provider.playing(vec![script.then(Step::Stop(Stop::End))]).await;
    let told = ask(subject.model(), &question()).await;
    assert_eq!(told.events, [text("Yes, ")]);
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
}

async fn an_answer_without_its_end_is_an_error(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::of([Step::Text("Yes".into())])]).await;
    let told = ask(subject.model(), &question()).await;
    assert_eq!(told.events, [text("Yes")]);
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
}

async fn a_failure_within_the_answer_ends_it_after_what_was_said(provider: &impl Provider) {
    let failure = Failure {
        status: 500,
        kind: "internalServerException".into(),
        message: "Is volume 3 in stock?".into(),
        retry_after_s: None,
    };
    let subject = provider.playing(vec![Script::of([Step::Text("Yes".into()), Step::Fail(failure)])]).await;
    let told = ask(subject.model(), &question()).await;
    assert_eq!(told.events, [text("Yes")]);
    assert!(!told.failure().reason.contains("volume 3"), "the reason quotes the conversation: {told:?}");
}

async fn an_answer_of_nothing_still_ends(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::of([Step::Stop(Stop::End)])]).await;
    let told = ask(subject.model(), &question()).await;
    assert_eq!(told.events, [ModelEvent::Stop(StopReason::End)], "{told:?}");
}

async fn too_long_arguments_are_no_answer(provider: &impl Provider) {
    let arguments = format!("\"{}\"", "x".repeat(TOOL_ARGUMENTS_BYTES_MAX));
    let subject =
        provider.playing(vec![Script::of([called("c1", &arguments), Step::Stop(Stop::Tools)])]).await;
    let told = ask(subject.model(), &with_tools()).await;
    assert!(told.events.is_empty(), "{:?}", told.events.len());
    assert_eq!(told.failure().kind, ModelErrorKind::Broken);
}

async fn too_many_calls_are_no_answer(provider: &impl Provider) {
    let calls = (0..=TOOL_CALLS_MAX).map(|number| called(&format!("c{number}"), "{}"));
    let subject = provider.playing(vec![Script::of(calls).then(Step::Stop(Stop::Tools))]).await;
    let told = ask(subject.model(), &with_tools()).await;
    assert!(told.events.is_empty(), "{told:?}");
    assert_eq!(told.failure().kind, ModelErrorKind::Broken);
}

async fn a_connection_is_used_again(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::saying(["Yes."])]).await;
    for _ in 0..3 {
        ask(subject.model(), &question()).await;
    }
    assert_eq!(subject.server().connections(), 1);
}

async fn a_server_that_is_gone_is_unavailable(provider: &impl Provider) {
    let subject = provider.playing(vec![Script::saying(["Yes."])]).await;
    subject.server().close().await;
    let told = ask(subject.model(), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable, "{told:?}");
    assert!(told.failure().is_retryable());
}
