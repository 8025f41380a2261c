//! What a small FAQ answers, and what it leaves alone.

use semantics::faq::{Audience, Decision, FaqBundle, FaqIndex, Guard, MissReason, Query, Thresholds};
use semantics::text::Language;

/// A dozen entries of a shop for bicycles: nothing here may depend on one trade's words.
fn bundle() -> FaqBundle {
    FaqBundle::parse_jsonl(include_str!("fixtures/bicycles.jsonl")).expect("the fixture is a bundle")
}

fn index() -> FaqIndex {
    FaqIndex::build(&bundle(), Thresholds::uncalibrated())
}

fn answer(index: &FaqIndex, text: &str) -> Option<String> {
    match index.decide(&Query::new(text).from_audience(Audience::Customer)) {
        Decision::Answer { entry, .. } => Some(index.entries()[entry].id.clone()),
        _ => None,
    }
}

#[track_caller]
fn assert_answers(cases: &[(&str, &str)]) {
    let index = index();
    for (text, id) in cases {
        assert_eq!(
            answer(&index, text).as_deref(),
            Some(*id),
            "{text}: {:?}",
            index.decide(&Query::new(text))
        );
    }
}

#[track_caller]
fn assert_silent(texts: &[&str]) {
    let index = index();
    for text in texts {
        assert_eq!(answer(&index, text), None, "{text}: {:?}", index.decide(&Query::new(text)));
    }
}

#[track_caller]
fn assert_guarded(guard: Guard, texts: &[&str]) {
    let index = index();
    for text in texts {
        let decision = index.decide(&Query::new(text).from_audience(Audience::Customer));
        assert_eq!(decision, Decision::Miss { reason: MissReason::Guarded(guard) }, "{text}");
    }
}

#[test]
fn every_phrasing_is_answered_with_its_own_entry() {
    let index = index();
    for entry in index.entries() {
        for question in &entry.questions {
            assert_eq!(answer(&index, question).as_deref(), Some(entry.id.as_str()), "{question}");
        }
    }
}

#[test]
fn greetings_case_width_and_punctuation_do_not_matter() {
    assert_answers(&[
        ("hi, could you tell me how much is shipping please", "shipping-cost"),
        ("HOW MUCH IS SHIPPING???", "shipping-cost"),
        ("Ｈｏｗ ｍｕｃｈ ｉｓ ｓｈｉｐｐｉｎｇ", "shipping-cost"),
        ("すみません、送料はいくらでしょうか。", "shipping-cost"),
    ]);
}

#[test]
fn misspelt_words_are_understood() {
    assert_answers(&[
        ("how much is shiping", "shipping-cost"),
        ("how do I retrun a bike", "return-how"),
        ("forgot my pasword", "password"),
    ]);
}

#[test]
fn words_of_the_same_meaning_are_understood() {
    assert_answers(&[("what is the delivery fee", "shipping-cost"), ("配送料はいくら", "shipping-cost")]);
}

#[test]
fn invisible_characters_and_look_alikes_do_not_hide_a_question() {
    assert_answers(&[
        ("How m\u{200B}uch is ship\u{AD}ping?", "shipping-cost"),
        ("\u{202E}How much is shipping?\u{202C}", "shipping-cost"),
        ("How muсh is shiрping?", "shipping-cost"),
    ]);
}

#[test]
fn the_answer_is_in_the_language_of_the_question() {
    let index = index();
    for (text, expected) in [("How much is shipping?", Language::En), ("送料はいくらですか", Language::Ja)]
    {
        let Decision::Answer { entry, language, .. } = index.decide(&Query::new(text)) else {
            panic!("{text}")
        };
        assert_eq!(language, expected);
        assert!(!index.entries()[entry].answer.get(language).is_empty());
    }
}

