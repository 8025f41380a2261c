//! Words that once let a wrong sentence pass: a modal, a denial of something else, another tense, a second title, a stretch
//! cut out of a record, a title in plain capitals. Beside each stands what is right and has to pass.

use chat::Language;

use super::ground::orders;
use super::world::{World, assert_outcomes};
use crate::model::{Brief, Matter};
use crate::retrieve::{Passage, PassageKind};

#[tokio::test]
async fn a_modal_supposes_only_the_verb_that_it_governs() {
    let world = World::new();
    let brief = world.products(Language::En, &["berserk"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Is Berserk in stock?",
        &[
            ("I can confirm that Berserk is in stock, and it ships at once.", "[stock]"),
            ("You will be glad that Berserk is in stock, so hurry up.", "[stock]"),
            ("Berserk may be in stock elsewhere.", "Berserk may be in stock elsewhere."),
            ("Berserk will be back in stock some day.", "Berserk will be back in stock some day."),
            ("I can tell you once Berserk is in stock.", "I can tell you once Berserk is in stock."),
            ("I cannot say whether Berserk is in stock.", "I cannot say whether Berserk is in stock."),
        ],
    );
    let brief = orders(&world, Language::En).await;
    assert_outcomes(
        &world,
        &brief,
        "Where is MA-10001?",
        &[
            ("You can see that your order MA-10001 was delivered.", "[state]"),
            ("I can confirm that your order was cancelled.", "[state]"),
            (
                "When your order is delivered, you can return it.",
                "When your order is delivered, you can return it.",
            ),
            (
                "You can return it unless it was delivered late.",
                "You can return it unless it was delivered late.",
            ),
        ],
    );
    let brief = orders(&world, Language::Ja).await;
    assert_outcomes(
        &world,
        &brief,
        "MA-10001はどこ?",
        &[
            ("ご注文の配達が完了していることを確認できます。", "[state]"),
            ("配達が完了したら、ご確認ください。", "配達が完了したら、ご確認ください。"),
        ],
    );
}

#[tokio::test]
async fn only_a_promise_that_is_itself_denied_is_none() {
    let world = World::new();
    let brief = Brief { language: Language::En, matter: Matter::Other, named: Vec::new() };
    assert_outcomes(
        &world,
        &brief,
        "shipping?",
        &[
            ("You get free shipping, no minimum.", "[promise]"),
            ("Delivery is guaranteed, no questions asked.", "[promise]"),
            ("No worries, there is a discount on all manga.", "[promise]"),
            ("You get free shipping and never pay more.", "[promise]"),
            ("There is no free shipping.", "There is no free shipping."),
            ("There are no coupons or discounts.", "There are no coupons or discounts."),
            ("We do not offer free shipping.", "We do not offer free shipping."),
            ("Discounts are not available here.", "Discounts are not available here."),
            ("I do not know whether there is a discount.", "I do not know whether there is a discount."),
        ],
    );
    let brief = Brief { language: Language::Ja, matter: Matter::Other, named: Vec::new() };
    assert_outcomes(
        &world,
        &brief,
        "送料は?",
        &[
            ("送料無料です、最低金額はありません。", "[promise]"),
            ("送料無料で追加料金はかかりません。", "[promise]"),
            ("ご心配はいりません、ご注文は割引になります。", "[promise]"),
            ("ご注文は送料無料ではありません。", "ご注文は送料無料ではありません。"),
            ("割引クーポンはございません。", "割引クーポンはございません。"),
        ],
    );
}

#[tokio::test]
async fn a_state_is_known_in_other_words() {
    let world = World::new();
    // MA-10001 is on its way.
    let brief = orders(&world, Language::En).await;
    assert_outcomes(
        &world,
        &brief,
        "Where is MA-10001?",
        &[
            ("Your order MA-10001 shipped.", "Your order MA-10001 shipped."),
            ("Your parcel was sent.", "Your parcel was sent."),
            ("Your package arrived.", "[state]"),
            ("MA-10001 has already arrived.", "[state]"),
            ("Your order is delayed.", "[state]"),
            ("Your order is being prepared.", "[state]"),
            ("Status: delivered.", "[state]"),
            ("Your order has not arrived yet.", "Your order has not arrived yet."),
            (
                "Once your package arrived, you can return it.",
                "Once your package arrived, you can return it.",
            ),
            ("Tell me if your order is delayed.", "Tell me if your order is delayed."),
        ],
    );
    let brief = orders(&world, Language::Ja).await;
    assert_outcomes(
        &world,
        &brief,
        "MA-10001はどこ?",
        &[
            ("ご注文の商品はお送りしました。", "ご注文の商品はお送りしました。"),
            ("ご注文の商品が届きました。", "[state]"),
            ("配送が遅れています。", "[state]"),
            ("ご注文は発送準備中です。", "[state]"),
            ("配送が遅れている場合はお知らせください。", "配送が遅れている場合はお知らせください。"),
        ],
    );
}

#[tokio::test]
async fn an_order_without_a_record_has_no_state_in_other_words() {
    let world = World::new();
    for (language, texts) in [
        (Language::En, ["Your order shipped.", "Your package arrived.", "Your order was sent."]),
        (
            Language::Ja,
            ["ご注文の商品が届きました。", "ご注文の配送が遅れています。", "ご注文は発送準備中です。"],
        ),
    ] {
        let brief = Brief { language, matter: Matter::Other, named: Vec::new() };
        for text in texts {
            assert_outcomes(&world, &brief, "where is it", &[(text, "[state]")]);
        }
    }
}

#[tokio::test]
async fn a_claim_is_that_of_the_title_before_it() {
    let world = World::new();
    // Berserk is sold out, the others are not.
    let brief = world.products(Language::En, &["monster", "death-note", "berserk"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Tell me about these",
        &[
            ("Berserk and Death Note are in stock.", "[stock]"),
            ("Monster and Death Note are in stock.", "Monster and Death Note are in stock."),
            ("Monster, Death Note and Berserk are in stock.", "[stock]"),
            (
                "Monster costs $11.99 and Death Note costs $10.99.",
                "Monster costs $11.99 and Death Note costs $10.99.",
            ),
            ("Monster costs $10.99 and Death Note costs $11.99.", "[money]"),
            ("Monster is in stock, Berserk is sold out.", "Monster is in stock, Berserk is sold out."),
            ("Monster is dark and Berserk is in stock, so hurry.", "[stock]"),
            (
                "Monster is longer than Death Note and costs $11.99.",
                "Monster is longer than Death Note and costs $11.99.",
            ),
            ("Unlike Berserk, Monster is in stock.", "Unlike Berserk, Monster is in stock."),
        ],
    );
    let brief = world.products(Language::Ja, &["monster", "death-note", "berserk"]).await;
    assert_outcomes(
        &world,
        &brief,
        "これらの作品について教えて",
        &[
            ("『ベルセルク』と『DEATH NOTE』は在庫がございます。", "[stock]"),
            (
                "『MONSTER』と『DEATH NOTE』は在庫がございます。",
                "『MONSTER』と『DEATH NOTE』は在庫がございます。",
            ),
            (
                "『MONSTER』は11.99ドル、『DEATH NOTE』は10.99ドルです。",
                "『MONSTER』は11.99ドル、『DEATH NOTE』は10.99ドルです。",
            ),
            ("『MONSTER』は10.99ドル、『DEATH NOTE』は11.99ドルです。", "[money]"),
        ],
    );
}

fn passage(text: &str) -> Matter {
    let passage = Passage {
        kind: PassageKind::Policy,
        id: "orders#words".into(),
        title: "Words".into(),
        url: None,
        text: text.into(),
        fit: 1.0,
    };
    Matter::Passages { passages: vec![passage] }
}

#[tokio::test]
async fn a_sentence_cut_out_of_its_denial_is_not_on_record() {
    let world = World::new();
    for (language, whole, cut) in [
        (
            Language::En,
            "We never say that your order was delivered before the carrier says so.",
            "Your order was delivered before the carrier says so.",
        ),
        (
            Language::Ja,
            "今回のご注文の商品につきましてはすべての配達が完了していますとは申し上げません。",
            "今回のご注文の商品につきましてはすべての配達が完了しています。",
        ),
    ] {
        let brief = orders(&world, language).await;
        for (text, expected) in [(whole, whole), (cut, "[state]")] {
            let mut checker = world.checker(&brief, "MA-10001?");
            checker.learn(&passage(whole));
            let mut pieces = checker.push(text);
            pieces.extend(checker.finish());
            assert_eq!(super::world::written(&pieces), expected, "{text}");
        }
    }
}

#[tokio::test]
async fn a_sentence_of_a_passage_names_what_the_next_one_is_about() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster", "death-note"]).await;
    let mut checker = world.checker(&brief, "Tell me about these");
    checker.learn(&passage("Death Note is sold in a sturdy paperback edition."));
    let text = "Monster has 18 volumes. Death Note is sold in a sturdy paperback edition. It costs $10.99.";
    let mut pieces = checker.push(text);
    pieces.extend(checker.finish());
    assert_eq!(super::world::written(&pieces), text);
}

#[tokio::test]
async fn a_title_in_plain_capitals_is_withheld_only_when_it_is_surely_one() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Tell me about Monster",
        &[
            ("Try Dandadan, it's great.", "[title]"),
            ("I recommend Dungeon Walkers of Gondor.", "[title]"),
            ("There are other series like Zatanna Quest, too.", "[title]"),
            ("Try **Dandadan** next.", "[title]"),
            ("Try Monster, it's great.", "Try Monster, it's great."),
            ("Try Volume 1 first.", "Try Volume 1 first."),
            ("Read Japanese editions if you can.", "Read Japanese editions if you can."),
            ("I recommend Naoki Urasawa's Monster.", "I recommend Naoki Urasawa's Monster."),
            ("I recommend it for older teens.", "I recommend it for older teens."),
        ],
    );
    let brief = world.products(Language::Ja, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "モンスターについて",
        &[
            ("『ダンダダン』もおすすめです。", "[title]"),
            ("『MONSTER』がおすすめです。", "『MONSTER』がおすすめです。"),
        ],
    );
}

