//! From the source, JSON lines, to the bundle that a slot is published with.

use semantics::faq::{BuiltBundle, BuiltError, FaqBundle, FaqError, VectorsError};
use sentence::{Model, NUMBERS};
use thiserror::Error;

/// The model whose vectors a bundle has.
pub const MODEL: &str = "all-MiniLM-L6-v2";

/// Why there is no bundle.
#[derive(Debug, Error)]
pub enum BuildError {
    /// What is wrong with the source, line by line.
    #[error("{}", lines(.0))]
    Source(Vec<FaqError>),
    /// It is neither a source nor a built bundle.
    #[error(transparent)]
    Built(#[from] BuiltError),
    /// The bundle has more phrasings than may have vectors.
    #[error(transparent)]
    Vectors(#[from] VectorsError),
}

fn lines(errors: &[FaqError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Builds the bundle: calibrates its thresholds and, with a model, makes the vectors of its English phrasings. Without one it
/// answers by words alone.
///
/// # Errors
/// The source is none, or it is too large for vectors.
pub fn build(source: &str, model: Option<&Model>) -> Result<BuiltBundle, BuildError> {
    let bundle = FaqBundle::parse_jsonl(source).map_err(BuildError::Source)?;
    match model {
        Some(model) => BuiltBundle::with_vectors(bundle, MODEL, NUMBERS, |text| {
            Ok(model.embed(text).as_slice().to_vec())
        }),
        None => Ok(BuiltBundle::of_words(bundle)),
    }
}

/// Reads a file that is either a built bundle or a source, which is then built by words alone.
///
/// # Errors
/// It is neither.
pub fn read(bytes: &[u8]) -> Result<BuiltBundle, BuildError> {
    // A built bundle may end in vectors, which are no text; its first line says what it is.
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with("{\"format\"") => build(text, None),
        _ => Ok(BuiltBundle::read(bytes)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = concat!(
        r#"{"id":"returns","questions":["How do I return a book?","Can I send a book back?"],"answer":{"en":"By post."}}"#,
        "\n",
        r#"{"id":"hours","questions":["When are you open?","What are your opening hours?"],"answer":{"en":"Always."}}"#,
    );

    #[test]
    fn a_source_is_built_and_what_was_built_is_read_again() {
        let built = build(SOURCE, None).unwrap();
        assert!(built.vectors.is_none());
        assert_eq!(read(&built.write()).unwrap(), built);
        assert_eq!(read(SOURCE.as_bytes()).unwrap(), built);
    }

    #[test]
    fn every_line_that_is_no_entry_is_named() {
        let error = build("{}\nnothing", None).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("line 2"), "{error}");
        assert!(matches!(read(b"{\"format\":1}\n"), Err(BuildError::Built(_))));
        assert!(matches!(read(&[0xff, 0xfe]), Err(BuildError::Built(_))));
    }
}
