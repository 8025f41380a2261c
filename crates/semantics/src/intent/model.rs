//! Multinomial logistic regression, trained by AdaGrad in a fixed order: the same examples give the same model.

use super::features::{DIMENSIONS, Features, features};
use super::{Example, Intent, examples};
use crate::faq::Forms;
use crate::lexical::Concepts;

const CLASSES: usize = Intent::ALL.len();
/// Passes over the examples. The cross-validated accuracy no longer rises after about half of them.
const EPOCHS: usize = 24;
const RATE: f32 = 0.2;
/// Pulls weights to zero, per step and feature seen.
const DECAY: f32 = 1e-4;

/// A trained classifier.
#[derive(Clone, Debug)]
pub struct IntentModel {
    concepts: Concepts,
    forms: Forms,
    weights: Vec<[f32; CLASSES]>,
    bias: [f32; CLASSES],
}

/// What a text probably is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The most probable.
    pub intent: Intent,
    /// Its probability, 0 to 1.
    pub probability: f32,
    /// The next.
    pub runner_up: Intent,
    /// Its probability.
    pub runner_up_probability: f32,
}

impl IntentModel {
    /// The model of the examples that come with this crate. Takes some milliseconds: build it once.
    #[must_use]
    pub fn new() -> Self {
        Self::train(&examples())
    }

    /// The model of other examples.
    #[must_use]
    pub fn train(examples: &[Example]) -> Self {
        let (concepts, forms) = (Concepts::new(), Forms::new());
        let data: Vec<(Features, usize)> =
            examples.iter().map(|e| (features(&e.text, &concepts, &forms), e.intent as usize)).collect();
        let mut model =
            Self { concepts, forms, weights: vec![[0.0; CLASSES]; DIMENSIONS], bias: [0.0; CLASSES] };
        let mut seen = vec![[1e-6_f32; CLASSES]; DIMENSIONS];
        for epoch in 0..EPOCHS {
            for (features, class) in shuffled(&data, epoch) {
                model.step(features, *class, &mut seen);
            }
        }
        model
    }

    /// What a text probably is. Any text has an answer, if a doubtful one.
    #[must_use]
    pub fn classify(&self, text: &str) -> Guess {
        let all = self.probabilities(text);
        let mut order: [usize; CLASSES] = std::array::from_fn(|i| i);
        order.sort_by(|&a, &b| all[b].total_cmp(&all[a]));
        Guess {
            intent: Intent::ALL[order[0]],
            probability: all[order[0]],
            runner_up: Intent::ALL[order[1]],
            runner_up_probability: all[order[1]],
        }
    }

    /// The probability of each intent, in the order of [`Intent::ALL`].
    #[must_use]
    pub fn probabilities(&self, text: &str) -> [f32; CLASSES] {
        self.softmax(&features(text, &self.concepts, &self.forms))
    }

    fn softmax(&self, features: &Features) -> [f32; CLASSES] {
        let mut out = self.bias;
        for &(dimension, value) in features {
            for (sum, weight) in out.iter_mut().zip(&self.weights[usize::from(dimension)]) {
                *sum += value * weight;
            }
        }
        let max = out.iter().copied().fold(f32::MIN, f32::max);
        out.iter_mut().for_each(|v| *v = (*v - max).exp());
        let sum: f32 = out.iter().sum();
        out.map(|v| v / sum)
    }

    fn step(&mut self, features: &Features, class: usize, seen: &mut [[f32; CLASSES]]) {
        let mut error = self.softmax(features);
        error[class] -= 1.0;
        for &(dimension, value) in features {
            let at = usize::from(dimension);
            for ((weight, seen), error) in self.weights[at].iter_mut().zip(&mut seen[at]).zip(error) {
                let gradient = error * value + DECAY * *weight;
                *seen += gradient * gradient;
                *weight -= RATE * gradient / seen.sqrt();
            }
        }
        for (bias, error) in self.bias.iter_mut().zip(error) {
            *bias -= 0.01 * error;
        }
    }
}

impl Default for IntentModel {
    fn default() -> Self {
        Self::new()
    }
}

/// The examples in an order that differs by epoch and is the same in every run: strides that share no factor with their
/// number.
fn shuffled<T>(data: &[T], epoch: usize) -> impl Iterator<Item = &T> {
    const STRIDES: [usize; 4] = [7_919, 104_729, 1_299_709, 15_485_863];
    let n = data.len();
    // Smaller than the number of examples, so that the product fits 32 bits.
    let stride = STRIDES[epoch % STRIDES.len()] % n.max(1);
    (0..n).map(move |i| &data[(i * stride + epoch) % n])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, detect_language};

    /// Accuracy on each fifth of the examples of a model that learned from the other four.
    fn cross_validate(wanted: impl Fn(&Example) -> bool) -> f32 {
        let all = examples();
        let (mut right, mut n) = (0.0, 0.0);
        for fold in 0..5 {
            let part = |held_out: bool| {
                let chosen = all.iter().enumerate().filter(move |(i, _)| (i % 5 == fold) == held_out);
                chosen.map(|(_, e)| e.clone()).collect::<Vec<_>>()
            };
            let model = IntentModel::train(&part(false));
            for example in part(true).iter().filter(|e| wanted(e)) {
                right += f32::from(u8::from(model.classify(&example.text).intent == example.intent));
                n += 1.0;
            }
        }
        right / n
    }

    #[test]
    fn most_unseen_requests_are_understood_in_both_languages() {
        let english = cross_validate(|e| detect_language(&e.text) == Language::En);
        let japanese = cross_validate(|e| detect_language(&e.text) == Language::Ja);
        eprintln!("cross-validated accuracy: en {english:.3}, ja {japanese:.3}");
        // Measured 0.65 and 0.66, of nine classes. What is off topic, smalltalk or a plot to discover has no end of unseen
        // words; orders, returns, products and hand-off are understood better than this.
        assert!(english >= 0.6 && japanese >= 0.6, "en {english}, ja {japanese}");
    }

    #[test]
    fn every_intent_has_enough_examples_of_its_own() {
        let all = examples();
        for intent in Intent::ALL {
            assert!(all.iter().filter(|e| e.intent == intent).count() >= 40, "{intent:?}");
        }
        let mut texts: Vec<&str> = all.iter().map(|e| e.text.as_str()).collect();
        texts.sort_unstable();
        assert!(texts.windows(2).all(|w| w[0] != w[1]), "an example stands twice");
    }

    #[test]
    fn training_twice_gives_the_same_model() {
        let (a, b) = (IntentModel::new(), IntentModel::new());
        assert_eq!(a.probabilities("Where is my order?"), b.probabilities("Where is my order?"));
    }

    #[test]
    fn anything_gets_a_guess_and_probabilities_sum_to_one() {
        let model = IntentModel::new();
        for text in ["", "🙂", "a", &"x".repeat(4_000), "送", "\u{202E}\u{200B}"] {
            let sum: f32 = model.probabilities(text).iter().sum();
            assert!((sum - 1.0).abs() < 1e-3, "{text}");
        }
    }
}
