//! A bundle as it is published: its entries, the thresholds calibrated on them, and the vectors of its phrasings.
//!
//! One file: a line of JSON that says what follows ([`Header`]), a line of JSON for each entry as in the source, and the
//! vectors in binary ([`Vectors`]). Everything has a bound, and what is read is checked like a source.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bundle::{FaqBundle, FaqError};
use super::index::FaqIndex;
use super::thresholds::{MeaningThresholds, Thresholds};
use super::vectors::{Vectors, VectorsError};
use crate::text;

/// What the first line of a built bundle says it is. The number goes up when a reader of the old form would misread it.
pub const FORMAT: &str = "mangaassist-faq/2";
/// Longest first line, in bytes.
const HEADER_BYTES_MAX: usize = 4_096;
/// Largest built bundle, in bytes: entries and vectors.
pub const BUILT_BYTES_MAX: usize = 32 << 20;

/// A bundle with what was worked out when it was built.
#[derive(Clone, Debug, PartialEq)]
pub struct BuiltBundle {
    /// The entries.
    pub bundle: FaqBundle,
    /// When words alone answer.
    pub thresholds: Thresholds,
    /// When to ask for a vector, and when to answer with one.
    pub meaning: MeaningThresholds,
    /// The phrasings' vectors; without them the bundle answers by words alone.
    pub vectors: Option<Vectors>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    /// Length of the entries, line ends included.
    entries_bytes: usize,
    thresholds: Thresholds,
    #[serde(default, skip_serializing_if = "is_default")]
    meaning: MeaningThresholds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vectors: Option<VectorsHeader>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorsHeader {
    model: String,
    dimensions: usize,
    /// How many phrasings have one; what follows their rows are the directions of entries.
    phrasings: usize,
}

fn is_default(meaning: &MeaningThresholds) -> bool {
    *meaning == MeaningThresholds::default()
}

/// Why a file is no built bundle.
#[derive(Clone, Debug, PartialEq)]
pub enum BuiltError {
    /// Larger than [`BUILT_BYTES_MAX`].
    Size,
    /// The first line is not that of a built bundle, or of another version.
    Header(String),
    /// It ends before its entries do.
    CutOff,
    /// What is wrong with its entries.
    Entries(Vec<FaqError>),
    /// What is wrong with its vectors.
    Vectors(VectorsError),
}

impl fmt::Display for BuiltError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size => write!(f, "larger than {BUILT_BYTES_MAX} bytes"),
            Self::Header(why) => write!(f, "not a bundle of the format {FORMAT}: {why}"),
            Self::CutOff => f.write_str("it is cut off"),
            Self::Entries(errors) => {
                let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("; "))
            }
            Self::Vectors(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuiltError {}

/// The text whose vector stands for a question or a phrasing: normalised, so that a model sees no tricks of writing and a
/// cache of vectors finds the same question in other letters.
#[must_use]
pub fn text_for_vector(text: &str) -> String {
    text::normalise(text)
}

impl BuiltBundle {
    /// Builds a bundle that answers by words alone.
    #[must_use]
    pub fn of_words(bundle: FaqBundle) -> Self {
        let thresholds = Thresholds::calibrate(&bundle);
        Self { bundle, thresholds, meaning: MeaningThresholds::default(), vectors: None }
    }

    /// Builds a bundle with vectors. `embed` gives the vector of a [text for a vector](text_for_vector); it is called for every
    /// English phrasing and near miss and for the English [outside questions](super::outside_questions): all-MiniLM-L6-v2 knows no
    /// other language, and questions in Japanese are left to words.
    ///
    /// # Errors
    /// What is wrong with the vectors, or what `embed` says.
    pub fn with_vectors<E: From<VectorsError>>(
        bundle: FaqBundle,
        model: &str,
        dimensions: usize,
        mut embed: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let is_english = |text: &str| text::detect_language(text) == text::Language::En;
        let mut vectors = Vectors::new(model, dimensions)?;
        let questions = bundle.groups().flatten();
        for (phrasing, question) in (0_u32..).zip(questions).filter(|(_, question)| is_english(question)) {
            vectors.push(phrasing, &embed(&text_for_vector(question))?)?;
        }
        vectors.set_apart(bundle.groups().map(<[String]>::len), bundle.entries().len())?;
        let mut outside = std::collections::BTreeMap::new();
        for question in super::outside_questions().filter(|question| is_english(question)) {
            outside.insert(question, embed(&text_for_vector(question))?);
        }
        let mut index = FaqIndex::build_calibrated(&bundle);
        index.set_vectors(vectors.clone(), MeaningThresholds::default())?;
        index.calibrate_meaning(&|question| outside.get(question).cloned());
        let (thresholds, meaning) = (*index.thresholds(), *index.meaning());
        Ok(Self { bundle, thresholds, meaning, vectors: Some(vectors) })
    }

    /// The index that it decides by.
    ///
    /// # Errors
    /// The vectors are not those of the entries.
    pub fn into_index(self) -> Result<FaqIndex, VectorsError> {
        let mut index = FaqIndex::build(&self.bundle, self.thresholds);
        if let Some(vectors) = self.vectors {
            index.set_vectors(vectors, self.meaning)?;
        }
        Ok(index)
    }

    /// The file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let entries = self.bundle.to_jsonl();
        let header = Header {
            format: FORMAT.to_owned(),
            entries_bytes: entries.len(),
            thresholds: self.thresholds,
            meaning: self.meaning,
            vectors: self.vectors.as_ref().map(|vectors| VectorsHeader {
                model: vectors.model().to_owned(),
                dimensions: vectors.dimensions(),
                phrasings: vectors.len(),
            }),
        };
        // Plain data: it cannot fail.
        let mut out = serde_json::to_vec(&header).unwrap_or_default();
        out.push(b'\n');
        out.extend(entries.as_bytes());
        if let Some(vectors) = &self.vectors {
            vectors.write(&mut out);
        }
        out
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is none, or something in it is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, BuiltError> {
        if bytes.len() > BUILT_BYTES_MAX {
            return Err(BuiltError::Size);
        }
        let first = bytes.iter().take(HEADER_BYTES_MAX).position(|&b| b == b'\n');
        let Some(end) = first else { return Err(BuiltError::Header("there is no first line".to_owned())) };
        let header: Header =
            serde_json::from_slice(&bytes[..end]).map_err(|error| BuiltError::Header(error.to_string()))?;
        if header.format != FORMAT {
            return Err(BuiltError::Header(format!("its format is {:?}", header.format)));
        }
        let (entries, vectors) =
            bytes[end + 1..].split_at_checked(header.entries_bytes).ok_or(BuiltError::CutOff)?;
        let entries = std::str::from_utf8(entries)
            .map_err(|_| BuiltError::Header("its entries are not UTF-8".to_owned()))?;
        let bundle = FaqBundle::parse_jsonl(entries).map_err(BuiltError::Entries)?;
        let vectors = match header.vectors {
            Some(of) => {
                let read = Vectors::read(&of.model, of.dimensions, of.phrasings, vectors);
                Some(read.map_err(BuiltError::Vectors)?)
            }
            None if vectors.is_empty() => None,
            None => return Err(BuiltError::Vectors(VectorsError::Size)),
        };
        if let Some(vectors) = &vectors {
            let phrasings = bundle.groups().map(<[String]>::len).sum();
            vectors.check(phrasings, bundle.groups().count()).map_err(BuiltError::Vectors)?;
        }
        Ok(Self { bundle, thresholds: header.thresholds, meaning: header.meaning, vectors })
    }
}
