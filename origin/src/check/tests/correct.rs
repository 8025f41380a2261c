//! What is wrong and plainly so is put right, in the sentence's own form; what is not so plain is withheld.

use chat::Language;

use super::world::{World, assert_outcomes};

#[tokio::test]
async fn a_wrong_fact_of_a_known_series_is_put_right() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster", "one-piece", "berserk", "parasyte"]).await;
    assert_outcomes(
        &world,
        &brief,
        "prices",
        &[
            ("Monster costs $8.99.", "~Monster costs $11.99."),
            ("Monster costs ¥1,200 a volume.", "~Monster costs $11.99 a volume."),
            ("Monster costs nine dollars.", "~Monster costs 11.99 dollars."),
            ("The whole set of Monster comes to $99.", "~The whole set of Monster comes to $215.82."),
            ("Monster has 12 volumes.", "~Monster has 18 volumes."),
            ("Monster has twelve volumes.", "~Monster has eighteen volumes."),
            ("Monster has a dozen volumes.", "~Monster has eighteen volumes."),
            ("Monster is a 12-volume thriller.", "~Monster is an 18-volume thriller."),
            ("Monster began in 1999.", "~Monster began in 1994."),
            ("Monster is sold out.", "~Monster is in stock."),
            ("Berserk is in stock right now.", "~Berserk is sold out right now."),
            ("Parasyte has only 4 left.", "~Parasyte has only 3 left."),
            ("Monster has 12 volumes and costs $8.99.", "~Monster has 18 volumes and costs $11.99."),
            ("- **Berserk** – $14.99, in stock", "~- **Berserk** – $14.99, sold out"),
        ],
    );
}

#[tokio::test]
async fn a_wrong_fact_of_a_known_series_is_put_right_in_japanese() {
    let world = World::new();
    let brief = world.products(Language::Ja, &["monster", "one-piece", "berserk", "parasyte"]).await;
    assert_outcomes(
        &world,
        &brief,
        "価格は?",
        &[
            ("『MONSTER』は8.99ドルです。", "~『MONSTER』は11.99ドルです。"),
            ("『MONSTER』は1,200円です。", "~『MONSTER』は11.99ドルです。"),
            ("『MONSTER』は全12巻です。", "~『MONSTER』は全18巻です。"),
            ("『MONSTER』は全１２巻です。", "~『MONSTER』は全18巻です。"),
            ("『MONSTER』は十二巻で完結しています。", "~『MONSTER』は十八巻で完結しています。"),
            ("『MONSTER』は在庫切れです。", "~『MONSTER』は在庫がございます。"),
            ("『ベルセルク』は在庫がございます。", "~『ベルセルク』は在庫切れです。"),
            ("『寄生獣』は残り4冊です。", "~『寄生獣』は残り3冊です。"),
        ],
    );
}

#[tokio::test]
async fn what_is_not_plainly_wrong_is_withheld_and_not_put_right() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster", "berserk"]).await;
    assert_outcomes(
        &world,
        &brief,
        "prices",
        &[
            ("Monster is only $4.99 today!", "[money]"),
            ("Monster costs $11.99 (was $14.99).", "[money]"),
            ("Monster and Berserk cost $9.99.", "[money]"),
            ("Berserk is in stock and ships at once.", "[stock]"),
            ("It costs $9.99.", "[money]"),
            // It would say the same again.
            ("Monster has 18 volumes. Monster has 12 volumes.", "Monster has 18 volumes. [number]"),
        ],
    );
}

#[tokio::test]
async fn a_wrong_day_of_an_order_is_put_right() {
    let world = World::new();
    let brief = world.brief("MA-10001", Language::En, Some("C1")).await;
    assert_outcomes(
        &world,
        &brief,
        "Where is MA-10001?",
        &[
            ("You placed it on 1 November 2026.", "~You placed it on 18 November 2026."),
            ("It should arrive on November 30.", "~It should arrive on November 23."),
            // A day of the order, but not this one.
            ("It should arrive on 18 November.", "~It should arrive on 23 November."),
            ("It has been on its way since 2026-11-01.", "~It has been on its way since 2026-11-20."),
            ("The total is $99.", "~The total is $39.98."),
            ("Remember 1 January.", "[date]"),
        ],
    );
    let brief = world.brief("MA-10001", Language::Ja, Some("C1")).await;
    assert_outcomes(
        &world,
        &brief,
        "MA-10001はどこですか",
        &[
            ("お届け予定日は11月30日です。", "~お届け予定日は11月23日です。"),
            ("2026年11月1日のご注文です。", "~2026年11月18日のご注文です。"),
            ("合計は99ドルです。", "~合計は39.98ドルです。"),
        ],
    );
}
