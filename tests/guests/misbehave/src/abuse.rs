//! Ways not to give a verdict.

use std::hint::black_box;

pub(crate) fn trap() -> ! {
    panic!("told to")
}

pub(crate) fn run_forever() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

pub(crate) fn allocate() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; 1 << 20]));
    }
}

pub(crate) fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { recurse(depth + 1).wrapping_add(frame[1]) }
}
