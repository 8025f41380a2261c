//! What is on record is said, and what is not is withheld: right and wrong for each kind of fact, in both languages.

use chat::Language;

use super::world::{World, assert_outcomes};
use crate::model::{Brief, Matter};

#[tokio::test]
async fn facts_are_those_of_the_series_spoken_of() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster", "death-note", "berserk"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Tell me about these",
        &[
            ("Monster costs $11.99.", "Monster costs $11.99."),
            ("Death Note is $10.99 a volume.", "Death Note is $10.99 a volume."),
            ("Monster has 18 volumes. It costs $11.99.", "Monster has 18 volumes. It costs $11.99."),
            (
                "Monster (18 volumes) is longer than Death Note (12 volumes).",
                "Monster (18 volumes) is longer than Death Note (12 volumes).",
            ),
            ("Monster (12 volumes) is shorter than Death Note (18 volumes).", "[number]"),
            (
                "Monster costs $11.99, while Death Note costs $10.99.",
                "Monster costs $11.99, while Death Note costs $10.99.",
            ),
            ("Monster costs $10.99, while Death Note costs $11.99.", "[money]"),
            ("They cost $10.99 to $14.99 each.", "They cost $10.99 to $14.99 each."),
            ("They cost $10.99 to $15.99 each.", "[money]"),
            ("Berserk is sold out right now.", "Berserk is sold out right now."),
            ("Death Note began in 2003.", "Death Note began in 2003."),
            ("All volumes of Monster come to $215.82.", "All volumes of Monster come to $215.82."),
            ("Monster is by Naoki Urasawa.", "Monster is by Naoki Urasawa."),
            ("Monster is by Takeshi Obata.", "[author]"),
            ("Monster is by John Q. Smith.", "[author]"),
            ("Death Note is still running.", "[state]"),
            ("All of them are in stock.", "[stock]"),
        ],
    );
}

#[tokio::test]
async fn facts_are_those_of_the_series_spoken_of_in_japanese() {
    let world = World::new();
    let brief = world.products(Language::Ja, &["monster", "death-note", "berserk"]).await;
    assert_outcomes(
        &world,
        &brief,
        "これらの作品について教えて",
        &[
            ("『MONSTER』は1巻11.99ドルです。", "『MONSTER』は1巻11.99ドルです。"),
            ("MONSTERは全18巻です。1巻11.99ドルです。", "MONSTERは全18巻です。1巻11.99ドルです。"),
            (
                "MONSTERは11.99ドルですが、DEATH NOTEは10.99ドルです。",
                "MONSTERは11.99ドルですが、DEATH NOTEは10.99ドルです。",
            ),
            ("MONSTERは10.99ドルですが、DEATH NOTEは11.99ドルです。", "[money]"),
            (
                "『MONSTER』(全18巻)と『DEATH NOTE』(全12巻)がおすすめです。",
                "『MONSTER』(全18巻)と『DEATH NOTE』(全12巻)がおすすめです。",
            ),
            ("価格は1巻10.99ドル〜14.99ドルです。", "価格は1巻10.99ドル〜14.99ドルです。"),
            ("『ベルセルク』はただいま在庫切れです。", "『ベルセルク』はただいま在庫切れです。"),
            ("いずれも在庫がございます。", "[stock]"),
            ("『MONSTER』の作者は浦沢直樹さんです。", "『MONSTER』の作者は浦沢直樹さんです。"),
            ("『MONSTER』の作者は小畑健さんです。", "[author]"),
            ("『DEATH NOTE』は連載中です。", "[state]"),
            ("『進撃の巨人』は34巻です。", "[title]"),
        ],
    );
}

#[tokio::test]
async fn an_item_goes_on_about_its_own_series() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster", "death-note"]).await;
    assert_outcomes(
        &world,
        &brief,
        "two thrillers",
        &[
            (
                "Two fit:\n- **Monster** – $11.99, 18 volumes. It is complete.\n- **Death Note** – $10.99, 12 volumes.\n\nThey cost $10.99 and $11.99.",
                "Two fit:\n- **Monster** – $11.99, 18 volumes. It is complete.\n- **Death Note** – $10.99, 12 volumes.\n\nThey cost $10.99 and $11.99.",
            ),
            (
                "**Monster**\n- Price: $11.99\n- Volumes: 18\n",
                "**Monster**\n- Price: $11.99\n- Volumes: 18\n",
            ),
            (
                "1. **Monster**: 18 volumes\n2. **Death Note**: 12 volumes",
                "1. **Monster**: 18 volumes\n2. **Death Note**: 12 volumes",
            ),
        ],
    );
}

