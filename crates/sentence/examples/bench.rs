//! Time of a vector by the text's length, of loading, and memory.
//!
//! `cargo run --release -p sentence --example bench [MODEL]`, on one thread. The first argument is the model's file, by default the one
//! that set-up has made.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sentence::Model;

/// Vectors of each text that are timed.
const VECTORS: usize = 300;
/// Texts in words; most words of the question are one token.
const WORDS: &[usize] = &[1, 6, 10, 14, 30, 62, 126];
const QUESTION: &[&str] =
    &["how", "long", "do", "i", "have", "to", "return", "a", "book", "that", "was", "a", "gift", "?"];

fn main() {
    let path = std::env::args_os().nth(1).map_or_else(|| "target/models/minilm-1.bin".into(), PathBuf::from);
    // Alone: as in a host's pool, where no other core helps.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| run(&path));
}

fn run(path: &std::path::Path) {
    let before = resident_kib();
    let began = Instant::now();
    let model = Model::load(path).unwrap_or_else(|error| panic!("{error}"));
    println!("kernel {}", Model::kernel());
    println!("loaded in {:.0} ms", millis(began.elapsed()));
    let loaded = resident_kib();
    println!("{:>6} {:>8} {:>8} {:>8}", "tokens", "p50 ms", "p99 ms", "min ms");
    for words in WORDS {
        let text: Vec<&str> = QUESTION.iter().copied().cycle().take(*words).collect();
        let text = text.join(" ");
        let mut times: Vec<Duration> = (0..VECTORS).map(|_| timed(&model, &text)).collect();
        times.sort_unstable();
        let at = |share: usize| millis(times[times.len() * share / 100]);
        println!("{:>6} {:>8.2} {:>8.2} {:>8.2}", model.tokens(&text).len(), at(50), at(99), at(0));
    }
    println!(
        "memory: {} MiB for the model, {} MiB at most in all",
        (loaded - before) / 1024,
        peak_kib() / 1024
    );
}

fn timed(model: &Model, text: &str) -> Duration {
    let began = Instant::now();
    black_box(model.embed(black_box(text)));
    began.elapsed()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn resident_kib() -> u64 {
    of_status("VmRSS:")
}

fn peak_kib() -> u64 {
    of_status("VmHWM:")
}

/// A line of the kernel's account of this process, in KiB.
fn of_status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
