//! A bound on what a response may be long. The event stream's decoder waits for as much as a frame says it has, so a broken or
//! endless response would be kept in memory as it comes.

use aws_sdk_bedrockruntime::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// Longest response, in bytes: about 100 000 tokens, each in a frame of about 300 bytes.
const RESPONSE_BYTES_MAX: usize = 32 << 20;

/// Ends a response that is too long with an error.
#[derive(Debug)]
pub(super) struct Bounded;

impl Intercept for Bounded {
    fn name(&self) -> &'static str {
        "Bounded"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, RESPONSE_BYTES_MAX));
        Ok(())
    }
}
