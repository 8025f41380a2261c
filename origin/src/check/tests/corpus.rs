//! The guard against false alarms: whatever the embedded answerer says comes from records, so all of it has to pass as it
//! is, in both languages, for every kind of matter.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chat::Language;
use futures_util::StreamExt as _;
use semantics::text::detect_language;

use super::world::{World, fixture, written};
use crate::compose::{self, Frame};
use crate::dates::Day;
use crate::model::{Brief, Extractive, Labels, Matter, Model as _, ModelEvent, OutputLimits};
use crate::prompt::{Asked, Prompts};

/// Questions beside those of the evaluation: every kind of matter, and every aspect of a title.
const QUESTIONS: &[&str] = &[
    "hello",
    "thanks!",
    "talk to a person",
    "where is my order?",
    "what is on my wishlist?",
    "how much is it?",
    "what is the capital of France?",
    "recommend something",
    "a horror manga in 10 volumes or fewer",
    "a completed thriller under $12",
    "sports manga from the 1990s",
    "something like Death Note but shorter",
    "romance without fantasy",
    "a sports manga in 2 volumes or less",
    "Naoki Urasawa",
    "manga for my 8 year old",
    "How long do I have to return a book?",
    "How much is shipping?",
    "free shipping?",
    "where is MA-99999",
    "こんにちは",
    "ありがとう",
    "担当者と話したい",
    "注文はどこですか",
    "ほしい物リスト",
    "いくらですか",
    "おすすめは?",
    "10巻以内の完結したホラー漫画",
    "12ドル以下のサスペンス",
    "1990年代のスポーツ漫画",
    "デスノートみたいな漫画",
    "浦沢直樹の作品",
    "8歳の子供におすすめの漫画は?",
    "返品は何日以内ですか",
    "送料はいくらですか",
    "MA-99999はどこ",
];
const ABOUT: &[&str] = &[
    "Tell me about TITLE",
    "How much is TITLE?",
    "How many volumes does TITLE have?",
    "Who wrote TITLE?",
    "Is TITLE in stock?",
    "Is TITLE finished?",
    "When did TITLE begin?",
    "Who publishes TITLE?",
    "What would all volumes of TITLE cost?",
    "Where should I start with TITLE?",
    "What should I read if I loved TITLE?",
];
const ABOUT_JA: &[&str] = &[
    "『TITLE』について教えて",
    "『TITLE』はいくらですか",
    "『TITLE』は全何巻ですか",
    "『TITLE』の作者は?",
    "『TITLE』の在庫はありますか",
    "『TITLE』は完結していますか",
    "『TITLE』はいつ始まりましたか",
    "『TITLE』みたいな漫画は?",
];

/// What the embedded answerer writes, and the rules that a model would get with it.
async fn extractive(brief: &Brief, question: &str) -> (String, String) {
    let frame = Frame {
        prompts: &Prompts::load().unwrap(),
        asked: Asked { question, today: Day::of_ms(0), page: None },
        recent: &[],
        tools: Vec::new(),
        limits: OutputLimits { chars_max: 10_000, tokens_max: 10_000 },
        labels: Labels::default(),
    };
    let request = compose::request(brief.clone(), frame);
    let system = request.system.clone();
    let events: Vec<_> = Extractive.generate(Arc::new(request)).collect().await;
    let texts = events.into_iter().filter_map(|event| match event {
        Ok(ModelEvent::Text(text)) => Some(text),
        _ => None,
    });
    (texts.collect(), system)
}

/// Asks; tells the outcome when it is not the answer itself.
async fn alarm(world: &World, question: &str, customer: Option<&str>) -> Option<String> {
    let language = match detect_language(question) {
        semantics::text::Language::En => Language::En,
        semantics::text::Language::Ja => Language::Ja,
    };
    let brief = world.brief(question, language, customer).await;
    let (answer, system) = extractive(&brief, question).await;
    let mut checker = world.checker(&brief, question).guarding(&system);
    let mut pieces = checker.push(&answer);
    pieces.extend(checker.finish());
    let outcome = written(&pieces);
    (outcome != answer).then(|| format!("{question}\n  {answer:?}\n  {outcome:?}"))
}

async fn assert_no_alarm(world: &World, questions: impl Iterator<Item = String>, customers: &[Option<&str>]) {
    let (mut asked, mut alarms) = (0, Vec::new());
    for question in questions {
        for customer in customers {
            asked += 1;
            alarms.extend(alarm(world, &question, *customer).await);
        }
    }
    assert!(asked > 0);
    println!("{asked} answers, {} not as they were", alarms.len());
    assert!(alarms.is_empty(), "{} of {asked}:\n{}", alarms.len(), alarms.join("\n"));
}