#[tokio::test]
async fn a_number_is_put_right_only_where_it_is_sure_what_it_counts() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Tell me about Monster",
        &[
            ("The sequel has 5 volumes.", "[number]"),
            ("The art book costs $40.", "[money]"),
            ("Monster's sequel has 5 volumes.", "[number]"),
            ("The sequel to Monster has 5 volumes.", "[number]"),
            ("The second edition has 5 volumes.", "[number]"),
            ("The second edition is sold out.", "[stock]"),
            ("The second edition began in 2008.", "[date]"),
            ("It comes before Gachiakuta, which has 5 volumes.", "[number]"),
            ("Gachiakuta and Monster have 12 volumes.", "[number]"),
            ("It has 12 volumes.", "~It has 18 volumes."),
            ("The series has 12 volumes.", "~The series has 18 volumes."),
            ("A volume costs $8.99.", "~A volume costs $11.99."),
            ("- Price: $8.99", "~- Price: $11.99"),
            ("Complete in 12 volumes.", "~Complete in 18 volumes."),
            ("It is dark. It has 12 volumes.", "It is dark. ~It has 18 volumes."),
        ],
    );
    let brief = world.products(Language::Ja, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "モンスターについて",
        &[
            ("続編は全5巻です。", "[number]"),
            ("画集は40ドルです。", "[money]"),
            ("『MONSTER』の続編は全5巻です。", "[number]"),
            ("新装版は全9巻です。", "[number]"),
            ("全12巻です。", "~全18巻です。"),
            ("同作は全12巻です。", "~同作は全18巻です。"),
            ("価格は8.99ドルです。", "~価格は11.99ドルです。"),
        ],
    );
}

