//! Text as it streams: the same answer however it is cut, said sentence by sentence, checked fast.

use std::time::{Duration, Instant};

use chat::Language;
use proptest::prelude::*;

use super::world::{SYSTEM, World, written};
use crate::check::{Checked, Checker};
use crate::model::Brief;

const TEXTS: [(Language, &str); 4] = [
    (
        Language::En,
        "Here are two:\n\n1. **Monster** by Naoki Urasawa (18 volumes, complete) – a thriller. It costs $8.99!\n2. **Akira** – no. It is new.\n\nHaikyu!! is fun. No. 5 is out. \"Yes.\" It (see vol. 3) costs $11.99, e.g. here... Fruits Basket costs $2. It is old. OK?",
    ),
    (
        Language::Ja,
        "『MONSTER』は全１２巻です。「はい。いいえ」と言う。**在庫がございます。**価格は11.99ドルです！\n\n- **『DEATH NOTE』**(全12巻)— 1巻8.99ドル。面白い。\n- **『進撃の巨人』**(全34巻)。\nそれは何ですか？",
    ),
    (Language::En, "MONSTERは医師が殺人者を追う物語です。とても面白いです。ぜひ読んでください。"),
    (
        Language::En,
        "Monster  costs   $11.99.  \n\n\n It has\n18 volumes. \n# Next\n\n**Bold**\n- a\n  - $5.00\n",
    ),
];

fn world() -> (tokio::runtime::Runtime, World) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(async { World::new() });
    (runtime, world)
}

/// Adjacent pieces of text as one: where a delta was cut says nothing.
fn pieces(mut checker: Checker, parts: &[&str]) -> String {
    let mut pieces: Vec<Checked> = parts.iter().flat_map(|part| checker.push(part)).collect();
    pieces.extend(checker.finish());
    written(&pieces)
}

#[test]
fn the_answer_is_the_same_however_it_is_cut() {
    let (runtime, world) = world();
    let briefs: Vec<(Brief, &str)> = TEXTS
        .iter()
        .map(|(language, text)| {
            (runtime.block_on(world.products(*language, &["monster", "death-note", "haikyu"])), *text)
        })
        .collect();
    proptest!(ProptestConfig::with_cases(96), |(which in 0..TEXTS.len(), cuts in prop::collection::vec(0..400_usize, 0..40))| {
        let (brief, text) = &briefs[which];
        let whole = pieces(world.checker(brief, "thrillers"), &[text]);
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
        cuts.sort_unstable();
        let mut parts = Vec::new();
        let mut from = 0;
        for cut in cuts {
            parts.push(&text[from..cut]);
            from = cut;
        }
        parts.push(&text[from..]);
        prop_assert_eq!(pieces(world.checker(brief, "thrillers"), &parts), whole);
    });
}

#[test]
fn any_text_is_checked_and_none_is_lost_without_a_reason() {
    let (runtime, world) = world();
    let brief = runtime.block_on(world.products(Language::En, &["monster"]));
    proptest!(ProptestConfig::with_cases(64), |(text in "\\PC{0,600}")| {
        let mut checker = world.checker(&brief, "monster");
        let mut out = checker.push(&text);
        out.extend(checker.finish());
        let whole = out.iter().all(|piece| matches!(piece, Checked::Said(_)));
        if whole {
            prop_assert_eq!(written(&out), text);
        }
    });
}

#[tokio::test]
async fn a_sentence_is_said_when_it_is_complete() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    let mut checker = world.checker(&brief, "monster");
    assert!(checker.push("Monster costs $11.99.").is_empty(), "more digits may come");
    assert_eq!(checker.push(" "), [Checked::Said("Monster costs $11.99. ".into())]);
    let brief = world.products(Language::Ja, &["monster"]).await;
    let mut checker = world.checker(&brief, "monster");
    assert_eq!(checker.push("こんにちは。"), [Checked::Said("こんにちは。".into())]);
}

#[tokio::test]
async fn a_list_that_is_interrupted_goes_on_after_it() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    let mut checker = world.checker(&brief, "monster");
    let mut out = checker.push("Monster costs $11.99. It has 18 vol");
    out.extend(checker.finish());
    out.extend(checker.push("Monster is in stock. "));
    out.extend(checker.finish());
    assert_eq!(written(&out), "Monster costs $11.99. It has 18 volMonster is in stock. ");
}

/// Run with `--nocapture` to see the times.
#[test]
fn a_sentence_is_checked_in_a_fraction_of_a_millisecond() {
    let (runtime, world) = world();
    let ids = ["monster", "death-note", "berserk", "parasyte", "20th-century-boys"];
    Checker::warm_up();
    let system = SYSTEM.repeat(6);
    for (language, text) in &TEXTS[..2] {
        let brief = runtime.block_on(world.products(*language, &ids));
        let rounds = 40_u32;
        let (mut building, mut first, mut whole, mut sentences) =
            (Duration::ZERO, Duration::ZERO, Duration::ZERO, 0_u32);
        for _ in 0..rounds {
            let began = Instant::now();
            let mut checker = world.checker(&brief, "thrillers").guarding(&system);
            building += began.elapsed();
            let began = Instant::now();
            let mut said = false;
            for part in text.split_inclusive(' ') {
                let pieces = checker.push(part);
                sentences += u32::try_from(pieces.len()).unwrap();
                if !said && !pieces.is_empty() {
                    said = true;
                    first += began.elapsed();
                }
            }
            sentences += u32::try_from(checker.finish().len()).unwrap();
            whole += began.elapsed();
        }
        println!(
            "{language:?}: building {} us, to the first piece {} us, a sentence {} us",
            (building / rounds).as_micros(),
            (first / rounds).as_micros(),
            (whole / sentences).as_micros(),
        );
        // A hundredfold of what it takes, so that a busy machine does not matter; it catches what grows out of hand.
        assert!(whole / sentences < Duration::from_millis(20), "a sentence takes {:?}", whole / sentences);
    }
}
