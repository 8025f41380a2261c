//! The encoder: six layers, each attention over all tokens and a network for each token, added to what was there before.

use rten_gemm::GemmError;

use crate::arithmetic::{add_scaled, gelu, normalise, softmax};
use crate::linear::{Linear, Multiplier};
use crate::vector::NUMBERS;

/// Layers of the encoder.
pub(crate) const LAYERS: usize = 6;
/// Numbers inside the network of each token.
pub(crate) const INNER: usize = 1_536;
/// Queries, keys and values side by side.
pub(crate) const QKV: usize = 3 * NUMBERS;
/// Heads, each looking at the tokens by its own part of the numbers.
const HEADS: usize = 12;
/// Numbers of a head.
const HEAD: usize = NUMBERS / HEADS;

/// Scale and shift after a normalisation.
pub(crate) struct Norm {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
}

impl Norm {
    pub(crate) fn apply(&self, tokens: &mut [f32]) {
        tokens.chunks_exact_mut(NUMBERS).for_each(|token| normalise(token, &self.scale, &self.shift));
    }
}

/// A layer.
pub(crate) struct Layer {
    pub(crate) qkv: Linear,
    pub(crate) attended: Linear,
    pub(crate) attention_norm: Norm,
    pub(crate) inner: Linear,
    pub(crate) outer: Linear,
    pub(crate) network_norm: Norm,
}

impl Layer {
    /// Changes the tokens, [`NUMBERS`] each.
    ///
    /// # Errors
    /// See [`Linear::outputs`].
    pub(crate) fn apply(&self, multiplier: &Multiplier, tokens: &mut [f32]) -> Result<(), GemmError> {
        let qkv = self.qkv.outputs(multiplier, tokens)?;
        let attended = self.attended.outputs(multiplier, &attention(&qkv))?;
        add_scaled(tokens, &attended, 1.0);
        self.attention_norm.apply(tokens);
        let mut inner = self.inner.outputs(multiplier, tokens)?;
        gelu(&mut inner);
        let outer = self.outer.outputs(multiplier, &inner)?;
        add_scaled(tokens, &outer, 1.0);
        self.network_norm.apply(tokens);
        Ok(())
    }
}

/// What each token takes from all tokens' values, by how its query fits their keys.
fn attention(qkv: &[f32]) -> Vec<f32> {
    let tokens = qkv.len() / QKV;
    let mut attended = vec![0.0; tokens * NUMBERS];
    let mut keys = vec![0.0; HEAD * tokens];
    let mut shares = vec![0.0; tokens];
    // Dot products of as many numbers are this much larger than the numbers.
    let scale = 1.0 / crate::arithmetic::length(&qkv[..HEAD]).sqrt();
    for head in 0..HEADS {
        let part = |part: usize| part * NUMBERS + head * HEAD..part * NUMBERS + (head + 1) * HEAD;
        // A row for each number, so that the scores of all tokens are added up side by side.
        for (token, row) in qkv.chunks_exact(QKV).enumerate() {
            for (keys, key) in keys.chunks_exact_mut(tokens).zip(&row[part(1)]) {
                keys[token] = *key;
            }
        }
        for (row, attended) in qkv.chunks_exact(QKV).zip(attended.chunks_exact_mut(NUMBERS)) {
            shares.fill(0.0);
            for (query, keys) in row[part(0)].iter().zip(keys.chunks_exact(tokens)) {
                add_scaled(&mut shares, keys, query * scale);
            }
            softmax(&mut shares);
            for (share, row) in shares.iter().zip(qkv.chunks_exact(QKV)) {
                add_scaled(&mut attended[part(0)], &row[part(2)], *share);
            }
        }
    }
    attended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_takes_the_values_of_those_whose_keys_fit_its_query() {
        let mut qkv = vec![0.0; 3 * QKV];
        for (token, row) in qkv.chunks_exact_mut(QKV).enumerate() {
            // Every head's query and key is a direction of the token's own; its values name it.
            for head in 0..HEADS {
                row[head * HEAD + token] = 30.0;
                row[NUMBERS + head * HEAD + token] = 30.0;
            }
            row[2 * NUMBERS..].fill(f32::from(u8::try_from(token).unwrap()));
        }
        let attended = attention(&qkv);
        for (token, values) in attended.chunks_exact(NUMBERS).enumerate() {
            let expected = f32::from(u8::try_from(token).unwrap());
            assert!(values.iter().all(|value| (value - expected).abs() < 1e-6), "{token}");
        }
    }

    #[test]
    fn without_a_preference_a_token_takes_the_mean() {
        let mut qkv = vec![0.0; 2 * QKV];
        qkv[2 * NUMBERS..QKV].fill(1.0);
        qkv[QKV + 2 * NUMBERS..].fill(3.0);
        assert!(attention(&qkv).iter().all(|value| (value - 2.0).abs() < 1e-6));
    }
}
