//! The sentence vectors of a bundle's phrasings, as small as they do their work: eight bits a number.

use super::apart::{Apart, Directions};

/// Most numbers of a vector. Sentence models have 384 to 1,024.
pub const DIMENSIONS_MAX: usize = 1_024;
/// Largest block of vectors, in bytes: as much as an image may have beside everything else.
pub const VECTORS_BYTES_MAX: usize = 16 << 20;
/// Longest name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 128;

/// What precedes the numbers of a vector in a block: the phrasing and the scale.
const ROW_HEAD_BYTES: usize = 8;
/// What precedes the numbers of an entry's direction: the scale.
const DIRECTION_HEAD_BYTES: usize = 4;

/// Sentence vectors of phrasings, all of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    model: String,
    dimensions: usize,
    /// The phrasings that have a vector, ascending, counted over the whole bundle.
    phrasings: Vec<u32>,
    /// What one step of a vector's numbers stands for.
    scales: Vec<f32>,
    values: Vec<i8>,
    /// What sets entries apart, one for each entry of the bundle; none until it was learned.
    directions: Option<Directions>,
}

/// Why vectors are not those of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorsError {
    /// No numbers, or more than [`DIMENSIONS_MAX`].
    Dimensions,
    /// No name of a model, or one longer than [`MODEL_BYTES_MAX`].
    Model,
    /// One is longer or shorter than the others, or has a number that is none, or nothing but zeros.
    NotAVector,
    /// A phrasing that the bundle does not have, or one that comes out of its order.
    NoSuchPhrasing,
    /// More than [`VECTORS_BYTES_MAX`], or not as many bytes as rows take.
    Size,
}

impl std::fmt::Display for VectorsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dimensions => "vectors: no numbers, or too many",
            Self::Model => "vectors: the model's name is missing or too long",
            Self::NotAVector => "vectors: one is not a vector of that many finite numbers",
            Self::NoSuchPhrasing => "vectors: one is of a phrasing that is not there, or comes out of order",
            Self::Size => "vectors: too large, or cut off",
        })
    }
}

impl std::error::Error for VectorsError {}

impl Vectors {
    /// No vectors yet, of a model by its name, with `dimensions` numbers each.
    ///
    /// # Errors
    /// The name or the number of dimensions is out of its bounds.
    pub fn new(model: &str, dimensions: usize) -> Result<Self, VectorsError> {
        if model.is_empty() || model.len() > MODEL_BYTES_MAX {
            return Err(VectorsError::Model);
        }
        if dimensions == 0 || dimensions > DIMENSIONS_MAX {
            return Err(VectorsError::Dimensions);
        }
        let model = model.to_owned();
        Ok(Self {
            model,
            dimensions,
            phrasings: Vec::new(),
            scales: Vec::new(),
            values: Vec::new(),
            directions: None,
        })
    }

    /// Adds the vector of a phrasing, counted over the whole bundle, in order; its length does not matter.
    ///
    /// # Errors
    /// It is no vector of that many numbers, the phrasing comes out of order, or there are too many.
    pub fn push(&mut self, phrasing: u32, vector: &[f32]) -> Result<(), VectorsError> {
        if self.phrasings.last().is_some_and(|&last| last >= phrasing) {
            return Err(VectorsError::NoSuchPhrasing);
        }
        if self.bytes() + self.row_bytes() > VECTORS_BYTES_MAX {
            return Err(VectorsError::Size);
        }
        let quantised = Quantised::of(vector, self.dimensions).ok_or(VectorsError::NotAVector)?;
        self.phrasings.push(phrasing);
        self.scales.push(quantised.scale);
        self.values.extend(quantised.values);
        self.directions = None;
        Ok(())
    }

