//! The encoder's float arithmetic. Sums run in a fixed order and no function of a mathematics library is called, so that every
//! machine gets the same bits. Loops are written so that the compiler can use vector instructions without changing that.

/// Added to a number from -2^22 to 2^22, it leaves the nearest whole number in the low bits.
const ROUNDER: f32 = 12_582_912.0;
/// The exponent of 1.0 begins at this bit.
const MANTISSA_BITS: u32 = 23;
/// Below it `exp` is no normal number any more.
const EXP_MIN: f32 = -87.0;
/// Numbers that are summed side by side.
const LANES: usize = 8;

/// 2^x = 2^(whole part) times this polynomial of what is left: ln(2)^k / k!.
const EXP2: [f32; 7] =
    [1.0, std::f32::consts::LN_2, 0.240_226_5, 0.055_504_11, 0.009_618_13, 0.001_333_355_8, 0.000_154_035_3];

/// e^x for x of at most 0, to a hundred-thousandth of it; near 0 to 2e-7.
#[inline]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.max(EXP_MIN) * std::f32::consts::LOG2_E;
    let shifted = x + ROUNDER;
    let rest = x - (shifted - ROUNDER);
    let polynomial = EXP2.iter().rev().fold(0.0, |sum, factor| sum * rest + factor);
    let exponent = shifted.to_bits().wrapping_sub(ROUNDER.to_bits());
    f32::from_bits(polynomial.to_bits().wrapping_add(exponent.wrapping_shl(MANTISSA_BITS)))
}

/// The error function for x of at least 0, to 2e-7: formula 7.1.26 of Abramowitz and Stegun.
#[inline]
fn erf(x: f32) -> f32 {
    const FACTORS: [f32; 5] = [0.254_829_6, -0.284_496_72, 1.421_413_8, -1.453_152_1, 1.061_405_4];
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = FACTORS.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    1.0 - polynomial * exp(-x * x)
}

/// Gaussian error linear unit, as BERT has it: x times the normal distribution's share below x.
pub(crate) fn gelu(numbers: &mut [f32]) {
    for x in numbers {
        let share = erf(x.abs() * std::f32::consts::FRAC_1_SQRT_2);
        *x = 0.5 * *x * (1.0 + share.copysign(*x));
    }
}

/// The sum, [`LANES`] numbers side by side.
fn sum(numbers: impl Iterator<Item = [f32; LANES]>) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in numbers {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    lanes.iter().sum()
}

/// Layer normalisation of a row whose length is a multiple of eight: mean 0 and variance 1, then scaled and shifted.
pub(crate) fn normalise(row: &mut [f32], scale: &[f32], shift: &[f32]) {
    // What keeps a row of equal numbers from a division by zero; the model's own.
    const EPSILON: f32 = 1e-12;
    let (chunks, _) = row.as_chunks::<LANES>();
    let share = 1.0 / length(row);
    let mean = sum(chunks.iter().copied()) * share;
    let variance = sum(chunks.iter().map(|chunk| chunk.map(|x| (x - mean) * (x - mean)))) * share;
    let spread = 1.0 / (variance + EPSILON).sqrt();
    for ((x, scale), shift) in row.iter_mut().zip(scale).zip(shift) {
        *x = (*x - mean) * spread * scale + shift;
    }
}

pub(crate) fn length(row: &[f32]) -> f32 {
    row.len() as f32
}

/// Turns numbers into shares of one, the larger the larger.
pub(crate) fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|x| *x = exp(*x - largest));
    let share = 1.0 / row.iter().sum::<f32>();
    row.iter_mut().for_each(|x| *x *= share);
}

/// Adds `factor` times a row to another.
#[inline]
pub(crate) fn add_scaled(sum: &mut [f32], row: &[f32], factor: f32) {
    for (sum, x) in sum.iter_mut().zip(row) {
        *sum += x * factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From -100 to 0 in steps that hit no round number.
    fn below_zero() -> impl Iterator<Item = f32> {
        (0..20_000_u16).map(|step| f32::from(step) * -0.005_013)
    }

    #[test]
    fn the_exponential_function_is_that_of_the_library() {
        for x in below_zero() {
            let expected = x.max(EXP_MIN).exp();
            assert!((exp(x) - expected).abs() <= expected * 1e-5, "{x}: {} {expected}", exp(x));
        }
        assert_eq!(exp(0.0).to_bits(), 1.0_f32.to_bits());
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn gelu_has_its_known_values() {
        // x · Φ(x), from tables of the normal distribution.
        for (x, expected) in [
            (0.0, 0.0),
            (1.0, 0.841_344_7),
            (-1.0, -0.158_655_25),
            (2.0, 1.954_499_7),
            (-3.0, -0.004_049_694),
            (9.0, 9.0),
            (-9.0, 0.0),
        ] {
            let mut numbers = [x];
            gelu(&mut numbers);
            assert!((numbers[0] - expected).abs() < 1e-6, "{x}: {}", numbers[0]);
        }
    }

    #[test]
    fn a_normalised_row_has_mean_zero_and_variance_one() {
        let mut row: Vec<f32> = (0..384_u16).map(|i| f32::from(i % 17) * 3.0 - 5.0).collect();
        let (ones, zeros) = (vec![1.0; row.len()], vec![0.0; row.len()]);
        normalise(&mut row, &ones, &zeros);
        let mean: f32 = row.iter().sum::<f32>() / 384.0;
        let variance: f32 = row.iter().map(|x| x * x).sum::<f32>() / 384.0;
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
        let mut flat = vec![7.0; 384];
        normalise(&mut flat, &ones, &zeros);
        assert!(flat.iter().all(|x| x.abs() < 1e-3), "a row of equal numbers is no division by zero");
    }

    #[test]
    fn shares_add_up_to_one() {
        let mut row = [1.0, -200.0, 3.0, 3.0];
        softmax(&mut row);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(row[2] > row[0] && row[0] > row[1] && row[2].to_bits() == row[3].to_bits());
    }
}