#[tokio::test]
async fn a_right_number_of_another_work_is_not_said() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "Tell me about Monster",
        &[
            ("The sequel has 18 volumes.", "[number]"),
            ("The art book costs $11.99.", "[money]"),
            ("The Monster anime is in stock.", "[stock]"),
            ("The sequel is a short one. It has 18 volumes.", "The sequel is a short one. [number]"),
            (
                "The anime is famous, and the manga has 18 volumes.",
                "The anime is famous, and the manga has 18 volumes.",
            ),
            (
                "The anime is famous. The manga has 18 volumes.",
                "The anime is famous. The manga has 18 volumes.",
            ),
            ("It inspired an anime and has 18 volumes.", "It inspired an anime and has 18 volumes."),
            (
                "If you know the anime, Monster has 18 volumes.",
                "If you know the anime, Monster has 18 volumes.",
            ),
            ("It has no sequel, and it costs $11.99.", "It has no sequel, and it costs $11.99."),
        ],
    );
    let brief = world.products(Language::Ja, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "モンスターについて",
        &[
            ("続編は全18巻です。", "[number]"),
            ("アニメも人気ですが、原作は全18巻です。", "アニメも人気ですが、原作は全18巻です。"),
            ("アニメ化された『MONSTER』は全18巻です。", "アニメ化された『MONSTER』は全18巻です。"),
        ],
    );
}

