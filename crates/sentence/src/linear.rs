//! A linear layer: weights of eight bits with a scale a row, inputs of fourteen bits with a scale and an offset a token.
//!
//! An input is written as two digits of seven bits, and both digits are multiplied with the weights by the same call. Seven bits
//! times eight never saturate the 16-bit sums that x86 processors without VNNI add up in, so all kernels agree; and fourteen bits
//! lose nothing that could be measured, where eight bits cost up to 0.003 of a cosine.

use rten_gemm::{GemmError, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

/// Bits of a digit.
const DIGIT_BITS: u32 = 7;
/// One more than the largest digit.
const DIGIT: f32 = 128.0;
/// The largest number that two digits write.
const STEPS: f32 = DIGIT * DIGIT - 1.0;
/// Added to a number from 0 to 2^22, it leaves the nearest whole number in the low bits.
const ROUNDER: f32 = 8_388_608.0;

/// Multiplies whole numbers: unsigned inputs, signed weights.
pub(crate) type Multiplier = GemmExecutor<u8, i8, i32>;

/// Rows of weights as they are kept in a file.
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Rows {
    /// How many inputs a row has.
    pub(crate) inputs: usize,
    /// Row by row.
    pub(crate) weights: Vec<i8>,
    /// What a step of a row's weights is worth.
    pub(crate) scales: Vec<f32>,
    /// What is added to a row's sum.
    pub(crate) biases: Vec<f32>,
}

/// A linear layer, ready to be multiplied.
pub(crate) struct Linear {
    packed: PackedBMatrix<i8>,
    inputs: usize,
    scales: Vec<f32>,
    biases: Vec<f32>,
    /// The sum of a row's weights, scaled: what an input of 1 everywhere adds.
    sums: Vec<f32>,
}

impl Linear {
    /// Packs rows as this machine's kernel wants them.
    pub(crate) fn new(multiplier: &Multiplier, rows: Rows) -> Self {
        let Rows { inputs, weights, scales, biases } = rows;
        let sums = weights.chunks_exact(inputs).zip(&scales).map(|(row, scale)| whole_sum(row) * scale);
        let sums = sums.collect();
        let view = NdTensorView::from_data([scales.len(), inputs], weights.as_slice());
        Self { packed: multiplier.prepack_b(view.transposed()), inputs, scales, biases, sums }
    }

    /// The layer's outputs for some tokens' inputs, token by token.
    ///
    /// # Errors
    /// The layer was packed by a multiplier of another machine.
    pub(crate) fn outputs(&self, multiplier: &Multiplier, inputs: &[f32]) -> Result<Vec<f32>, GemmError> {
        let digits = Digits::of(inputs, self.inputs);
        let (tokens, width) = (digits.scales.len(), self.scales.len());
        let mut sums = vec![0_i32; 2 * tokens * width];
        let rows = NdTensorView::from_data([2 * tokens, self.inputs], digits.digits.as_slice());
        multiplier.gemm(
            &mut sums,
            GemmInputA::Unpacked(rows),
            GemmInputB::Packed(&self.packed),
            GemmOptions::default(),
        )?;
        let (high, low) = sums.split_at(tokens * width);
        let mut outputs = vec![0.0; tokens * width];
        let tokens = digits.scales.iter().zip(high.chunks_exact(width)).zip(low.chunks_exact(width));
        for (output, ((scale, high), low)) in outputs.chunks_exact_mut(width).zip(tokens) {
            self.scaled(output, *scale, high, low);
        }
        Ok(outputs)
    }

    fn scaled(&self, output: &mut [f32], scale: Scale, high: &[i32], low: &[i32]) {
        let weights = self.scales.iter().zip(&self.biases).zip(&self.sums);
        for (((output, high), low), ((weight, bias), sum)) in
            output.iter_mut().zip(high).zip(low).zip(weights)
        {
            let steps = *high as f32 * DIGIT + *low as f32;
            *output = steps * (scale.step * weight) + (sum * scale.lowest + bias);
        }
    }
}

fn whole_sum(row: &[i8]) -> f32 {
    row.iter().map(|weight| i32::from(*weight)).sum::<i32>() as f32
}

/// How a token's inputs were written: each is `lowest + number * step`.
#[derive(Clone, Copy)]
struct Scale {
    lowest: f32,
    step: f32,
}

/// Inputs as digits: first the high digits of every token, then the low ones.
struct Digits {
    digits: Vec<u8>,
    scales: Vec<Scale>,
}

impl Digits {
    fn of(inputs: &[f32], width: usize) -> Self {
        let mut digits = vec![0_u8; 2 * inputs.len()];
        let (high, low) = digits.split_at_mut(inputs.len());
        let rows = high.chunks_exact_mut(width).zip(low.chunks_exact_mut(width));
        let scales =
            inputs.chunks_exact(width).zip(rows).map(|(row, (high, low))| write(row, high, low)).collect();
        Self { digits, scales }
    }
}

/// Writes a token's inputs.
fn write(row: &[f32], high: &mut [u8], low: &mut [u8]) -> Scale {
    const DIGIT_MASK: u32 = (1 << DIGIT_BITS) - 1;
    let (lowest, highest) = range(row);
    let step = (highest - lowest) / STEPS;
    let per_step = if step > 0.0 { 1.0 / step } else { 0.0 };
    for ((x, high), low) in row.iter().zip(high).zip(low) {
        let number = ((x - lowest) * per_step).clamp(0.0, STEPS);
        let [first, second, ..] = (number + ROUNDER).to_bits().to_le_bytes();
        let bits = u32::from(first) | u32::from(second) << 8;
        let [digit, ..] = (bits & DIGIT_MASK).to_le_bytes();
        *low = digit;
        let [digit, ..] = (bits >> DIGIT_BITS & DIGIT_MASK).to_le_bytes();
        *high = digit;
    }
    Scale { lowest, step }
}

/// The lowest and the highest of some numbers, eight side by side.
fn range(row: &[f32]) -> (f32, f32) {
    const LANES: usize = 8;
    let (mut lowest, mut highest) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for ((x, lowest), highest) in chunk.iter().zip(&mut lowest).zip(&mut highest) {
            *lowest = if x < lowest { *x } else { *lowest };
            *highest = if x > highest { *x } else { *highest };
        }
    }
    let lowest = lowest.iter().chain(rest).copied().fold(f32::INFINITY, f32::min);
    (lowest, highest.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INPUTS: usize = 24;

    fn rows(outputs: usize) -> impl Strategy<Value = Rows> {
        let weights = proptest::collection::vec(-127_i8..=127, outputs * INPUTS);
        let floats = || proptest::collection::vec(-2.0_f32..2.0, outputs);
        (weights, floats(), floats()).prop_map(|(weights, scales, biases)| Rows {
            inputs: INPUTS,
            weights,
            scales,
            biases,
        })
    }

    /// The same in double precision, without digits.
    fn expected(rows: &Rows, inputs: &[f32]) -> Vec<f64> {
        let of = |token: &[f32], row: &[i8]| -> f64 {
            token.iter().zip(row).map(|(x, weight)| f64::from(*x) * f64::from(*weight)).sum()
        };
        let outputs = |token| {
            let weights = rows.weights.chunks_exact(INPUTS).zip(&rows.scales).zip(&rows.biases);
            weights.map(move |((row, scale), bias)| of(token, row) * f64::from(*scale) + f64::from(*bias))
        };
        inputs.chunks_exact(INPUTS).flat_map(outputs).collect()
    }

    proptest! {
        #[test]
        fn the_outputs_are_those_of_a_multiplication_without_digits(
            rows in rows(40),
            inputs in proptest::collection::vec(-5.0_f32..5.0, 3 * INPUTS),
        ) {
            let expected = expected(&rows, &inputs);
            let multiplier = Multiplier::default();
            let outputs = Linear::new(&multiplier, rows).outputs(&multiplier, &inputs).unwrap();
            // Half a step of each input, at the largest weight and scale.
            let most = 10.0 / f64::from(STEPS) / 2.0 * 127.0 * 2.0 * INPUTS as f64;
            for (output, expected) in outputs.iter().zip(expected) {
                prop_assert!((f64::from(*output) - expected).abs() < most, "{output} {expected}");
            }
        }
    }

    #[test]
    fn the_largest_digits_and_weights_do_not_saturate() {
        const LONG: usize = 1536;
        let multiplier = Multiplier::default();
        let rows = |weight: i8| Rows {
            inputs: LONG,
            weights: vec![weight; 16 * LONG],
            scales: vec![1.0; 16],
            biases: vec![0.0; 16],
        };
        // All but the first input are the highest, whose digits are the largest.
        let mut inputs = vec![STEPS; LONG];
        inputs[0] = 0.0;
        for weight in [127, -127] {
            let outputs = Linear::new(&multiplier, rows(weight)).outputs(&multiplier, &inputs).unwrap();
            let expected = f64::from(STEPS) * f64::from(weight) * 1535.0;
            for output in outputs {
                assert!((f64::from(output) / expected - 1.0).abs() < 1e-6, "{output} {expected}");
            }
        }
    }

    #[test]
    fn equal_inputs_are_written_by_their_offset_alone() {
        let multiplier = Multiplier::default();
        let rows = Rows { inputs: INPUTS, weights: vec![1; INPUTS], scales: vec![0.5], biases: vec![1.0] };
        let outputs = Linear::new(&multiplier, rows).outputs(&multiplier, &[3.0; INPUTS]).unwrap();
        assert!((outputs[0] - 37.0).abs() < 1e-5, "{}", outputs[0]);
    }
}
