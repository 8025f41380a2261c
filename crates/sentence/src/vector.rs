//! A sentence vector, and the small form in which bundles keep it. Stands by itself: nothing here needs the model.

/// Numbers of a vector.
pub const NUMBERS: usize = 384;
/// The largest step of a quantised number to either side.
const STEPS_MAX: f32 = 127.0;

/// A sentence's meaning as a point on the unit sphere.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector([f32; NUMBERS]);

impl Vector {
    /// The direction of these numbers. Of all zeros, which have none, it is zero as well: like nothing.
    #[must_use]
    pub fn towards(mut numbers: [f32; NUMBERS]) -> Self {
        let length = numbers.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            numbers.iter_mut().for_each(|x| *x /= length);
        }
        Self(numbers)
    }

    /// Its numbers.
    #[must_use]
    pub const fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// The cosine of the angle between two: 1 is the same meaning, 0 none in common.
    #[must_use]
    pub fn dot(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// In a byte a number, about 0.0002 off in a dot product.
    #[must_use]
    pub fn quantised(&self) -> Quantised {
        let largest = self.0.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        let scale = largest / STEPS_MAX;
        let steps = |x: f32| if scale > 0.0 { x / scale } else { 0.0 };
        Quantised { numbers: self.0.map(|x| whole(steps(x))), scale }
    }
}

/// The nearest whole number, from -127 to 127.
#[expect(clippy::cast_possible_truncation, reason = "it is clamped to what fits")]
pub(crate) fn whole(x: f32) -> i8 {
    x.round().clamp(-STEPS_MAX, STEPS_MAX) as i8
}

/// A vector in a byte a number: each is `numbers[i] * scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised {
    /// Steps, -127 to 127.
    pub numbers: [i8; NUMBERS],
    /// What a step is worth.
    pub scale: f32,
}

impl Quantised {
    /// About the dot product with the vector that it was made from.
    #[must_use]
    pub fn dot(&self, vector: &Vector) -> f32 {
        let steps: f32 = self.numbers.iter().zip(&vector.0).map(|(a, b)| f32::from(*a) * b).sum();
        steps * self.scale
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = [f32; NUMBERS]> {
        proptest::collection::vec(-1.0_f32..1.0, NUMBERS).prop_map(|numbers| numbers.try_into().unwrap())
    }

    proptest! {
        #[test]
        fn a_vector_has_length_one_and_keeps_its_dot_products_when_it_is_quantised(a in numbers(), b in numbers()) {
            let (a, b) = (Vector::towards(a), Vector::towards(b));
            prop_assert!((a.dot(&a) - 1.0).abs() < 1e-5);
            prop_assert!((a.quantised().dot(&b) - a.dot(&b)).abs() < 0.005);
        }
    }

    #[test]
    fn nothing_is_like_the_vector_without_a_direction() {
        let zero = Vector::towards([0.0; NUMBERS]);
        assert_eq!(zero.dot(&zero).to_bits(), 0);
        assert_eq!(zero.quantised().dot(&Vector::towards([1.0; NUMBERS])).to_bits(), 0);
    }
}