    /// Learns what sets the entries apart, for those who build a bundle: it takes longer than an edge has. `questions` says
    /// how many phrasings each entry has, and then each group of near misses; the first so many are entries.
    ///
    /// # Errors
    /// A vector is of a phrasing that is not there, or there are too many.
    pub(super) fn set_apart(
        &mut self,
        questions: impl IntoIterator<Item = usize>,
        entries: usize,
    ) -> Result<(), VectorsError> {
        let mut first_phrasing = vec![0_u32];
        let mut phrasings = 0;
        for count in questions {
            phrasings += count;
            first_phrasing.push(u32::try_from(phrasings).map_err(|_| VectorsError::Size)?);
        }
        self.check(phrasings, first_phrasing.len() - 1)?;
        let first_row = self.first_rows(&first_phrasing);
        self.directions = Some(Apart::learn(self, &first_row, entries, |_| true).into_directions());
        if self.bytes() > VECTORS_BYTES_MAX { Err(VectorsError::Size) } else { Ok(()) }
    }

    /// The model's name.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many numbers a vector has.
    #[must_use]
    pub const fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many phrasings have a vector.
    #[must_use]
    pub fn len(&self) -> usize {
        self.phrasings.len()
    }

    /// Whether no phrasing has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.phrasings.is_empty()
    }

    fn row_bytes(&self) -> usize {
        ROW_HEAD_BYTES + self.dimensions
    }

    fn bytes(&self) -> usize {
        let directions = self.directions.as_ref().map_or(0, |directions| directions.scales.len());
        self.len() * self.row_bytes() + directions * (DIRECTION_HEAD_BYTES + self.dimensions)
    }

    /// Entry → its first row, and one more, from entry → its first phrasing, and one more.
    fn first_rows(&self, first_phrasing: &[u32]) -> Vec<u32> {
        let row = |&of: &u32| u32::try_from(self.phrasings.partition_point(|&p| p < of)).unwrap_or(u32::MAX);
        first_phrasing.iter().map(row).collect()
    }

    /// Adds the vector of a row to a sum.
    pub(super) fn add_to(&self, row: usize, sum: &mut [f32]) {
        let (scale, values) = self.row(row);
        sum.iter_mut().zip(values).for_each(|(sum, &n)| *sum += f32::from(n) * scale);
    }

    /// Writes the rows: phrasing and scale as little-endian `u32` and `f32`, then the numbers as `i8`; then the directions,
    /// without the phrasing.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.bytes());
        let rows = self.values.chunks_exact(self.dimensions);
        for ((phrasing, scale), row) in self.phrasings.iter().zip(&self.scales).zip(rows) {
            out.extend(phrasing.to_le_bytes());
            out.extend(scale.to_le_bytes());
            out.extend(row.iter().map(|n| n.to_le_bytes()[0]));
        }
        let Some(directions) = &self.directions else { return };
        for (scale, row) in directions.scales.iter().zip(directions.values.chunks_exact(self.dimensions)) {
            out.extend(scale.to_le_bytes());
            out.extend(row.iter().map(|n| n.to_le_bytes()[0]));
        }
    }

    /// Reads what [`write`](Self::write) wrote: so many rows, and then the directions, or none.
    pub(super) fn read(
        model: &str,
        dimensions: usize,
        rows: usize,
        bytes: &[u8],
    ) -> Result<Self, VectorsError> {
        let mut out = Self::new(model, dimensions)?;
        if bytes.len() > VECTORS_BYTES_MAX {
            return Err(VectorsError::Size);
        }
        let rows_bytes = rows.checked_mul(out.row_bytes()).ok_or(VectorsError::Size)?;
        let (vectors, directions) = bytes.split_at_checked(rows_bytes).ok_or(VectorsError::Size)?;
        out.phrasings.reserve_exact(rows);
        out.scales.reserve_exact(rows);
        out.values.reserve_exact(rows * dimensions);
        for row in vectors.chunks_exact(out.row_bytes()) {
            let [a, b, c, d, e, f, g, h, values @ ..] = row else { return Err(VectorsError::Size) };
            let (phrasing, scale) =
                (u32::from_le_bytes([*a, *b, *c, *d]), f32::from_le_bytes([*e, *f, *g, *h]));
            if out.phrasings.last().is_some_and(|&last| last >= phrasing) {
                return Err(VectorsError::NoSuchPhrasing);
            }
            if !scale.is_finite() || scale <= 0.0 {
                return Err(VectorsError::NotAVector);
            }
            out.phrasings.push(phrasing);
            out.scales.push(scale);
            out.values.extend(values.iter().map(|&n| i8::from_le_bytes([n])));
        }
        out.directions = read_directions(dimensions, directions)?;
        Ok(out)
    }

    /// Whether every vector is that of one of so many phrasings, and every direction that of one of so many entries.
    pub(super) fn check(&self, phrasings: usize, entries: usize) -> Result<(), VectorsError> {
        let other_entries = self.directions.as_ref().is_some_and(|d| d.scales.len() != entries);
        match self.phrasings.last() {
            Some(&last) if last as usize >= phrasings => Err(VectorsError::NoSuchPhrasing),
            _ if other_entries => Err(VectorsError::Size),
            _ => Ok(()),
        }
    }

    fn row(&self, at: usize) -> (f32, &[i8]) {
        (self.scales[at], &self.values[at * self.dimensions..(at + 1) * self.dimensions])
    }
}

