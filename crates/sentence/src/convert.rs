//! Makes the model's file from the published weights: `model.safetensors` and `vocab.txt`.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest as _, Sha256};

use crate::encoder::{INNER, LAYERS};
use crate::file::MAGIC;
use crate::tokens::{TOKENS_MAX, Vocabulary};
use crate::vector::{NUMBERS, whole};

/// Places that the published model knows.
const PLACES: usize = 512;
/// Segments that the published model knows; a sentence alone is in the first.
const SEGMENTS: usize = 2;

/// Reads the published files of a folder and writes the model's file: whole or not at all.
///
/// # Errors
/// A file cannot be read or written, or is not all-MiniLM-L6-v2: says which.
pub fn convert(from: &Path, to: &Path) -> anyhow::Result<()> {
    let read = |name: &str| {
        let path = from.join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let vocabulary = String::from_utf8(read("vocab.txt")?).context("vocab.txt is no text")?;
    let weights = read("model.safetensors")?;
    let weights = SafeTensors::deserialize(&weights).context("model.safetensors")?;
    write(to, &contents(&vocabulary, &Published(weights))?)
}

/// The file's contents, in the order in which the model reads them.
fn contents(vocabulary: &str, published: &Published<'_>) -> anyhow::Result<Vec<u8>> {
    let words = Vocabulary::read(vocabulary).map_err(|what| anyhow::anyhow!("vocab.txt: {what}"))?.len();
    let mut out = Vec::new();
    out.extend(u32::try_from(vocabulary.len())?.to_le_bytes());
    out.extend(vocabulary.as_bytes());
    put_rows(&mut out, &published.matrix("embeddings.word_embeddings.weight", words, NUMBERS)?, NUMBERS);
    let mut places = published.matrix("embeddings.position_embeddings.weight", PLACES, NUMBERS)?;
    let segments = published.matrix("embeddings.token_type_embeddings.weight", SEGMENTS, NUMBERS)?;
    places.truncate(TOKENS_MAX * NUMBERS);
    for place in places.chunks_exact_mut(NUMBERS) {
        place.iter_mut().zip(&segments).for_each(|(x, segment)| *x += segment);
    }
    put_floats(&mut out, &places);
    put_norm(&mut out, published, "embeddings.LayerNorm")?;
    for layer in 0..LAYERS {
        let layer = format!("encoder.layer.{layer}");
        let qkv = ["query", "key", "value"].map(|name| format!("{layer}.attention.self.{name}"));
        put_linear(&mut out, published, &qkv, NUMBERS, NUMBERS)?;
        put_linear(&mut out, published, &[format!("{layer}.attention.output.dense")], NUMBERS, NUMBERS)?;
        put_norm(&mut out, published, &format!("{layer}.attention.output.LayerNorm"))?;
        put_linear(&mut out, published, &[format!("{layer}.intermediate.dense")], INNER, NUMBERS)?;
        put_linear(&mut out, published, &[format!("{layer}.output.dense")], NUMBERS, INNER)?;
        put_norm(&mut out, published, &format!("{layer}.output.LayerNorm"))?;
    }
    Ok(out)
}

/// The published weights, by their names.
struct Published<'a>(SafeTensors<'a>);

impl Published<'_> {
    fn floats(&self, name: &str, shape: &[usize]) -> anyhow::Result<Vec<f32>> {
        let tensor = self.0.tensor(name).with_context(|| format!("model.safetensors: {name}"))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
            bail!(
                "model.safetensors: {name} is {:?} of {:?}, not F32 of {shape:?}: is it another model?",
                tensor.dtype(),
                tensor.shape()
            );
        }
        let (floats, _) = tensor.data().as_chunks();
        Ok(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> anyhow::Result<Vec<f32>> {
        self.floats(name, &[rows, columns])
    }
}

fn put_floats(out: &mut Vec<u8>, floats: &[f32]) {
    out.extend(floats.iter().flat_map(|x| x.to_le_bytes()));
}

/// Rows in a byte a number, then what a step of each row is worth.
fn put_rows(out: &mut Vec<u8>, numbers: &[f32], columns: usize) {
    const STEPS: f32 = 127.0;
    let mut scales = Vec::with_capacity(numbers.len() / columns);
    for row in numbers.chunks_exact(columns) {
        let scale = row.iter().fold(0.0_f32, |largest, x| largest.max(x.abs())) / STEPS;
        let steps = |x: f32| if scale > 0.0 { x / scale } else { 0.0 };
        out.extend(row.iter().map(|x| whole(steps(*x)).cast_unsigned()));
        scales.push(scale);
    }
    put_floats(out, &scales);
}

/// Layers over the same inputs, one below the other.
fn put_linear(
    out: &mut Vec<u8>,
    published: &Published<'_>,
    names: &[String],
    outputs: usize,
    inputs: usize,
) -> anyhow::Result<()> {
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for name in names {
        weights.extend(published.matrix(&format!("{name}.weight"), outputs, inputs)?);
        biases.extend(published.floats(&format!("{name}.bias"), &[outputs])?);
    }
    put_rows(out, &weights, inputs);
    put_floats(out, &biases);
    Ok(())
}

fn put_norm(out: &mut Vec<u8>, published: &Published<'_>, name: &str) -> anyhow::Result<()> {
    put_floats(out, &published.floats(&format!("{name}.weight"), &[NUMBERS])?);
    put_floats(out, &published.floats(&format!("{name}.bias"), &[NUMBERS])?);
    Ok(())
}

/// Whoever reads the file finds all of it, or none.
fn write(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("the file needs a folder")?;
    let part = path.with_extension("part");
    let written = fs::create_dir_all(folder).and_then(|()| fs::File::create(&part)).and_then(|mut file| {
        file.write_all(&MAGIC)?;
        file.write_all(&Sha256::digest(contents))?;
        file.write_all(contents)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&part, path)).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_in_steps_of_its_largest_number() {
        let mut out = Vec::new();
        put_rows(&mut out, &[1.27, -0.01, 0.0, 0.0, 0.0, 0.0], 3);
        assert_eq!(&out[..6], &[127, 255, 0, 0, 0, 0]);
        let scale = f32::from_le_bytes(out[6..10].try_into().unwrap());
        assert!((scale - 0.01).abs() < 1e-7, "{scale}");
        assert_eq!(&out[10..], &[0; 4], "a row of zeros has no steps");
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("models/model");
        let error = convert(folder.path(), &to).unwrap_err().to_string();
        assert!(error.ends_with("vocab.txt"), "{error}");
        fs::write(folder.path().join("vocab.txt"), "[UNK]\n[CLS]\n[SEP]").unwrap();
        let of_another_model =
            safetensors::serialize([("embeddings.word_embeddings.weight", tensor(&[3, 8], &[0; 96]))], None);
        fs::write(folder.path().join("model.safetensors"), of_another_model.unwrap()).unwrap();
        let error = convert(folder.path(), &to).unwrap_err().to_string();
        assert!(error.contains("embeddings.word_embeddings.weight is F32 of [3, 8]"), "{error}");
        assert!(!to.exists());
    }

    fn tensor<'a>(shape: &[usize], bytes: &'a [u8]) -> safetensors::tensor::TensorView<'a> {
        safetensors::tensor::TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap()
    }
}