#[tokio::test]
async fn titles_that_no_record_knows_are_withheld() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Tell me about Monster",
        &[
            ("You may like Fruits Basket.", "[title]"),
            ("Try \"The Walking Cat\" by the same author.", "[title]"),
            ("Try *Ghost of the Shell* next.", "[title]"),
            ("A classic like “Akira” is worth reading.", "[title]"),
            ("See also:\n- **Akira** – a cyberpunk classic. It is dark.\n\nEnjoy!", "[title][title]Enjoy!"),
            (
                "Write \"talk to a person\" and I will pass you on.",
                "Write \"talk to a person\" and I will pass you on.",
            ),
            ("**Monster** is a thriller.", "**Monster** is a thriller."),
            ("Try \"Monstr\" or \"Monster\".", "[title]"),
            ("- **Price**: $11.99\n- **Volumes**: 18", "- **Price**: $11.99\n- **Volumes**: 18"),
        ],
    );
}

#[tokio::test]
async fn a_title_with_a_letter_wrong_is_the_same_series() {
    let world = World::new();
    let brief = world.products(Language::En, &["fullmetal-alchemist"]).await;
    let text = "Try \"Fullmetal Alchemst\" next.";
    assert_outcomes(&world, &brief, "alchemy", &[(text, text)]);
}

#[tokio::test]
async fn numbers_are_known_in_every_form() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Is Monster under $15?",
        &[
            ("It has eighteen volumes.", "It has eighteen volumes."),
            ("Start with volume 1.", "Start with volume 1."),
            ("Volume 18 is the last one.", "Volume 18 is the last one."),
            ("Volume 19 is out.", "[number]"),
            ("Volumes 1–3 come to $35.97.", "Volumes 1–3 come to $35.97."),
            ("It is under $15: it costs $11.99.", "It is under $15: it costs $11.99."),
            ("It costs about $12.", "It costs about $12."),
            ("It takes two weeks to read.", "[number]"),
            ("It is a 1990s classic.", "It is a 1990s classic."),
            ("It is 20% off.", "[number]"),
            ("There is a discount on it.", "[promise]"),
            ("There is no discount on it.", "There is no discount on it."),
            ("It ships free, with free shipping.", "[promise]"),
            ("You will get it tomorrow if it ships now.", "[date]"),
            ("It will be released on 5 May 2027.", "[date]"),
            ("See https://evil.example/monster for more.", "[contact]"),
            ("Write to help@evil.example.", "[contact]"),
            ("Call +1 555 123 4567.", "[contact]"),
            ("See [its page](/series/monster).", "See [its page](/series/monster)."),
            ("See [its page](/series/nana).", "[contact]"),
        ],
    );
}

