//! What sets an entry apart from the others by vector: one direction for each entry, Fisher's linear discriminant (1936).
//!
//! Phrasings of one entry differ from each other in ways that do not matter: as a question or a complaint, in three words
//! or in ten. How they differ is measured over all entries of the bundle, and a direction leads from the middle of the
//! bundle to the entry past those ways. Between entries that are nearly alike it tells more than a cosine does.

use super::vectors::{Quantised, Vectors};

/// Share of "every way matters equally" in what was measured: a bundle has few phrasings for so many dimensions.
const EVEN_SHARE: f32 = 0.8;
/// Directions shorter than this are none: the entry lies in the middle of all, or it is the only one.
const LENGTH_MIN: f32 = 1e-4;

/// The directions of all entries, in eight bits a number as vectors are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Directions {
    /// What one step of a direction's numbers stands for; 0 where an entry has none.
    pub(super) scales: Vec<f32>,
    pub(super) values: Vec<i8>,
}

/// [`Directions`], with what a comparison needs.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    directions: Directions,
    /// The middle of all phrasings.
    middle: Vec<f32>,
    /// Of each direction, how far along it the middle lies.
    offsets: Vec<f32>,
}

/// A question, seen from the middle of a bundle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// How far from the middle it is.
    distance: f32,
}

/// The sums that directions are made of.
struct Sums {
    middle: Vec<f32>,
    /// Entry → the mean of its vectors; none without one.
    means: Vec<Option<Vec<f32>>>,
    /// How phrasings of one entry differ: the covariance within entries, its lower triangle row by row.
    within: Vec<f32>,
}

impl Apart {
    /// Learns the directions from the vectors that `is_in` admits, by row. `first_row`: entry → its first row, and one more.
    /// How phrasings differ is measured on the first so many `entries`: near misses have nothing in common.
    pub(super) fn learn(
        vectors: &Vectors,
        first_row: &[u32],
        entries: usize,
        is_in: impl Fn(usize) -> bool,
    ) -> Self {
        let dimensions = vectors.dimensions();
        let mut sums = Sums::of(vectors, first_row, entries, &is_in);
        even_out(&mut sums.within, dimensions);
        factorise(&mut sums.within, dimensions);
        let mut directions = Directions::default();
        for mean in &sums.means {
            let direction = mean.as_ref().and_then(|mean| {
                let towards: Vec<f32> = mean.iter().zip(&sums.middle).map(|(a, b)| a - b).collect();
                let mut direction = towards.clone();
                solve(&sums.within, &mut direction);
                let length = dot(&towards, &direction).max(0.0).sqrt();
                direction.iter_mut().for_each(|n| *n /= length);
                (length > LENGTH_MIN).then_some(direction)
            });
            let quantised =
                direction.and_then(|d| Some((Quantised::of(&d, dimensions)?, dot(&d, &d).sqrt())));
            match quantised {
                Some((quantised, length)) => {
                    directions.scales.push(quantised.scale * length);
                    directions.values.extend(quantised.values);
                }
                None => {
                    directions.scales.push(0.0);
                    directions.values.resize(directions.values.len() + dimensions, 0);
                }
            }
        }
        Self::new(directions, sums.middle)
    }

    /// Directions that were learned before; the vectors give their middle.
    pub(super) fn of(directions: Directions, vectors: &Vectors) -> Self {
        let middle = middle(vectors, &|_| true);
        Self::new(directions, middle)
    }

    fn new(directions: Directions, middle: Vec<f32>) -> Self {
        let along = |(at, &scale): (usize, &f32)| {
            let values = &directions.values[at * middle.len()..(at + 1) * middle.len()];
            values.iter().zip(&middle).map(|(&n, m)| f32::from(n) * m).sum::<f32>() * scale
        };
        let offsets = directions.scales.iter().enumerate().map(along).collect();
        Self { directions, middle, offsets }
    }

    pub(super) fn into_directions(self) -> Directions {
        self.directions
    }

    pub(super) fn see(&self, question: &Quantised) -> Seen {
        let away = |(&n, m): (&i8, &f32)| f32::from(n) * question.scale - m;
        let square: f32 = question.values.iter().zip(&self.middle).map(away).map(|n| n * n).sum();
        Seen { distance: square.sqrt().max(LENGTH_MIN) }
    }

    /// How much a question lies in the direction of an entry, about -1 to 1.
    pub(super) fn of_entry(&self, entry: usize, question: &Quantised, seen: Seen) -> f32 {
        let dimensions = self.middle.len();
        let Some(&scale) = self.directions.scales.get(entry) else { return 0.0 };
        let values = &self.directions.values[entry * dimensions..(entry + 1) * dimensions];
        (question.dot(values) * scale - self.offsets[entry]) / seen.distance
    }
}

fn middle(vectors: &Vectors, is_in: &dyn Fn(usize) -> bool) -> Vec<f32> {
    let (mut sum, mut count) = (vec![0.0_f32; vectors.dimensions()], 0.0_f32);
    for row in (0..vectors.len()).filter(|&row| is_in(row)) {
        vectors.add_to(row, &mut sum);
        count += 1.0;
    }
    sum.iter_mut().for_each(|n| *n /= count.max(1.0));
    sum
}

