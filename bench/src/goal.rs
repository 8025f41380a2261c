//! Figures beside their goals.

/// Whether a figure is within its goal, in a word.
pub(crate) fn goal(figure: f64, at_most: f64) -> &'static str {
    if figure <= at_most { "met" } else { "MISSED" }
}

#[expect(clippy::cast_precision_loss, reason = "memory of this machine")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1 << 20) as f64
}
