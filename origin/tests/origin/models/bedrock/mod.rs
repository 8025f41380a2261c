//! Amazon Bedrock: the real SDK against a server that speaks event-stream frames.

mod credentials;
mod failures;
mod requests;
mod streams;

use std::path::Path;

use model_server::{Dialect, ModelServer, Script};
use origin::model::Bedrock;
use origin::model::bedrock::Settings;
use tempfile::TempDir;

pub(super) const MODEL: &str = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
const KEYS: &str = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = example";

/// A model on Bedrock, and the Bedrock that it is on.
pub(super) struct Bed {
    pub model: Bedrock,
    pub server: ModelServer,
    /// Where its profile is.
    _folder: TempDir,
}

impl Bed {
    pub(super) async fn playing(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::with(scripts, |settings| settings).await
    }

    /// With settings of the test's own.
    pub(super) async fn with(
        scripts: impl IntoIterator<Item = Script>,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        Self::with_profile(scripts, KEYS, change).await
    }

    /// With a profile of the test's own.
    pub(super) async fn with_profile(
        scripts: impl IntoIterator<Item = Script>,
        profile: &str,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let server = ModelServer::start(Dialect::Bedrock, scripts).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = change(settings(&server.url(), folder.path(), profile));
        let model = Bedrock::connect("claude".into(), settings).await.unwrap();
        Self { model, server, _folder: folder }
    }
}

/// The settings that reach a server, with a profile in this folder.
fn settings(url: &str, folder: &Path, profile: &str) -> Settings {
    let file = folder.join("config");
    std::fs::write(&file, format!("[profile shop]\n{profile}\n")).unwrap();
    Settings {
        region: Some("eu-central-1".into()),
        profile: Some("shop".into()),
        profile_file: Some(file),
        endpoint_url: Some(url.into()),
        ..Settings::of(MODEL)
    }
}