#[test]
fn what_is_not_in_the_bundle_is_not_answered() {
    assert_silent(&[
        "What is the capital of Peru?",
        "Tell me a joke",
        "How do I bake bread?",
        "首都はどこですか",
        "明日の天気を教えて",
        "ok",
        "why?",
        "thank you so much",
        "ありがとうございます",
    ]);
}

#[test]
fn a_question_about_ones_own_order_is_never_answered() {
    assert_guarded(Guard::Personal, &["cancel my order", "私の注文をキャンセルできますか"]);
    assert_silent(&[
        "Where is my order?",
        "Has my refund been paid?",
        "Can I cancel order 55021?",
        "注文番号55021をキャンセルしたい",
    ]);
}

#[test]
fn a_request_to_discover_is_never_answered() {
    assert_silent(&[
        "Can you recommend something like a used bike?",
        "I'm looking for a good used bike",
        "中古のおすすめは?",
    ]);
}

#[test]
fn a_follow_up_is_never_answered() {
    assert_silent(&[
        "and shipping?",
        "what about returns?",
        "How about used ones?",
        "それは送料かかる?",
        "返品は?",
    ]);
}

#[test]
fn two_questions_at_once_are_never_answered() {
    assert_guarded(
        Guard::TwoQuestions,
        &["How much is shipping? How do I return a bike?", "送料はいくらですか。返品はどうやってしますか。"],
    );
}

#[test]
fn what_a_shopper_does_not_want_is_not_answered() {
    assert_silent(&[
        "don't cancel my order",
        "I do not want to return a bike",
        "返品したいわけではなく、返品はしないでください",
    ]);
}

#[test]
fn a_negation_chooses_the_negated_entry_or_none() {
    let index = index();
    assert_eq!(answer(&index, "Which items can't be returned?").as_deref(), Some("non-returnable"));
    assert_ne!(answer(&index, "Which items can be returned?").as_deref(), Some("non-returnable"));
}

#[test]
fn another_number_is_another_question() {
    let index = index();
    assert_eq!(answer(&index, "Is there a discount for 10 bikes?").as_deref(), Some("discount-10"));
    assert_eq!(answer(&index, "Is there a discount for 2 bikes?"), None);
}

#[test]
fn an_entry_for_customers_is_not_for_guests() {
    let index = index();
    let question = Query::new("How do I remove a saved card?");
    assert_eq!(index.decide(&question), Decision::Miss { reason: MissReason::NotForAudience });
    assert!(matches!(index.decide(&question.from_audience(Audience::Customer)), Decision::Answer { .. }));
}

#[test]
fn a_phrasing_of_two_entries_answers_neither() {
    let twice = FaqBundle::parse_jsonl(concat!(
        r#"{"id":"a","questions":["How do I open the garage?","garage door"],"answer":{"en":"A"}}"#,
        "\n",
        r#"{"id":"b","questions":["How do I open the garage?","parking gate"],"answer":{"en":"B"}}"#,
    ))
    .expect("a bundle");
    let index = FaqIndex::build(&twice, Thresholds::uncalibrated());
    assert_eq!(answer(&index, "How do I open the garage?"), None);
}

#[test]
fn a_second_tier_must_pass_the_same_guards() {
    let index = index();
    let shipping = index.entries().iter().position(|e| e.id == "shipping-cost").expect("an entry");
    assert_eq!(index.admits(&Query::new("postage abroad?"), shipping), Ok(()));
    let personal = index.admits(&Query::new("Where is my order?"), shipping);
    assert_eq!(personal, Err(MissReason::Guarded(Guard::Personal)));
    assert_eq!(index.admits(&Query::new("postage?"), usize::MAX), Err(MissReason::Unlike));
}