/// Directions to the end of the bytes; none of nothing.
fn read_directions(dimensions: usize, bytes: &[u8]) -> Result<Option<Directions>, VectorsError> {
    if !bytes.len().is_multiple_of(DIRECTION_HEAD_BYTES + dimensions) {
        return Err(VectorsError::Size);
    }
    let mut out = Directions::default();
    for row in bytes.chunks_exact(DIRECTION_HEAD_BYTES + dimensions) {
        let [a, b, c, d, values @ ..] = row else { return Err(VectorsError::Size) };
        let scale = f32::from_le_bytes([*a, *b, *c, *d]);
        if !scale.is_finite() || scale < 0.0 {
            return Err(VectorsError::NotAVector);
        }
        out.scales.push(scale);
        out.values.extend(values.iter().map(|&n| i8::from_le_bytes([n])));
    }
    Ok((!bytes.is_empty()).then_some(out))
}

/// [`Vectors`], with what a comparison with whole entries needs.
#[derive(Clone, Debug)]
pub(super) struct EntryVectors {
    vectors: Vectors,
    /// Entry → its first row; one more than there are entries.
    first_row: Vec<u32>,
    entries: usize,
    /// Entry → square of the length of the sum of its vectors.
    sum_squares: Vec<f32>,
    apart: Apart,
}

/// How near a text is to an entry, as cosines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearness {
    pub(super) nearest: f32,
    /// The second nearest; with one phrasing, the nearest.
    pub(super) second: f32,
    /// To the middle of the entry's phrasings.
    pub(super) middle: f32,
    /// Which phrasing is the nearest, counted over the whole bundle.
    pub(super) phrasing: usize,
}

impl EntryVectors {
    /// `first_phrasing` as of the index: entry → its first phrasing, and one more; what comes after so many `entries` are
    /// groups of near misses.
    pub(super) fn new(mut vectors: Vectors, first_phrasing: &[u32], entries: usize) -> Self {
        let first_row = vectors.first_rows(first_phrasing);
        let apart = match vectors.directions.take() {
            Some(directions) => Apart::of(directions, &vectors),
            None => Apart::learn(&vectors, &first_row, entries, |_| true),
        };
        let mut out = Self { vectors, first_row, entries, sum_squares: Vec::new(), apart };
        out.sum_squares = (0..first_phrasing.len().saturating_sub(1)).map(|e| out.sum_square(e)).collect();
        out
    }

    /// What sets the entries apart.
    pub(super) const fn apart(&self) -> &Apart {
        &self.apart
    }

    /// What would set them apart without the phrasings of one of so many folds; see [`fold_of`](Self::fold_of).
    pub(super) fn apart_without(&self, fold: usize, folds: usize) -> Apart {
        let entry_of = |row: usize| self.first_row.partition_point(|&first| first as usize <= row) - 1;
        let is_in = |row: usize| (row - self.first_row[entry_of(row)] as usize) % folds != fold;
        Apart::learn(&self.vectors, &self.first_row, self.entries, is_in)
    }

