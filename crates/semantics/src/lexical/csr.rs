//! Compressed sparse rows: many short lists in two flat arrays.

/// Rows of values, in one allocation each for the values and the row starts.
#[derive(Clone, Debug)]
pub struct Csr<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Csr<T> {
    fn default() -> Self {
        Self { starts: vec![0], values: Vec::new() }
    }
}

impl<T> Csr<T> {
    /// The rows, in order.
    ///
    /// # Panics
    /// With more than `u32::MAX` values: forty gigabytes of postings.
    #[must_use]
    pub fn from_rows<R: IntoIterator<Item = T>>(rows: impl IntoIterator<Item = R>) -> Self {
        let mut out = Self::default();
        for row in rows {
            out.push_row(row);
        }
        out.starts.shrink_to_fit();
        out.values.shrink_to_fit();
        out
    }

    /// One more row.
    ///
    /// # Panics
    /// As [`from_rows`](Self::from_rows).
    pub fn push_row(&mut self, row: impl IntoIterator<Item = T>) {
        self.values.extend(row);
        self.starts.push(u32::try_from(self.values.len()).expect("fewer than 2^32 values"));
    }

    /// A row; empty when there is no such row.
    #[must_use]
    pub fn row(&self, at: usize) -> &[T] {
        match self.starts.get(at..=at + 1) {
            Some(&[from, to]) => &self.values[from as usize..to as usize],
            _ => &[],
        }
    }

    /// Where a row's values lie among all values.
    #[must_use]
    pub fn range(&self, at: usize) -> std::ops::Range<usize> {
        match self.starts.get(at..=at + 1) {
            Some(&[from, to]) => from as usize..to as usize,
            _ => 0..0,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// All values, row after row.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let rows = vec![vec![1, 2], vec![], vec![3]];
        let csr = Csr::from_rows(rows.clone());
        assert_eq!(csr.rows(), 3);
        assert_eq!((0..3).map(|r| csr.row(r).to_vec()).collect::<Vec<_>>(), rows);
        assert!(csr.row(3).is_empty() && csr.row(usize::MAX - 1).is_empty());
        assert_eq!(csr.range(2), 2..3);
    }
}
