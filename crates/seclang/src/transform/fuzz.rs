//! Fuzz target of the transformations, each of them: see docs/fuzzing.md.

use super::{GROWTH_CONSTANT, GROWTH_MAX, Transform};
use crate::bytes::Kinds;

/// Inputs in an ordinary run, each for every transformation.
const ITERATIONS: usize = 2_000;

/// Bytes that transformations care about.
const MARKS: &[u8] = b"%u&#x;\\/.*-+ \t\0'\"^,<>!0aF(=\xc0\xaf\xe3\x81\xa0";

fn run(transform: Transform, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    transform.apply(input, &mut out);
    out
}

/// Any bytes as they are, and as marks: a byte of chance is seldom one.
fn check(input: &[u8]) {
    for transform in Transform::ALL {
        let out = run(*transform, input);
        assert!(out.len() <= input.len() * GROWTH_MAX + GROWTH_CONSTANT, "{transform:?} grew {input:?}");
        assert_eq!(run(*transform, input), out, "{transform:?} is not a function of {input:?}");
        if !Kinds::scan(input).meets(transform.needs()) {
            assert_eq!(out, input, "{transform:?} changed what it does not need");
        }
        let mut after = b"before".to_vec();
        transform.apply(input, &mut after);
        assert!(after.starts_with(b"before") && after[6..] == out, "{transform:?} looked at what was there");
    }
}

#[test]
fn each_transformation_holds_its_promises() {
    bolero::check!().with_iterations(ITERATIONS).with_max_len(512).for_each(|input: &[u8]| {
        check(input);
        let marks: Vec<u8> = input.iter().map(|byte| MARKS[usize::from(*byte) % MARKS.len()]).collect();
        check(&marks);
    });
}
