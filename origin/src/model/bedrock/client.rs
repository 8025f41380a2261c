//! The SDK's client, set up once a model: TLS, connections, time limits, credentials.

use std::path::Path;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{Builder, SharedHttpClient, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::bound::Bounded;
use super::settings::Settings;
use crate::model::{ModelError, ModelErrorKind};

/// Longest wait for a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for region and profiles, which an instance's metadata service may be asked for.
const CONFIGURE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept that nobody uses. Bedrock closes them after a minute or so.
const IDLE_CONNECTION_KEEP: Duration = Duration::from_secs(50);

/// The client of these settings. Credentials are looked up with the first request, and renewed before they expire.
pub(super) async fn client(settings: &Settings) -> Result<Client, ModelError> {
    let loaded = tokio::time::timeout(CONFIGURE_TIMEOUT, loader(settings).load())
        .await
        .map_err(|_| ModelError::new(ModelErrorKind::Timeout, "no region or profile was found in time"))?;
    if loaded.region().is_none() {
        let reason = "no region: set `region`, AWS_REGION or the profile's region";
        return Err(ModelError::new(ModelErrorKind::Invalid, reason));
    }
    Ok(Client::from_conf(service(&loaded).build()))
}

fn loader(settings: &Settings) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(connections()).timeout_config(timeouts);
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(file) = &settings.profile_file {
        loader = loader.profile_files(profile_files(file));
    }
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

fn profile_files(file: &Path) -> EnvConfigFiles {
    EnvConfigFiles::builder().with_file(EnvConfigFileKind::Config, file).build()
}

/// Connections are kept open between requests, and a request is written as soon as it is there. TLS is rustls on ring.
fn connections() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .pool_idle_timeout(IDLE_CONNECTION_KEEP)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// What is Bedrock's alone. The router tries again and watches for stalls, and knows more: whether something was said already,
/// what else could answer, and how long the shopper has waited. The services that credentials come from keep the SDK's ways.
fn service(loaded: &SdkConfig) -> Builder {
    Builder::from(loaded)
        .interceptor(Bounded)
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}
