//! What is said when there is nothing to look up.

use chat::Language;

use super::Writer;

pub(super) fn greeting(out: &mut Writer) {
    out.either(
        "Hello! I am MangaAssist, the shop's assistant. ",
        "こんにちは。ショップアシスタントのMangaAssistです。",
    );
    out.either(
        "Tell me a title you loved, a genre or a mood, and I will find something to read; or ask about an order, shipping or returns.",
        "お好きな作品やジャンル、気分を教えていただければ、次に読む漫画をお探しします。ご注文、送料、返品などのご質問もどうぞ。",
    );
}

pub(super) fn thanks(out: &mut Writer) {
    out.either(
        "You are welcome. Enjoy your reading!",
        "どういたしまして。楽しい読書の時間をお過ごしください。",
    );
}

/// What is said to whoever waits for a person.
pub(crate) fn handoff(language: Language, position: u32) -> String {
    match (language, position) {
        (Language::En, 0) => "I have asked a colleague to take over. You are next in line, and what you wrote here is passed on, so you need not repeat it.".into(),
        (Language::En, 1) => "I have asked a colleague to take over. One person is waiting before you; your place is kept, and what you wrote here is passed on.".into(),
        (Language::En, _) => format!(
            "I have asked a colleague to take over. {position} people are waiting before you; your place is kept, and what you wrote here is passed on."
        ),
        (Language::Ja, 0) => "担当者におつなぎします。次にご案内いたします。ここまでの内容は担当者に引き継がれますので、もう一度ご説明いただく必要はありません。".into(),
        (Language::Ja, _) => format!(
            "担当者におつなぎします。お待ちの方が{position}名いらっしゃいます。順番はそのまま保たれ、ここまでの内容は担当者に引き継がれます。"
        ),
    }
}

pub(super) fn sign_in(out: &mut Writer, orders: bool) {
    if orders {
        out.either(
            "Please sign in to see your orders: then I can look them up for you here. ",
            "ご注文を確認するには、ログインをお願いします。ログイン後、こちらでお調べできます。",
        );
        out.either(
            "Everything said so far stays in this chat. If you ordered without an account, I can pass you to a person: just write \"talk to a person\".",
            "これまでの会話はそのまま残ります。会員登録なしでご注文の場合は「担当者と話したい」とお書きください。担当者におつなぎします。",
        );
    } else {
        out.either(
            "Please sign in to see your wishlist: then I can show it to you here.",
            "ほしい物リストを見るには、ログインをお願いします。ログイン後、こちらでご覧いただけます。",
        );
    }
}

pub(super) fn which_product(out: &mut Writer) {
    out.either(
        "Which title do you mean? I could not match one from our catalogue in your message. ",
        "どの作品についてのご質問でしょうか。当店のカタログにある作品名が見つかりませんでした。",
    );
    out.either(
        "Write it in English or Japanese, or name the author, and I will look it up.",
        "作品名(日本語でも英語でも)か作者名を教えていただければ、お調べします。",
    );
}

pub(super) fn other(out: &mut Writer) {
    out.either(
        "I am not sure I can help with that: I know this shop's manga, its orders and its rules. ",
        "申し訳ありませんが、そのご質問にはお答えできません。当店の漫画、ご注文、ご利用案内についてお答えしています。",
    );
    out.either(
        "Name a title, a genre or a mood and I will suggest something to read, or write \"talk to a person\" and I will pass you on.",
        "作品名、ジャンル、気分などを教えていただければおすすめをお探しします。「担当者と話したい」とお書きいただければ、担当者におつなぎします。",
    );
}
