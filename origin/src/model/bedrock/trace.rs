//! What the service tells about an answer, for the log: how long it took, and which policies of the guardrail stepped in.
//! Neither words nor matches are logged, which are the conversation's.

use std::collections::BTreeSet;

use aws_sdk_bedrockruntime::types::{
    ConverseStreamMetadataEvent, GuardrailAssessment, GuardrailTraceAssessment,
};

/// Logs it.
pub(super) fn log(model: &str, metadata: &ConverseStreamMetadataEvent) {
    if let Some(metrics) = &metadata.metrics {
        tracing::debug!(model, latency_ms = metrics.latency_ms, "the model has answered");
    }
    let Some(guardrail) = metadata.trace.as_ref().and_then(|trace| trace.guardrail.as_ref()) else { return };
    let (input, output) = (input_policies(guardrail), output_policies(guardrail));
    tracing::info!(model, input, output, "the guardrail has read the request and the answer");
}

fn input_policies(guardrail: &GuardrailTraceAssessment) -> String {
    names(guardrail.input_assessment.iter().flat_map(|of| of.values()))
}

fn output_policies(guardrail: &GuardrailTraceAssessment) -> String {
    names(guardrail.output_assessments.iter().flat_map(|of| of.values().flatten()))
}

fn names<'a>(assessments: impl Iterator<Item = &'a GuardrailAssessment>) -> String {
    let names: BTreeSet<_> = assessments.flat_map(policies).collect();
    names.into_iter().collect::<Vec<_>>().join(",")
}

/// The kinds of policy that found something.
fn policies(assessment: &GuardrailAssessment) -> impl Iterator<Item = &'static str> {
    let topics = assessment.topic_policy.as_ref().is_some_and(|policy| !policy.topics.is_empty());
    let content = assessment.content_policy.as_ref().is_some_and(|policy| !policy.filters.is_empty());
    let words = assessment
        .word_policy
        .as_ref()
        .is_some_and(|policy| !(policy.custom_words.is_empty() && policy.managed_word_lists.is_empty()));
    let personal = assessment
        .sensitive_information_policy
        .as_ref()
        .is_some_and(|policy| !(policy.pii_entities.is_empty() && policy.regexes.is_empty()));
    let grounding = assessment
        .contextual_grounding_policy
        .as_ref()
        .is_some_and(|policy| policy.filters.as_ref().is_some_and(|filters| !filters.is_empty()));
    let found = [
        ("topic", topics),
        ("content", content),
        ("word", words),
        ("sensitive-information", personal),
        ("contextual-grounding", grounding),
    ];
    found.into_iter().filter_map(|(name, found)| found.then_some(name))
}
