//! What the SDK says went wrong, as errors of ours. Every exception of `ConverseStream` has its kind here, as a response and
//! within a stream. A message of the service may quote the request, so only those about access and configuration are kept.

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::RequestId as _;
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError;
use aws_sdk_bedrockruntime::primitives::{DateTime, DateTimeFormat};
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_smithy_types::event_stream::{Message, RawMessage};
use http_body_util::LengthLimitError;

use crate::model::{ModelError, ModelErrorKind};

/// Longest text of an error that is kept, in characters.
const TEXT_CHARS_MAX: usize = 300;
/// Longest time that is waited because the service asks for it.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// Exceptions whose message is about accounts and names of resources.
const TELLING: [&str; 4] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
];
/// How the messages of `ValidationException` begin that are about configuration.
const TELLING_BEGINNINGS: [&str; 4] = [
    "The provided model identifier is invalid",
    "Invocation of model ID",
    "The model ID",
    "The guardrail identifier or version",
];

/// What came instead of a stream.
pub(super) fn of_converse(error: &SdkError<ConverseStreamError>) -> ModelError {
    let model_status = match error.as_service_error() {
        Some(ConverseStreamError::ModelErrorException(error)) => error.original_status_code,
        _ => None,
    };
    let mut failure = of_response(error);
    if let Some(status) = model_status.and_then(|status| u16::try_from(status).ok()) {
        failure.kind = by_status(status);
    }
    failure
}

/// What came instead of a response.
pub(super) fn of_response<E>(error: &SdkError<E>) -> ModelError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(refused) => {
            let (response, said) = (refused.raw(), refused.err());
            let status = response.status().as_u16();
            let told = Told {
                code: said.code().map(plain).unwrap_or_default(),
                status: Some(status),
                request_id: response.headers().get("x-amzn-requestid").or(said.meta().request_id()),
                message: said.message(),
            };
            let mut failure = told.failure();
            failure.retry_after = response
                .headers()
                .get("retry-after")
                .and_then(retry_after)
                .map(|wait| wait.min(RETRY_AFTER_MAX));
            failure
        }
        SdkError::ResponseError(unread) => {
            ModelError::new(by_status(unread.raw().status().as_u16()), chain(error))
        }
        _ => of_transport(error),
    }
}

/// What came in the middle of a stream.
pub(super) fn of_stream(error: &SdkError<ConverseStreamOutputError, RawMessage>) -> ModelError {
    match error {
        SdkError::ServiceError(failed) => {
            let name = decoded(failed.raw()).and_then(|message| header(message, ":exception-type"));
            let said = failed.err();
            let told = Told {
                code: name.or(said.code()).map(plain).unwrap_or_default(),
                status: None,
                request_id: None,
                message: said.message(),
            };
            told.failure()
        }
        SdkError::ResponseError(unread) => {
            let code = decoded(unread.raw()).and_then(|message| header(message, ":error-code"));
            match code {
                Some(code) => Told { code: plain(code), ..Told::default() }.failure(),
                None => ModelError::new(ModelErrorKind::Broken, chain(error)),
            }
        }
        _ => of_transport(error),
    }
}

/// What the service told of a failure.
#[derive(Default)]
struct Told<'a> {
    code: &'a str,
    status: Option<u16>,
    request_id: Option<&'a str>,
    message: Option<&'a str>,
}

impl Told<'_> {
    fn failure(&self) -> ModelError {
        let kind =
            by_code(self.code).unwrap_or_else(|| self.status.map_or(ModelErrorKind::Broken, by_status));
        ModelError::new(kind, self.reason())
    }

    fn reason(&self) -> String {
        let mut reason = if self.code.is_empty() { "no code".to_owned() } else { short(self.code) };
        if let Some(status) = self.status {
            reason.push_str(&format!(", status {status}"));
        }
        if let Some(id) = self.request_id {
            reason.push_str(&format!(", request {}", short(id)));
        }
        if let Some(message) = self.message.filter(|message| self.is_telling(message)) {
            reason.push_str(&format!(": {}", short(message)));
        }
        reason
    }

    fn is_telling(&self, message: &str) -> bool {
        let begins_so = |beginning: &&str| message.starts_with(*beginning);
        TELLING.iter().any(|code| code.eq_ignore_ascii_case(self.code))
            || TELLING_BEGINNINGS.iter().any(begins_so)
    }
}