#[tokio::test]
async fn a_title_that_only_holds_one_of_the_shop_is_another() {
    let world = World::new();
    let brief = world.products(Language::En, &["berserk", "monster", "fullmetal-alchemist"]).await;
    assert_outcomes(
        &world,
        &brief,
        "something like Berserk",
        &[
            ("Try **Berserk of Gluttony**, a fantasy series.", "[title]"),
            ("Try Berserk of Gluttony, a fantasy series.", "[title]"),
            ("Berserk of Gluttony is a fantasy series.", "[title]"),
            ("Try Monster Musume.", "[title]"),
            ("Try *Monster Musume* next.", "[title]"),
            ("Try **Berserk** next.", "Try **Berserk** next."),
            ("Try **Berserk Volume 1** first.", "Try **Berserk Volume 1** first."),
            ("Try **Monster Vol. 1** first.", "Try **Monster Vol. 1** first."),
            ("Try **Berserk by Kentaro Miura**.", "Try **Berserk by Kentaro Miura**."),
            (
                "I recommend **Fullmetal Alchemist (鋼の錬金術師)**.",
                "I recommend **Fullmetal Alchemist (鋼の錬金術師)**.",
            ),
        ],
    );
    let brief = world.products(Language::Ja, &["berserk", "monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "ベルセルクみたいな漫画",
        &[
            ("『ベルセルク外伝』がおすすめです。", "[title]"),
            ("『暴食のベルセルク』がおすすめです。", "[title]"),
            ("『ベルセルク』がおすすめです。", "『ベルセルク』がおすすめです。"),
            ("『ベルセルク 第1巻』から読めます。", "『ベルセルク 第1巻』から読めます。"),
        ],
    );
}

#[tokio::test]
async fn a_title_outside_the_catalogue_is_known_by_its_place() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    for text in [
        "You would also love Gachiakuta.",
        "Another good choice is Gachiakuta.",
        "There is also Gachiakuta.",
        "Gachiakuta has 12 volumes.",
        "Gachiakuta has 18 volumes.",
        "Gachiakuta costs $11.99.",
        "Gachiakuta is a dark fantasy series.",
        "Gachiakuta is also great.",
        "Gachiakuta tells the story of a boy.",
        "Unfortunately Gachiakuta is sold out.",
    ] {
        assert_outcomes(&world, &brief, "Tell me about Monster", &[(text, "[title]")]);
    }
    for text in [
        "Unfortunately we have no more.",
        "Monster has 18 volumes.",
        "Another good choice is Monster.",
        "You would love Monster.",
        "Naoki Urasawa is a manga artist.",
        "Seinen is a manga category for adults.",
        "Currently Monster is in stock.",
        "Death is a constant in this series.",
        "Friendship is a theme of the series.",
        "Everything is in stock.",
        "Tenma follows a trail of murders.",
        "MangaAssist is a manga shop.",
    ] {
        assert_outcomes(&world, &brief, "Tell me about Monster", &[(text, text)]);
    }
    let brief = world.products(Language::Ja, &["monster"]).await;
    for text in ["ガチアクタもおすすめです。", "ガチアクタは全12巻です。", "また、ガチアクタも面白いです。"]
    {
        assert_outcomes(&world, &brief, "モンスターについて", &[(text, "[title]")]);
    }
    for text in [
        "モンスターもおすすめです。",
        "サスペンスもおすすめです。",
        "ダークファンタジーがおすすめです。",
        "シリーズは全18巻です。",
    ] {
        assert_outcomes(&world, &brief, "モンスターについて", &[(text, text)]);
    }
}

#[tokio::test]
async fn what_the_shopper_named_may_be_denied_and_not_described() {
    let world = World::new();
    let brief = world.products(Language::En, &["monster"]).await;
    assert_outcomes(
        &world,
        &brief,
        "How much is Gachiakuta?",
        &[
            ("Gachiakuta costs $11.99.", "[title]"),
            ("Gachiakuta has 18 volumes.", "[title]"),
            ("Gachiakuta is a series that we do not have.", "Gachiakuta is a series that we do not have."),
            ("I do not find Gachiakuta in our catalogue.", "I do not find Gachiakuta in our catalogue."),
        ],
    );
}