fn demo() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shop")
}

fn about_titles(world: &World) -> Vec<String> {
    let mut questions: Vec<String> = QUESTIONS.iter().map(|&question| question.to_owned()).collect();
    for series in &world.shop.series {
        questions.extend(ABOUT.iter().map(|about| about.replace("TITLE", &series.title.en)));
        questions.extend(ABOUT_JA.iter().map(|about| about.replace("TITLE", &series.title.ja)));
    }
    questions
}

#[tokio::test]
async fn every_extractive_answer_of_the_fixture_shop_passes() {
    let world = World::of(&fixture());
    let questions = about_titles(&world);
    assert_no_alarm(&world, questions.into_iter(), &[None, Some("C1")]).await;
}

#[tokio::test]
async fn every_extractive_answer_to_the_evaluation_passes() {
    #[derive(serde::Deserialize)]
    struct Line {
        text: String,
    }
    let world = World::of(&demo());
    let lines = std::fs::read_to_string(demo().join("eval/queries.jsonl")).unwrap();
    let questions = lines.lines().map(|line| serde_json::from_str::<Line>(line).unwrap().text);
    let questions = questions.chain(QUESTIONS.iter().map(|&question| question.to_owned()));
    assert_no_alarm(&world, questions, &[None, Some("C1001")]).await;
}

#[tokio::test]
async fn every_extractive_answer_about_a_title_of_the_demo_shop_passes() {
    let world = World::of(&demo());
    // Each title with a question or two: all of them with all questions take too long.
    let questions = world.shop.series.iter().enumerate().flat_map(|(at, series)| {
        let english = ABOUT[at % ABOUT.len()].replace("TITLE", &series.title.en);
        let japanese = ABOUT_JA[at % ABOUT_JA.len()].replace("TITLE", &series.title.ja);
        [english, japanese, ABOUT[0].replace("TITLE", &series.title.en)]
    });
    let questions: Vec<String> = questions.collect();
    assert_no_alarm(&world, questions.into_iter(), &[None]).await;
}

#[tokio::test]
async fn every_order_of_the_demo_shop_passes() {
    #[derive(serde::Deserialize)]
    struct Line {
        id: String,
        customer: String,
    }
    let world = World::of(&demo());
    let lines = std::fs::read_to_string(demo().join("orders.jsonl")).unwrap();
    let mut of_customer: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        of_customer.entry(line.customer).or_default().push(line.id);
    }
    for (customer, orders) in of_customer {
        let by_number = orders.iter().flat_map(|id| [format!("where is {id}?"), format!("{id}はどこですか")]);
        let recent =
            ["where is my order?", "注文はどこですか", "my wishlist", "ほしい物リスト"].map(str::to_owned);
        let all = format!("where are {}?", orders.join(" and "));
        assert_no_alarm(&world, by_number.chain(recent).chain([all]), &[Some(customer.as_str())]).await;
    }
}

#[tokio::test]
async fn every_kind_of_matter_is_among_the_questions() {
    let world = World::of(&fixture());
    let mut kinds = std::collections::BTreeSet::new();
    for question in about_titles(&world) {
        for customer in [None, Some("C1")] {
            let brief = world.brief(&question, Language::En, customer).await;
            kinds.insert(kind(&brief.matter));
        }
    }
    let all = [
        "author",
        "greeting",
        "handoff",
        "nothing",
        "orders",
        "other",
        "passages",
        "products",
        "recent",
        "sign in",
        "suggestions",
        "thanks",
        "which",
        "wishlist",
    ];
    let missing: Vec<_> = all.into_iter().filter(|kind| !kinds.contains(kind)).collect();
    // Something always comes near, in a small catalogue.
    assert!(missing.is_empty() || missing == ["nothing"], "{missing:?}");
}

const fn kind(matter: &Matter) -> &'static str {
    match matter {
        Matter::Greeting => "greeting",
        Matter::Thanks => "thanks",
        Matter::Handoff { .. } => "handoff",
        Matter::SignIn { .. } => "sign in",
        Matter::Orders { .. } => "orders",
        Matter::RecentOrders { .. } => "recent",
        Matter::Wishlist { .. } => "wishlist",
        Matter::Suggestions { .. } => "suggestions",
        Matter::Products { .. } => "products",
        Matter::Author { .. } => "author",
        Matter::Passages { .. } => "passages",
        Matter::WhichProduct => "which",
        Matter::NothingFound { .. } => "nothing",
        Matter::Other => "other",
    }
}