impl Sums {
    fn of(vectors: &Vectors, first_row: &[u32], entries: usize, is_in: &dyn Fn(usize) -> bool) -> Self {
        let dimensions = vectors.dimensions();
        let mut means = Vec::with_capacity(first_row.len());
        let mut within = vec![0.0_f32; dimensions * (dimensions + 1) / 2];
        let mut freedom = 0.0_f32;
        for (group, rows) in first_row.windows(2).enumerate() {
            let rows = || (rows[0] as usize..rows[1] as usize).filter(|&row| is_in(row));
            let (mut mean, mut count) = (vec![0.0_f32; dimensions], 0.0_f32);
            for row in rows() {
                vectors.add_to(row, &mut mean);
                count += 1.0;
            }
            if count == 0.0 {
                means.push(None);
                continue;
            }
            mean.iter_mut().for_each(|n| *n /= count);
            means.push(Some(mean.clone()));
            if group >= entries {
                continue;
            }
            for row in rows().filter(|_| count > 1.0) {
                let mut away: Vec<f32> = mean.iter().map(|n| -n).collect();
                vectors.add_to(row, &mut away);
                add_square(&mut within, &away);
            }
            freedom += count - 1.0;
        }
        within.iter_mut().for_each(|n| *n /= freedom.max(1.0));
        Self { middle: middle(vectors, is_in), means, within }
    }
}

/// Adds the product of a vector with itself to a lower triangle.
fn add_square(triangle: &mut [f32], vector: &[f32]) {
    let mut rest = triangle;
    for (at, &n) in vector.iter().enumerate() {
        let (row, below) = rest.split_at_mut(at + 1);
        row.iter_mut().zip(vector).for_each(|(sum, m)| *sum += n * m);
        rest = below;
    }
}

/// Scales a covariance so that its variances are 1 on average, and draws it to one that is 1 in every direction.
fn even_out(triangle: &mut [f32], dimensions: usize) {
    #[expect(clippy::cast_precision_loss, reason = "at most 1,024 dimensions")]
    let average = (0..dimensions).map(|at| triangle[start(at) + at]).sum::<f32>() / dimensions as f32;
    // Phrasings that do not differ, or one an entry: nothing was measured.
    let (measured, even) =
        if average > f32::EPSILON { ((1.0 - EVEN_SHARE) / average, EVEN_SHARE) } else { (0.0, 1.0) };
    triangle.iter_mut().for_each(|n| *n *= measured);
    (0..dimensions).for_each(|at| triangle[start(at) + at] += even);
}

/// Where a row of a lower triangle begins.
const fn start(row: usize) -> usize {
    row * (row + 1) / 2
}

/// The Cholesky factor of a positive matrix, in its place. What was [evened out](even_out) is positive.
fn factorise(triangle: &mut [f32], dimensions: usize) {
    for row in 0..dimensions {
        let (done, rest) = triangle.split_at_mut(start(row));
        let own = &mut rest[..=row];
        for column in 0..row {
            let other = &done[start(column)..=start(column) + column];
            own[column] = (own[column] - dot(&own[..column], &other[..column])) / other[column];
        }
        own[row] = (own[row] - dot(&own[..row], &own[..row])).max(f32::EPSILON).sqrt();
    }
}

/// Solves for the vector that the factorised matrix takes to this one.
fn solve(factor: &[f32], vector: &mut [f32]) {
    for row in 0..vector.len() {
        let of = &factor[start(row)..=start(row) + row];
        vector[row] = (vector[row] - dot(&of[..row], &vector[..row])) / of[row];
    }
    for row in (0..vector.len()).rev() {
        let of = &factor[start(row)..=start(row) + row];
        let own = vector[row] / of[row];
        vector[row] = own;
        vector[..row].iter_mut().zip(of).for_each(|(n, m)| *n -= own * m);
    }
}

/// In eight sums, so that the loop is vectorised, and in the same order everywhere.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factorised_matrix_is_solved() {
        // [4 2 0; 2 5 1; 0 1 3]
        let mut matrix = vec![4.0, 2.0, 5.0, 0.0, 1.0, 3.0];
        factorise(&mut matrix, 3);
        let mut vector = vec![8.0, 15.0, 11.0];
        solve(&matrix, &mut vector);
        for (found, expected) in vector.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-4, "{vector:?}");
        }
    }

    /// Two entries that differ in the first number; the phrasings of both differ widely in the second.
    fn two() -> Vectors {
        let mut out = Vectors::new("test", 3).expect("a model");
        let phrasings = [[1.0, 0.9, 0.2], [1.0, -0.9, 0.2], [0.6, 0.9, 0.2], [0.6, -0.9, 0.2]];
        for (phrasing, vector) in (0..).zip(phrasings) {
            out.push(phrasing, &vector).expect("a vector");
        }
        out
    }

    #[test]
    fn what_varies_within_entries_counts_less() {
        let apart = Apart::learn(&two(), &[0, 2, 4], 2, |_| true);
        let question = Quantised::of(&[1.0, 0.2, 0.2], 3).expect("a vector");
        let seen = apart.see(&question);
        let (first, second) = (apart.of_entry(0, &question, seen), apart.of_entry(1, &question, seen));
        assert!(first > 0.0 && second < 0.0, "{first} {second}");
        assert!(apart.of_entry(2, &question, seen) == 0.0, "no such entry");
    }

    #[test]
    fn without_a_difference_there_is_no_direction() {
        let alone = Apart::learn(&two(), &[0, 4], 1, |_| true);
        let question = Quantised::of(&[1.0, 0.2, 0.2], 3).expect("a vector");
        assert!(alone.of_entry(0, &question, alone.see(&question)) == 0.0);
        let nobody = Apart::learn(&two(), &[0, 2, 4], 2, |row| row < 2);
        assert!(nobody.of_entry(1, &question, nobody.see(&question)) == 0.0, "an entry without a vector");
    }
}
