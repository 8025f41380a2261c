//! Reading the shop's files. An error names the file and the line.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use semantics::faq::FaqBundle;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{Series, Shop, policy};

/// A file of the shop that cannot be used.
#[derive(Debug, Error)]
#[error("{}:{line}: {reason}", file.display())]
pub struct LoadError {
    file: PathBuf,
    line: usize,
    reason: String,
}

impl LoadError {
    pub(crate) fn new(file: &Path, line: usize, reason: impl Display) -> Self {
        Self { file: file.to_owned(), line, reason: reason.to_string() }
    }
}

/// Reads series, FAQ and policies.
pub(crate) fn load(dir: &Path) -> Result<Shop, LoadError> {
    let faq_path = dir.join("faq.jsonl");
    let faq = FaqBundle::parse_jsonl(&read(&faq_path)?).map_err(|errors| match errors.first() {
        Some(error) => LoadError::new(&faq_path, error.line, &error.message),
        None => LoadError::new(&faq_path, 0, "it is no FAQ"),
    })?;
    Ok(Shop::new(series(&dir.join("series"))?, faq, policy::load(&dir.join("policies"))?))
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|error| LoadError::new(path, 0, error))
}

/// The lines of a JSON-lines file, each with its number.
pub(crate) fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, LoadError> {
    let text = read(path)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| match serde_json::from_str(line) {
            Ok(value) => Ok((number, value)),
            Err(error) => Err(LoadError::new(path, number, error)),
        })
        .collect()
}

/// All files of the folder. Each file begins with its best-known series, so the files are read side by side and the
/// catalogue's order tells, roughly, how well known a series is.
fn series(dir: &Path) -> Result<Vec<Series>, LoadError> {
    let entries = std::fs::read_dir(dir).map_err(|error| LoadError::new(dir, 0, error))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| LoadError::new(dir, 0, error))?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut ranked = Vec::new();
    let mut seen: HashMap<String, (PathBuf, usize)> = HashMap::new();
    for path in &paths {
        let lines = json_lines::<Series>(path)?;
        for (rank, (line, series)) in lines.into_iter().enumerate() {
            if let Some((file, first)) = seen.insert(series.id.clone(), (path.clone(), line)) {
                let reason = format!("{} is in {}:{first} too", series.id, file.display());
                return Err(LoadError::new(path, line, reason));
            }
            ranked.push((rank, series));
        }
    }
    if ranked.is_empty() {
        return Err(LoadError::new(dir, 0, "there is no series in it"));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    Ok(ranked.into_iter().map(|(_, series)| series).collect())
}
