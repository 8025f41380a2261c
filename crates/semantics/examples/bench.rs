//! Microseconds per decision on 2,000 synthetic entries of 8 phrasings, by words and with a sentence vector, and what
//! publishing them built takes: `cargo run --release -p semantics --example bench`.
//!
//! The words are made up and Zipf-distributed, half of the phrasings are Japanese, so that common words have long posting
//! lists as in a real bundle. The questions are phrasings with words swapped in, left out and misspelt.

#![expect(clippy::cast_possible_truncation, reason = "positions in small lists, made from fractions")]

use std::fmt::Write as _;
use std::time::Instant;

use semantics::faq::{
    BuiltBundle, Decision, FaqBundle, FaqIndex, MeaningCut, MeaningThresholds, Query, Thresholds, Vectors,
};

const ENTRIES: usize = 2_000;
const PHRASINGS: usize = 8;
const QUESTIONS: usize = 20_000;
/// As many numbers as a vector of all-MiniLM-L6-v2 has.
const DIMENSIONS: usize = 384;

fn main() {
    let mut random = Random(7);
    let mut phrasings = Vec::new();
    let mut jsonl = String::new();
    for entry in 0..ENTRIES {
        let topic: Vec<usize> = (0..4).map(|_| random.zipf(6_000)).collect();
        let questions: Vec<String> =
            (0..PHRASINGS).map(|p| phrasing(&mut random, &topic, p % 2 == 1)).collect();
        let list = questions.iter().map(|q| format!("{q:?}")).collect::<Vec<_>>().join(",");
        let answer = phrasing(&mut random, &topic, false);
        writeln!(jsonl, r#"{{"id":"e{entry}","questions":[{list}],"answer":{{"en":{answer:?}}}}}"#)
            .expect("a string grows");
        phrasings.extend(questions);
    }
    let bundle = FaqBundle::parse_jsonl(&jsonl).expect("a valid bundle");
    let start = Instant::now();
    let mut index = FaqIndex::build(&bundle, Thresholds::uncalibrated());
    println!("build:     {:>8.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    index.set_thresholds(Thresholds::calibrate(&bundle));
    println!("calibrate: {:>8.1} ms {:?}", start.elapsed().as_secs_f64() * 1e3, index.thresholds());

    let built = built(&mut random, bundle, *index.thresholds());
    let start = Instant::now();
    let file = built.write();
    let size = file.len() as f64 / f64::from(1 << 20);
    println!("write:     {:>8.1} ms, {size:.1} MiB", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let published = BuiltBundle::read(&file).expect("a built bundle").into_index().expect("its vectors");
    println!("publish:   {:>8.1} ms", start.elapsed().as_secs_f64() * 1e3);
    second_tier(&mut random, &published, &phrasings);

    for japanese in [false, true] {
        let questions: Vec<String> = (0..QUESTIONS)
            .map(|_| {
                let at = random.below(phrasings.len() / 2) * 2 + usize::from(japanese);
                garble(&mut random, &phrasings[at])
            })
            .collect();
        let mut answered = 0;
        let mut micros: Vec<f64> = questions
            .iter()
            .map(|question| {
                let decision = index.decide(&Query::new(question));
                answered += usize::from(matches!(decision, Decision::Answer { .. }));
                // The best of three: other work on the machine is not this crate's.
                let run = || {
                    let start = Instant::now();
                    std::hint::black_box(index.decide(&Query::new(question)));
                    start.elapsed().as_secs_f64() * 1e6
                };
                run().min(run()).min(run())
            })
            .collect();
        micros.sort_by(f64::total_cmp);
        let at = |q: f64| micros[(micros.len() as f64 * q) as usize];
        println!(
            "{}: p50 {:.1} µs, p90 {:.1} µs, p99 {:.1} µs, mean {:.1} µs; answered {:.2}",
            if japanese { "ja" } else { "en" },
            at(0.5),
            at(0.9),
            at(0.99),
            micros.iter().sum::<f64>() / micros.len() as f64,
            answered as f64 / micros.len() as f64,
        );
    }
}

/// The bundle with vectors of random directions, which any question is about equally far from: the dearest case.
fn built(random: &mut Random, bundle: FaqBundle, thresholds: Thresholds) -> BuiltBundle {
    let mut vectors = Vectors::new("random", DIMENSIONS).expect("within the bounds");
    let questions: Vec<bool> =
        bundle.entries().iter().flat_map(|e| e.questions.iter().map(|q| q.is_ascii())).collect();
    for (phrasing, _) in (0..).zip(questions).filter(|(_, english)| *english) {
        vectors.push(phrasing, &direction(random)).expect("a vector");
    }
    let meaning = MeaningThresholds { en: Some(MeaningCut { sure: 2.0, ask: 0.0, answer: 4.0 }), ja: None };
    BuiltBundle { bundle, thresholds, meaning, vectors: Some(vectors) }
}

fn direction(random: &mut Random) -> Vec<f32> {
    (0..DIMENSIONS).map(|_| random.below(2_001) as f32 / 1_000.0 - 1.0).collect()
}

/// The second call of a turn that asked, words and all.
fn second_tier(random: &mut Random, index: &FaqIndex, phrasings: &[String]) {
    let mut micros: Vec<f64> = (0..QUESTIONS / 20)
        .map(|_| {
            let at = random.below(phrasings.len() / 2) * 2;
            let (question, vector) = (garble(random, &phrasings[at]), direction(random));
            let start = Instant::now();
            std::hint::black_box(index.decide_with_vector(&Query::new(&question), &vector));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    println!(
        "second tier: p50 {:.0} µs, p99 {:.0} µs",
        micros[micros.len() / 2],
        micros[micros.len() * 99 / 100]
    );
}

fn phrasing(random: &mut Random, topic: &[usize], japanese: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    for _ in 0..6 {
        let word = if random.below(2) == 0 { topic[random.below(topic.len())] } else { random.zipf(6_000) };
        words.push(if japanese { japanese_word(word) } else { english_word(word) });
    }
    if japanese {
        format!("{}はできますか", words.join("の"))
    } else {
        format!("How do I {}?", words.join(" "))
    }
}

fn english_word(n: usize) -> String {
    const COMMON: [&str; 24] = [
        "order", "return", "delivery", "pay", "card", "account", "change", "cancel", "refund", "cost",
        "free", "track", "gift", "email", "price", "book", "find", "address", "receipt", "voucher",
        "password", "damaged", "late", "store",
    ];
    if let Some(word) = COMMON.get(n) {
        return (*word).to_owned();
    }
    let (mut n, mut word) = (n * 2_654_435_761 % 4_294_967_296, String::new());
    for _ in 0..3 {
        word.push(b"bcdfghklmnprstvw"[n % 16] as char);
        word.push(b"aeiou"[n / 16 % 5] as char);
        n /= 80;
    }
    word + ["t", "n", "r", "l"][n % 4]
}

fn japanese_word(n: usize) -> String {
    const COMMON: [&str; 12] = [
        "注文",
        "返品",
        "配送",
        "支払い",
        "カード",
        "会員",
        "変更",
        "キャンセル",
        "返金",
        "送料",
        "無料",
        "追跡",
    ];
    if let Some(word) = COMMON.get(n) {
        return (*word).to_owned();
    }
    let kanji = |n: usize| char::from_u32(0x4E00 + (n * 7_919 % 2_000) as u32).expect("a kanji");
    [kanji(n), kanji(n / 7 + 13)].iter().collect()
}

/// The phrasing with a word left out, one added and, in English, one misspelt.
fn garble(random: &mut Random, phrasing: &str) -> String {
    if !phrasing.is_ascii() {
        let chars: Vec<char> = phrasing.chars().collect();
        let cut = random.below(chars.len());
        let rest: String =
            chars.iter().enumerate().filter(|(i, _)| i.abs_diff(cut) > 1).map(|(_, c)| c).collect();
        return format!("すみません、{}について{rest}", japanese_word(random.zipf(6_000)));
    }
    let mut words: Vec<String> = phrasing.split(' ').map(str::to_owned).collect();
    words.remove(random.below(words.len()));
    words.insert(random.below(words.len()), english_word(random.zipf(6_000)));
    let typo = random.below(words.len());
    if words[typo].len() > 4 {
        words[typo].remove(2);
    }
    format!("hi, {} please", words.join(" "))
}

/// xorshift64*: enough for made-up words.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }

    /// Smaller numbers more often: about as words in a text.
    fn zipf(&mut self, n: usize) -> usize {
        let u = (self.below(1_000_000) + 1) as f64 / 1e6;
        ((n as f64).powf(u) - 1.0) as usize
    }
}
