//! The key: where it is kept, the header that carries it, and how a new one takes its place.
//!
//! A file is read again when the server refuses the key: keys are rotated, and some live for an hour. The environment of a
//! process does not change.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderName, HeaderValue};
use tokio::time::Instant;

use super::connection::header_name;
use super::settings::{KEY_BYTES_MAX, Settings};
use crate::model::{ModelError, ModelErrorKind};

/// Shortest time between two looks at the file: a key that stays wrong is no reason to read it for every answer.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The key of a server.
#[derive(Debug)]
pub(super) struct Key {
    /// The header that carries it.
    name: HeaderName,
    /// `Bearer` goes before it.
    is_bearer: bool,
    /// None: a key of the environment.
    file: Option<PathBuf>,
    value: Mutex<HeaderValue>,
    /// When the file was last read again. Held while it is read, so that all who were refused together wait for one look.
    looked: tokio::sync::Mutex<Option<Instant>>,
}

impl Key {
    /// The key that the settings name; none when they name none.
    ///
    /// # Errors
    /// [`ModelErrorKind::Denied`] when it is not there or no key, [`ModelErrorKind::Invalid`] when two are named.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, ModelError> {
        let (text, file) = match (&settings.key_env, &settings.key_file) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(ModelError::new(
                    ModelErrorKind::Invalid,
                    "key_env and key_file: name one of them",
                ));
            }
            (Some(variable), None) => (of_environment(variable)?, None),
            (None, Some(file)) => (of_file(file)?, Some(file.clone())),
        };
        let (name, is_bearer) = match &settings.key_header {
            None => (AUTHORIZATION, true),
            Some(name) => (header_name("key_header", name)?, false),
        };
        let value = Mutex::new(header(&text, is_bearer)?);
        Ok(Some(Self { name, is_bearer, file, value, looked: tokio::sync::Mutex::default() }))
    }

    /// The header that carries it.
    pub(super) const fn name(&self) -> &HeaderName {
        &self.name
    }

    /// What that header says now.
    pub(super) fn value(&self) -> HeaderValue {
        self.held().clone()
    }

    /// The server refused what was sent: what to send in its place, if there is another key by now.
    pub(super) async fn replaced(&self, sent: &HeaderValue) -> Option<HeaderValue> {
        let file = self.file.clone()?;
        let mut looked = self.looked.lock().await;
        let known = self.value();
        if known != *sent {
            return Some(known);
        }
        if looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return None;
        }
        *looked = Some(Instant::now());
        let is_bearer = self.is_bearer;
        let read = tokio::task::spawn_blocking(move || header(&of_file(&file)?, is_bearer));
        match read.await.unwrap_or_else(|error| Err(denied(&error.to_string()))) {
            Ok(value) if value == *sent => None,
            Ok(value) => {
                tracing::info!("the server refused the key: a new one was read from its file");
                self.held().clone_from(&value);
                Some(value)
            }
            Err(error) => {
                tracing::warn!(
                    reason = error.reason,
                    "the server refused the key, and no other could be read"
                );
                None
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HeaderValue> {
        // It is replaced whole: a panic elsewhere leaves none half done.
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn header(text: &str, is_bearer: bool) -> Result<HeaderValue, ModelError> {
    let key = match text.trim() {
        "" => return Err(denied("the key is empty")),
        key if key.len() > KEY_BYTES_MAX => return Err(denied("the key is too long")),
        key => key,
    };
    let text = if is_bearer { format!("Bearer {key}") } else { key.to_owned() };
    let mut value =
        HeaderValue::try_from(text).map_err(|_| denied("the key holds characters that no header can"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn of_environment(variable: &str) -> Result<String, ModelError> {
    std::env::var(variable)
        .map_err(|_| denied(&format!("key_env: the environment variable {variable} is not set")))
}

fn of_file(file: &Path) -> Result<String, ModelError> {
    fs::read_to_string(file).map_err(|error| denied(&format!("key_file: {}: {error}", file.display())))
}

fn denied(what: &str) -> ModelError {
    ModelError::new(ModelErrorKind::Denied, what)
}