    /// The fold of a phrasing of an entry: its phrasings are dealt to the folds in turn. None without a vector.
    pub(super) fn fold_of(&self, entry: usize, phrasing: usize, folds: usize) -> Option<usize> {
        let row = self.vectors.phrasings.binary_search(&u32::try_from(phrasing).ok()?).ok()?;
        Some(row.checked_sub(self.first_row[entry] as usize)? % folds)
    }

    pub(super) const fn dimensions(&self) -> usize {
        self.vectors.dimensions
    }

    /// The vector of a phrasing, as far as eight bits keep it.
    pub(super) fn of_phrasing(&self, phrasing: usize) -> Option<Vec<f32>> {
        let at = self.vectors.phrasings.binary_search(&u32::try_from(phrasing).ok()?).ok()?;
        let (scale, values) = self.vectors.row(at);
        Some(values.iter().map(|&n| f32::from(n) * scale).collect())
    }

    fn rows(&self, entry: usize) -> std::ops::Range<usize> {
        self.first_row[entry] as usize..self.first_row[entry + 1] as usize
    }

    fn sum_square(&self, entry: usize) -> f32 {
        let mut sum = vec![0.0_f32; self.vectors.dimensions];
        for at in self.rows(entry) {
            self.vectors.add_to(at, &mut sum);
        }
        sum.iter().map(|n| n * n).sum()
    }

    /// How near a vector is to an entry, without one of its phrasings if so wished; none when no phrasing with a vector is
    /// left.
    pub(super) fn nearness(&self, entry: usize, to: &Quantised, without: Option<usize>) -> Option<Nearness> {
        let (mut count, mut sum, mut held) = (0_usize, 0.0_f32, None);
        let (mut nearest, mut second, mut phrasing) = (-1.0_f32, -1.0_f32, 0);
        for at in self.rows(entry) {
            let (scale, values) = self.vectors.row(at);
            let cosine = (to.dot(values) * scale).clamp(-1.0, 1.0);
            let of = self.vectors.phrasings[at] as usize;
            if without == Some(of) {
                held = Some(cosine);
                continue;
            }
            count += 1;
            sum += cosine;
            if cosine > nearest {
                (second, nearest, phrasing) = (nearest, cosine, of);
            } else {
                second = second.max(cosine);
            }
        }
        if count == 0 {
            return None;
        }
        // The vector held out is the one compared with: its cosines to the others give what it adds to the sum.
        let square = self.sum_squares[entry] - held.map_or(0.0, |own| 2.0 * sum + own * own);
        let middle = if square > 0.0 { (sum / square.sqrt()).clamp(-1.0, 1.0) } else { 0.0 };
        Some(Nearness { nearest, second: if count > 1 { second } else { nearest }, middle, phrasing })
    }
}

/// A vector of unit length in eight bits a number.
#[derive(Clone, Debug)]
pub(super) struct Quantised {
    pub(super) scale: f32,
    pub(super) values: Vec<i8>,
}

impl Quantised {
    /// None for what is no vector: another number of dimensions, a number that is none, nothing but zeros.
    pub(super) fn of(vector: &[f32], dimensions: usize) -> Option<Self> {
        /// The largest step either way; -128 has no counterpart.
        const STEPS: f32 = 127.0;
        let length = vector.iter().map(|n| n * n).sum::<f32>().sqrt();
        if vector.len() != dimensions || !length.is_finite() || length <= f32::EPSILON {
            return None;
        }
        let most = vector.iter().fold(0.0_f32, |most, n| most.max(n.abs()));
        #[expect(clippy::cast_possible_truncation, reason = "within the steps")]
        let values = vector.iter().map(|n| (n / most * STEPS).round() as i8).collect();
        Some(Self { scale: most / STEPS / length, values })
    }

