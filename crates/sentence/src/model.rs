//! The model: a text's tokens, their embeddings, the encoder, and the mean of what comes out.

use std::path::Path;

use crate::arithmetic::add_scaled;
use crate::encoder::{INNER, LAYERS, Layer, Norm, QKV};
use crate::file::{self, LoadError, Parts};
use crate::linear::{Linear, Multiplier, Rows};
use crate::tokens::{TOKENS_MAX, Token, Vocabulary};
use crate::vector::{NUMBERS, Vector};

/// all-MiniLM-L6-v2 in memory, about 25 MB.
pub struct Model {
    vocabulary: Vocabulary,
    /// What each token begins as.
    words: Embeddings,
    /// What each place adds, [`NUMBERS`] a place; the segment's is in it.
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

/// Rows of [`NUMBERS`] in a byte a number.
struct Embeddings {
    steps: Vec<i8>,
    scales: Vec<f32>,
}

impl Model {
    /// Reads a model that `sentence convert` has written, and makes it ready for this machine's instructions. Takes about a tenth
    /// of a second.
    ///
    /// # Errors
    /// The file is not there, cannot be read, or is none of this version: says what to do.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let contents = file::contents(path)?;
        Self::read(&mut Parts(&contents)).map_err(|what| LoadError::Unfit { path: path.to_owned(), what })
    }

    fn read(parts: &mut Parts<'_>) -> Result<Self, &'static str> {
        let multiplier = Multiplier::default();
        let vocabulary = Vocabulary::read(parts.text()?)?;
        let words = Embeddings {
            steps: parts.bytes(vocabulary.len() * NUMBERS)?,
            scales: parts.floats(vocabulary.len())?,
        };
        let places = parts.floats(TOKENS_MAX * NUMBERS)?;
        let norm = norm(parts)?;
        let layers = (0..LAYERS).map(|_| layer(&multiplier, parts)).collect::<Result<_, _>>()?;
        if !parts.0.is_empty() {
            return Err("it is too long");
        }
        Ok(Self { vocabulary, words, places, norm, layers })
    }

    /// The name of the instructions that matrices are multiplied with on this machine.
    #[must_use]
    pub fn kernel() -> String {
        Multiplier::default().kernel_name().to_owned()
    }

    /// The tokens of a text: their number is what a vector's time depends on.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<u16> {
        self.vocabulary.tokens(text)
    }

    /// The vector of a text, of which the first [`TOKENS_MAX`] tokens count. The same text has the same vector, bit for bit, on every
    /// machine. A text without a word has one as well: that of nothing. Runs on this thread, and inside a pool of rayon's
    /// threads on those.
    #[must_use]
    pub fn embed(&self, text: &str) -> Vector {
        // It costs nothing to make, and cannot be shared between threads. What this machine chooses is always the same.
        let multiplier = Multiplier::default();
        let tokens = self.vocabulary.tokens(text);
        let mut rows = self.begin(&tokens);
        for layer in &self.layers {
            let applied = layer.apply(&multiplier, &mut rows);
            applied.expect("a layer is packed by a multiplier of this machine");
        }
        let mut sum = [0.0; NUMBERS];
        rows.chunks_exact(NUMBERS).for_each(|row| add_scaled(&mut sum, row, 1.0));
        // The mean has the direction of the sum.
        Vector::towards(sum)
    }

    /// What the encoder begins with: words in their places.
    fn begin(&self, tokens: &[Token]) -> Vec<f32> {
        let places = self.places.chunks_exact(NUMBERS);
        let mut rows: Vec<f32> = tokens
            .iter()
            .zip(places)
            .flat_map(|(token, place)| {
                let token = usize::from(*token);
                let (steps, scale) =
                    (&self.words.steps[token * NUMBERS..][..NUMBERS], self.words.scales[token]);
                steps.iter().zip(place).map(move |(step, place)| f32::from(*step) * scale + place)
            })
            .collect();
        self.norm.apply(&mut rows);
        rows
    }
}

fn norm(parts: &mut Parts<'_>) -> Result<Norm, &'static str> {
    Ok(Norm { scale: parts.floats(NUMBERS)?, shift: parts.floats(NUMBERS)? })
}

fn linear(
    multiplier: &Multiplier,
    parts: &mut Parts<'_>,
    outputs: usize,
    inputs: usize,
) -> Result<Linear, &'static str> {
    let rows = Rows {
        inputs,
        weights: parts.bytes(outputs * inputs)?,
        scales: parts.floats(outputs)?,
        biases: parts.floats(outputs)?,
    };
    Ok(Linear::new(multiplier, rows))
}

fn layer(multiplier: &Multiplier, parts: &mut Parts<'_>) -> Result<Layer, &'static str> {
    Ok(Layer {
        qkv: linear(multiplier, parts, QKV, NUMBERS)?,
        attended: linear(multiplier, parts, NUMBERS, NUMBERS)?,
        attention_norm: norm(parts)?,
        inner: linear(multiplier, parts, INNER, NUMBERS)?,
        outer: linear(multiplier, parts, NUMBERS, INNER)?,
        network_norm: norm(parts)?,
    })
}