#[test]
fn an_unsure_decision_names_candidates_that_may_be_answered() {
    let mut index = index();
    let mut strict = *index.thresholds();
    (strict.en.answer, strict.en.miss) = (1.1, 0.0);
    index.set_thresholds(strict);
    let question = Query::new("How do I remove a saved card?");
    let Decision::Unsure { candidates, .. } = index.decide(&question.from_audience(Audience::Customer))
    else {
        panic!("no threshold can be met")
    };
    assert_eq!(index.entries()[candidates[0].entry].id, "saved-card");
    assert!(
        candidates.iter().all(|c| index.admits(&question.from_audience(Audience::Customer), c.entry).is_ok())
    );
}

#[test]
fn thresholds_survive_json() {
    let thresholds = Thresholds::calibrate(&bundle());
    let json = serde_json::to_string(&thresholds).expect("JSON");
    assert_eq!(serde_json::from_str::<Thresholds>(&json).expect("thresholds"), thresholds);
}

#[test]
fn building_twice_gives_the_same_decisions() {
    let (a, b) = (FaqIndex::build_calibrated(&bundle()), FaqIndex::build_calibrated(&bundle()));
    assert_eq!(a.thresholds(), b.thresholds());
    for text in ["how much would it be to ship a bike", "返したい", "used?"] {
        assert_eq!(a.decide(&Query::new(text)), b.decide(&Query::new(text)));
    }
}

#[test]
fn a_long_story_is_not_a_question() {
    let story = "How much is shipping? ".repeat(30);
    assert_eq!(index().decide(&Query::new(&story)), Decision::Miss { reason: MissReason::TooLong });
}

/// The shop for bicycles, with near misses: in the English of one entry and the Japanese of another.
fn with_near_misses() -> FaqBundle {
    let jsonl = include_str!("fixtures/bicycles.jsonl")
        .replacen(
            r#"{"id":"test-ride""#,
            r#"{"near_misses":["Can I take a test exam?","Where do I take my driving test?"],"id":"test-ride""#,
            1,
        )
        .replacen(r#"{"id":"password""#, r#"{"near_misses":["電話の暗証番号を忘れました"],"id":"password""#, 1);
    FaqBundle::parse_jsonl(&jsonl).expect("a bundle")
}

#[test]
fn a_near_miss_is_not_answered_and_takes_nothing_from_the_entries() {
    let index = FaqIndex::build(&with_near_misses(), Thresholds::uncalibrated());
    for text in ["Can I take a test exam?", "can I take the test exam", "電話の暗証番号を忘れました"]
    {
        let decision = index.decide(&Query::new(text));
        assert_eq!(decision, Decision::Miss { reason: MissReason::NearMiss }, "{text}");
        assert!(index.candidates(text).iter().all(|c| c.entry < index.entries().len()), "{text}");
    }
    for entry in index.entries() {
        for question in &entry.questions {
            assert_eq!(answer(&index, question).as_deref(), Some(entry.id.as_str()), "{question}");
        }
    }
    assert_eq!(answer(&index, "can I take a bike for a test ride").as_deref(), Some("test-ride"));
}

#[test]
fn near_misses_are_kept_in_the_source_and_calibrate() {
    let bundle = with_near_misses();
    assert_eq!(FaqBundle::parse_jsonl(&bundle.to_jsonl()), Ok(bundle.clone()));
    let trials = semantics::faq::trials(&FaqIndex::build_calibrated(&bundle), Language::En);
    let entries = bundle.entries().len();
    assert!(!trials.is_empty() && trials.iter().all(|t| t.asked.0 < entries));
}

#[test]
fn a_guard_is_not_lifted_by_a_phrasing_in_the_other_language() {
    let line = r#"{"id":"order","questions":["How do I follow a parcel?","私の荷物は今どこですか"],"answer":{"en":"So.","ja":"そう"}}"#;
    let bundle = FaqBundle::parse_jsonl(line).expect("a bundle");
    let index = FaqIndex::build(&bundle, Thresholds::uncalibrated());
    let decision = index.decide(&Query::new("where is my parcel"));
    assert_eq!(decision, Decision::Miss { reason: MissReason::Guarded(Guard::Personal) });
}