#[tokio::test]
async fn stock_is_said_as_it_is() {
    let world = World::new();
    let brief = world.products(Language::En, &["parasyte"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Is Parasyte in stock?",
        &[
            ("It is in stock, with only 3 left.", "It is in stock, with only 3 left."),
            ("These are the last copies.", "These are the last copies."),
            ("Few copies left!", "Few copies left!"),
            ("It is not sold out.", "It is not sold out."),
            ("If it is sold out, tell me.", "If it is sold out, tell me."),
            ("It is no longer available.", "~It is in stock."),
            ("It was ready to ship but is sold out.", "[stock]"),
        ],
    );
    let brief = world.products(Language::Ja, &["parasyte"]).await;
    assert_outcomes(
        &world,
        &brief,
        "寄生獣の在庫は?",
        &[
            ("在庫がございます(残り3冊)。", "在庫がございます(残り3冊)。"),
            ("残りわずかです。", "残りわずかです。"),
            ("在庫切れではありません。", "在庫切れではありません。"),
            ("在庫切れの場合はお知らせします。", "在庫切れの場合はお知らせします。"),
        ],
    );
}

pub(super) async fn orders(world: &World, language: Language) -> Brief {
    world.brief("MA-10001", language, Some("C1")).await
}

#[tokio::test]
async fn orders_are_said_as_they_are() {
    let world = World::new();
    let brief = orders(&world, Language::En).await;
    assert_outcomes(
        &world,
        &brief,
        "Where is MA-10001?",
        &[
            ("Your order MA-10001 is on its way.", "Your order MA-10001 is on its way."),
            ("Your order MA-10001 has shipped.", "Your order MA-10001 has shipped."),
            ("It has not been delivered yet.", "It has not been delivered yet."),
            ("It was delivered.", "[state]"),
            ("It was cancelled.", "[state]"),
            ("Once it is delivered, you can return it.", "Once it is delivered, you can return it."),
            ("Your order MA-99999 is on its way.", "[order]"),
            ("Yamato carries it as YT-4410-2291-01.", "Yamato carries it as YT-4410-2291-01."),
            ("DHL carries it.", "[order]"),
            ("The tracking number is YT-4410-2291-02.", "[order]"),
            ("You placed it on 18 November 2026.", "You placed it on 18 November 2026."),
            ("It should arrive on November 23.", "It should arrive on November 23."),
            ("It should arrive on 2026-11-23.", "It should arrive on 2026-11-23."),
            ("It should arrive on Monday.", "It should arrive on Monday."),
            ("It should arrive on Friday.", "[date]"),
            ("It will arrive tomorrow.", "[date]"),
            ("The total is $39.98.", "The total is $39.98."),
            ("It holds Monster, volumes 1 and 2.", "It holds Monster, volumes 1 and 2."),
            ("It holds Monster, volumes 1 and 7.", "[number]"),
        ],
    );
    let brief = orders(&world, Language::Ja).await;
    assert_outcomes(
        &world,
        &brief,
        "MA-10001はどこ?",
        &[
            ("ご注文MA-10001は発送済みで、配送中です。", "ご注文MA-10001は発送済みで、配送中です。"),
            ("まだ配達は完了していません。", "まだ配達は完了していません。"),
            ("配達が完了しています。", "[state]"),
            ("キャンセルされました。", "[state]"),
            ("お届け予定日は2026年11月23日です。", "お届け予定日は2026年11月23日です。"),
            ("明日お届けします。", "[date]"),
            ("配送業者は佐川急便です。", "[order]"),
        ],
    );
}

#[tokio::test]
async fn an_order_without_a_record_has_no_state() {
    let world = World::new();
    let brief = Brief { language: Language::En, matter: Matter::Other, named: Vec::new() };
    assert_outcomes(
        &world,
        &brief,
        "where is it",
        &[
            ("Your order has been shipped.", "[state]"),
            ("I cannot see your orders.", "I cannot see your orders."),
        ],
    );
}

#[tokio::test]
async fn what_a_tool_found_may_be_said_from_then_on() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    let mut checker = world.checker(&brief, "Monster?");
    let before = checker.push("Death Note has 12 volumes. It");
    assert_eq!(super::world::written(&before), "[title]");
    checker.learn(&Matter::Products { items: world.facts(&["death-note"]).await, aspects: Vec::new() });
    let mut after = checker.push(" helps.\n\nDeath Note has 12 volumes. It costs $10.99.");
    after.extend(checker.finish());
    assert!(
        super::world::written(&after).ends_with("Death Note has 12 volumes. It costs $10.99."),
        "{after:?}"
    );
}

#[tokio::test]
async fn what_hangs_on_something_withheld_goes_with_it() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster", "death-note"]).await;
    assert_outcomes(
        &world,
        &brief,
        "thrillers",
        &[
            (
                "Monster is dark. Fruits Basket is not. It costs $10.99. Monster is long.",
                "Monster is dark. [title][title]Monster is long.",
            ),
            (
                "- **Akira** – a classic. Very dark. It costs $10.99.\n- **Monster** – $11.99.",
                "[title][title][title]- **Monster** – $11.99.",
            ),
            ("Good.\n\nMore like it:\n- **Akira** – new.\n\nBye.", "Good.[title]\n\nBye."),
        ],
    );
}
