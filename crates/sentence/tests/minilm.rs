//! The model held against the original one: `goldens/minilm.jsonl` has what the float weights give (see `goldens/README.md`). Every
//! test needs the model, which set-up fetches; `cargo xtask test` leaves this binary out where it is not there.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sentence::{LoadError, Model, NUMBERS, Vector};
use serde::Deserialize;

/// The least cosine between our vector of a text and the original one.
const COSINE_MIN: f32 = 0.99;
/// How far the nearness of two texts may be off.
const NEARNESS_OFF_MAX: f32 = 0.02;

#[derive(Deserialize)]
struct Golden {
    text: String,
    tokens: Vec<u16>,
    /// In hundred-thousandths.
    vector: Vec<i32>,
}

impl Golden {
    fn vector(&self) -> Vector {
        let numbers: Vec<f32> = self.vector.iter().map(|x| *x as f32 * 1e-5).collect();
        Vector::towards(numbers.try_into().expect("as many numbers as a vector has"))
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models/minilm-1.bin")
}

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::load(&path()).unwrap_or_else(|error| panic!("{error}")));

fn goldens() -> Vec<Golden> {
    let lines = include_str!("goldens/minilm.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).expect("a golden a line")).collect()
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn the_tokens_are_those_of_the_original_tokenizer() {
    for golden in goldens() {
        assert_eq!(MODEL.tokens(&golden.text), golden.tokens, "{:?}", golden.text);
    }
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn the_vectors_are_those_of_the_original_model() {
    let goldens = goldens();
    let cosines: Vec<f32> =
        goldens.iter().map(|golden| MODEL.embed(&golden.text).dot(&golden.vector())).collect();
    for (golden, cosine) in goldens.iter().zip(&cosines) {
        assert!(*cosine >= COSINE_MIN, "{cosine}: {:?}", golden.text);
    }
    let (least, mean) =
        (cosines.iter().copied().fold(1.0, f32::min), cosines.iter().sum::<f32>() / cosines.len() as f32);
    println!("cosine with the original: least {least}, mean {mean}");
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn texts_are_as_near_to_each_other_as_in_the_original_model() {
    let goldens = goldens();
    let ours: Vec<Vector> = goldens.iter().map(|golden| MODEL.embed(&golden.text)).collect();
    let theirs: Vec<Vector> = goldens.iter().map(Golden::vector).collect();
    for (one, golden) in goldens.iter().enumerate() {
        let near = |vectors: &[Vector]| -> Vec<f32> {
            vectors.iter().map(|other| vectors[one].dot(other)).collect()
        };
        let (ours, theirs) = (near(&ours), near(&theirs));
        for (other, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            let off = (our - their).abs();
            assert!(off < NEARNESS_OFF_MAX, "{off}: {:?} and {:?}", golden.text, goldens[other].text);
        }
        // The nearest is the same, or as near as makes no difference.
        let nearest = (0..goldens.len()).filter(|other| *other != one);
        let nearest = nearest.max_by(|a, b| ours[*a].total_cmp(&ours[*b])).expect("there are others");
        let best = theirs.iter().enumerate().filter(|(other, _)| *other != one);
        let best = best.map(|(_, near)| *near).fold(-1.0, f32::max);
        assert!(best - theirs[nearest] < NEARNESS_OFF_MAX / 2.0, "{:?}", golden.text);
    }
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn a_paraphrase_is_nearer_than_another_question() {
    let near = |a: &str, b: &str| MODEL.embed(a).dot(&MODEL.embed(b));
    for (question, paraphrase, other) in [
        ("How do I cancel my subscription?", "i want to end my membership", "How do I reset my password?"),
        ("How much is shipping to Japan?", "What does delivery to Osaka cost?", "How do I pay?"),
        ("Do you offer gift wrapping?", "can you wrap it as a present", "Do you offer refunds?"),
    ] {
        let (right, wrong) = (near(question, paraphrase), near(question, other));
        assert!(right > wrong + 0.1, "{question}: {right} {wrong}");
    }
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn a_text_has_the_same_vector_every_time_and_by_however_many_threads() {
    let text = "How long do I have to return a book, and who pays for the parcel? ".repeat(8);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let many = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let first = alone.install(|| MODEL.embed(&text));
    assert_eq!(first, alone.install(|| MODEL.embed(&text)));
    assert_eq!(first, many.install(|| MODEL.embed(&text)));
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn odd_texts_have_a_vector_of_length_one() {
    let long = "a".repeat(5_000);
    let marks = "\u{301}".repeat(4_000);
    for text in ["", "\0", "\u{202e}", "👩‍👩‍👧‍👦", "[CLS] [SEP] [MASK]", &long, &marks, &"😀".repeat(4_000)]
    {
        let vector = MODEL.embed(text);
        assert_eq!(vector.as_slice().len(), NUMBERS);
        assert!((vector.dot(&vector) - 1.0).abs() < 1e-5, "{text:?}");
    }
}

#[test]
#[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
fn a_model_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut");
    let bytes = std::fs::read(path()).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(Model::load(&cut), Err(LoadError::Unfit { .. })));
}