/// By the name of the exception; a stream writes its first letter small.
fn by_code(code: &str) -> Option<ModelErrorKind> {
    Some(match code.to_ascii_lowercase().as_str() {
        "throttlingexception"
        | "throttling"
        | "servicequotaexceededexception"
        | "toomanyrequestsexception" => ModelErrorKind::Throttled,
        "serviceunavailableexception"
        | "serviceunavailable"
        | "internalserverexception"
        | "internalfailure"
        | "modelerrorexception"
        | "modelnotreadyexception"
        | "modelstreamerrorexception" => ModelErrorKind::Unavailable,
        "modeltimeoutexception" | "requesttimeout" | "requesttimeoutexception" => ModelErrorKind::Timeout,
        "validationexception" | "validationerror" | "resourcenotfoundexception" => ModelErrorKind::Invalid,
        "accessdeniedexception"
        | "accessdenied"
        | "expiredtoken"
        | "expiredtokenexception"
        | "incompletesignature"
        | "incompletesignatureexception"
        | "invalidclienttokenid"
        | "invalidsignatureexception"
        | "missingauthenticationtoken"
        | "missingauthenticationtokenexception"
        | "notauthorized"
        | "optinrequired"
        | "requestexpired"
        | "unauthorizedexception"
        | "unrecognizedclientexception" => ModelErrorKind::Denied,
        _ => return None,
    })
}

/// By the status of the response (RFC 9110, section 15), where the name says nothing.
const fn by_status(status: u16) -> ModelErrorKind {
    match status {
        401 | 403 => ModelErrorKind::Denied,
        408 | 504 => ModelErrorKind::Timeout,
        429 => ModelErrorKind::Throttled,
        400..=499 => ModelErrorKind::Invalid,
        500..=599 => ModelErrorKind::Unavailable,
        _ => ModelErrorKind::Broken,
    }
}

/// No answer of the service: no credentials to ask with, no connection, or one that broke.
fn of_transport<E, R>(error: &SdkError<E, R>) -> ModelError
where
    E: Error + 'static,
    R: std::fmt::Debug + 'static,
{
    if let Some(credentials) = source::<CredentialsError>(error) {
        return of_credentials(credentials);
    }
    if source::<LengthLimitError>(error).is_some() {
        return ModelError::new(ModelErrorKind::Broken, "the answer does not end");
    }
    let kind = match error {
        SdkError::TimeoutError(_) => ModelErrorKind::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => ModelErrorKind::Timeout,
        SdkError::ConstructionFailure(_) => ModelErrorKind::Invalid,
        _ => ModelErrorKind::Unavailable,
    };
    ModelError::new(kind, chain(error))
}

/// What a provider of credentials says may hold what it was given, so only its kind is told.
fn of_credentials(error: &CredentialsError) -> ModelError {
    let kind = match error {
        CredentialsError::ProviderTimedOut(_) => ModelErrorKind::Timeout,
        _ => ModelErrorKind::Denied,
    };
    ModelError::new(kind, format!("no credentials: {error}"))
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::from_str(value.trim(), DateTimeFormat::HttpDate).ok()?;
    SystemTime::try_from(date).ok()?.duration_since(SystemTime::now()).ok()
}

fn decoded(raw: &RawMessage) -> Option<&Message> {
    match raw {
        RawMessage::Decoded(message) => Some(message),
        _ => None,
    }
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
    header.value().as_string().ok().map(aws_smithy_types::str_bytes::StrBytes::as_str)
}

/// A code without its namespace and without the address that some services add.
fn plain(code: &str) -> &str {
    let code = code.split_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code)
}

fn source<'a, S: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a S> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error and its causes, which are the SDK's own and the system's.
fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    short(&texts.join(": "))
}

/// As much as goes into a line of the log.
fn short(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(TEXT_CHARS_MAX).collect()
}
