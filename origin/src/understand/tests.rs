use std::path::Path;

use super::*;

fn understanding() -> Understanding {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shop");
    let shop = Arc::new(crate::shop::load::load(&data).unwrap());
    let names = Arc::new(NameSpotter::new(&shop).unwrap());
    Understanding::new(shop, names)
}

fn context(text: &str) -> Context<'static> {
    let language = match semantics::text::detect_language(text) {
        semantics::text::Language::En => Language::En,
        semantics::text::Language::Ja => Language::Ja,
    };
    Context { language, audience: Audience::Guest, page: None, recent: &[] }
}

fn ids(understanding: &Understanding, query: &Query, role: Role) -> Vec<String> {
    query.mentioned(role).map(|at| understanding.shop.series[at].id.clone()).collect()
}

#[test]
fn the_intent_is_that_of_the_question() {
    let understanding = understanding();
    let mut wrong = Vec::new();
    for (text, intent) in [
        ("hi there!", Intent::Greeting),
        ("こんにちは!", Intent::Greeting),
        ("thanks a lot", Intent::Thanks),
        ("can I speak to a human please", Intent::Handoff),
        ("担当者と話したいです", Intent::Handoff),
        ("where is my package?", Intent::Order),
        ("has MA-10001 shipped", Intent::Order),
        ("注文した本はどこですか", Intent::Order),
        ("how do I cancel my order?", Intent::Policy),
        ("what's on my wishlist", Intent::Wishlist),
        ("recommend a good fantasy manga", Intent::Discovery),
        ("something like Death Note but shorter", Intent::Discovery),
        ("『ナルト』みたいな漫画が読みたい", Intent::Discovery),
        ("ホラー漫画のおすすめは?", Intent::Discovery),
        ("how many volumes does Naruto have", Intent::Product),
        ("Is Monster complete?", Intent::Product),
        ("ワンピースは何巻まで出ていますか", Intent::Product),
        ("Naoki Urasawa", Intent::Author),
        ("浦沢直樹の作品", Intent::Author),
        ("do you gift wrap?", Intent::Policy),
        ("送料はいくらですか", Intent::Policy),
        ("how much does it cost?", Intent::WhichProduct),
        ("what's the weather like in Paris", Intent::Other),
    ] {
        let query = understanding.understand(text, &context(text));
        if query.intent != intent {
            wrong.push(format!("{text}: {:?} and not {intent:?}", query.intent));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_title_is_known_by_every_name_and_by_a_misspelt_one() {
    let understanding = understanding();
    for (text, id) in [
        ("is berserk finished", "berserk"),
        ("ベルセルクは完結?", "berserk"),
        ("べるせるくの作者", "berserk"),
        ("berserk's price", "berserk"),
        ("beserk price", "berserk"),
        ("vinlnad saga volumes", "vinland-saga"),
        ("20th century boys author", "20th-century-boys"),
        ("ヴィンランドサガは何巻", "vinland-saga"),
        ("pretty guardian sailor moon", "sailor-moon"),
    ] {
        let query = understanding.understand(text, &context(text));
        assert_eq!(ids(&understanding, &query, Role::Subject), [id], "{text}");
    }
}

#[test]
fn a_title_that_is_a_word_counts_only_as_a_title() {
    let understanding = understanding();
    for (text, there) in [
        ("I loved Monster", true),
        ("is monster complete?", true),
        ("monster", true),
        ("something about a monster hunter", false),
        ("a manga with monster battles", false),
    ] {
        let found = !understanding.understand(text, &context(text)).mentions.is_empty();
        assert_eq!(found, there, "{text}");
    }
}

#[test]
fn what_is_liked_and_what_is_not_wanted_are_told_apart() {
    let understanding = understanding();
    let query = understanding.understand("Like Death Note and Monster, but not Parasyte", &context(""));
    assert_eq!(ids(&understanding, &query, Role::Like), ["death-note", "monster"]);
    assert_eq!(ids(&understanding, &query, Role::Not), ["parasyte"]);
    let query = understanding.understand("romance, no horror and nothing supernatural", &context(""));
    assert_eq!(query.genres, BTreeSet::from([Genre::Romance]));
    assert_eq!(query.genres_not, BTreeSet::from([Genre::Horror, Genre::Supernatural]));
    let query = understanding.understand("ホラー以外の恋愛漫画", &context("ホ"));
    assert_eq!(
        (query.genres, query.genres_not),
        (BTreeSet::from([Genre::Romance]), BTreeSet::from([Genre::Horror]))
    );
}

#[test]
fn no_text_makes_it_panic() {
    let understanding = understanding();
    for text in [
        "",
        " ",
        "\u{0}",
        "🙂🙂",
        "『",
        "『』",
        "MA-",
        "巻巻巻",
        "'s",
        "the the the",
        "a\u{301}",
        "ｶﾞ",
        "𠮷野家",
    ] {
        understanding.understand(text, &context(text));
    }
}