    /// The product with the numbers of another one, whose scale the caller knows.
    pub(super) fn dot(&self, values: &[i8]) -> f32 {
        // At most 1,024 products of at most 127 squared: no overflow, and without its check the loop is vectorised.
        let sum = self.values.iter().zip(values).fold(0_i32, |sum, (&a, &b)| {
            sum.wrapping_add(i32::from(i16::from(a).wrapping_mul(i16::from(b))))
        });
        #[expect(clippy::cast_precision_loss, reason = "24 bits hold the sum")]
        let sum = sum as f32;
        sum * self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin(), 0.0]
    }

    fn three() -> Vectors {
        let mut out = Vectors::new("test", 3).expect("a model");
        for (phrasing, angle) in [(0, 0.0), (1, 0.6), (3, 1.2)] {
            out.push(phrasing, &unit(angle)).expect("a vector");
        }
        out
    }

    #[test]
    fn cosines_survive_eight_bits() {
        let entries = EntryVectors::new(three(), &[0, 2, 3, 4], 3);
        let to = Quantised::of(&unit(0.1).iter().map(|n| n * 7.0).collect::<Vec<_>>(), 3).expect("a vector");
        let near = entries.nearness(0, &to, None).expect("two phrasings");
        assert!((near.nearest - 0.1_f32.cos()).abs() < 0.01 && near.phrasing == 0, "{near:?}");
        assert!((near.second - 0.5_f32.cos()).abs() < 0.01, "{near:?}");
        assert!((near.middle - 0.2_f32.cos()).abs() < 0.01, "{near:?}");
        assert!(entries.nearness(1, &to, None).is_none(), "no vector");
        assert!(entries.nearness(2, &to, Some(3)).is_none(), "the only one is held out");
    }

    #[test]
    fn the_middle_without_a_phrasing_is_that_of_the_others() {
        let entries = EntryVectors::new(three(), &[0, 4], 1);
        let own = Quantised::of(&unit(0.6), 3).expect("a vector");
        let near = entries.nearness(0, &own, Some(1)).expect("two phrasings are left");
        assert!((near.middle - 1.0).abs() < 0.01, "the others lie on either side: {near:?}");
    }

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Vec::new();
        three().write(&mut bytes);
        let read = |bytes: &[u8]| Vectors::read("test", 3, 3, bytes);
        assert_eq!(read(&bytes), Ok(three()));
        assert_eq!(read(&bytes[1..]), Err(VectorsError::Size));
        assert_eq!(Vectors::read("test", 3, usize::MAX, &bytes), Err(VectorsError::Size));
        assert_eq!(Vectors::read("", 3, 3, &bytes), Err(VectorsError::Model));
        assert_eq!(Vectors::read("test", 0, 3, &bytes), Err(VectorsError::Dimensions));
        bytes[4..8].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(read(&bytes), Err(VectorsError::NotAVector));
    }

    #[test]
    fn directions_are_written_and_belong_to_as_many_entries() {
        let mut vectors = three();
        assert_eq!(vectors.set_apart([1, 1], 2), Err(VectorsError::NoSuchPhrasing));
        vectors.set_apart([2, 1, 1], 3).expect("four phrasings");
        let mut bytes = Vec::new();
        vectors.write(&mut bytes);
        assert_eq!(Vectors::read("test", 3, 3, &bytes).as_ref(), Ok(&vectors));
        assert_eq!(Vectors::read("test", 3, 3, &bytes[..bytes.len() - 1]), Err(VectorsError::Size));
        assert_eq!(vectors.check(4, 3), Ok(()));
        assert_eq!(vectors.check(4, 2), Err(VectorsError::Size));
        vectors.push(4, &unit(0.2)).expect("a vector");
        assert_eq!(vectors.check(5, 2), Ok(()), "what was learned without it is forgotten");
    }

    #[test]
    fn what_is_no_vector_is_refused() {
        let mut vectors = three();
        for (phrasing, vector) in [(4, vec![1.0]), (4, vec![f32::NAN; 3]), (4, vec![0.0; 3])] {
            assert_eq!(vectors.push(phrasing, &vector), Err(VectorsError::NotAVector));
        }
        assert_eq!(vectors.push(3, &unit(0.0)), Err(VectorsError::NoSuchPhrasing));
    }
}
