//! A customer's own orders, in sentences.

use chat::Language;

use super::Writer;
use super::phrase::{list, money};
use crate::model::OrderFacts;
use crate::shop::services::OrderState;

/// Items of an order that are named.
const ITEMS_MAX: usize = 6;

pub(super) fn by_number(out: &mut Writer, found: &[OrderFacts], missing: &[String]) {
    for (at, facts) in found.iter().enumerate() {
        if at > 0 {
            out.say("\n\n");
        }
        whole(out, facts);
    }
    if !missing.is_empty() {
        if !found.is_empty() {
            out.say("\n\n");
        }
        let numbers = list(missing, out.language);
        out.either(
            format!("I find no order {numbers} in your account. "),
            format!("お客様のアカウントに注文{numbers}は見つかりませんでした。"),
        );
        out.either(
            "Please check the number in your confirmation email. If you ordered without signing in, write \"talk to a person\" and a colleague will look for it.",
            "注文確認メールの番号をご確認ください。ログインせずにご注文された場合は「担当者と話したい」とお書きいただければ、担当者がお調べします。",
        );
    }
}

pub(super) fn recent(out: &mut Writer, orders: &[OrderFacts]) {
    let Some((newest, older)) = orders.split_first() else {
        out.either(
            "There are no orders in your account yet. If you ordered without signing in, write \"talk to a person\" and a colleague will look for it.",
            "お客様のアカウントにはまだご注文がありません。ログインせずにご注文された場合は「担当者と話したい」とお書きください。",
        );
        return;
    };
    whole(out, newest);
    if older.is_empty() {
        return;
    }
    out.either("\n\nYour earlier orders:", "\n\nそれより前のご注文:");
    for facts in older {
        let placed = facts.order.placed.written(out.language);
        let number = &facts.order.number;
        let state = state_word(facts.order.state, out.language);
        let titles = items_phrase(facts, out.language);
        out.either(
            format!("\n- **{number}** of {placed}: {state} ({titles})"),
            format!("\n- **{number}**({placed}): {state}({titles})"),
        );
        out.cite(facts.citation());
    }
}

/// Everything worth knowing of one order.
fn whole(out: &mut Writer, facts: &OrderFacts) {
    let order = &facts.order;
    let number = &order.number;
    let placed = order.placed.written(out.language);
    let sentence = state_sentence(facts, out.language);
    match out.language {
        Language::En => out.say(format!("Your order **{number}** {sentence}")),
        Language::Ja => out.say(format!("ご注文**{number}**は{sentence}")),
    }
    if let Some(tracking) = tracking_sentence(facts, out.language) {
        out.next(tracking);
    }
    let (titles, total) = (items_phrase(facts, out.language), money(order.total_cents, out.language));
    match out.language {
        Language::En => out.next(format!("You placed it on {placed}: {titles}, {total} with shipping.")),
        Language::Ja => {
            out.next(format!("{placed}のご注文で、内容は{titles}、送料込みの合計は{total}です。"))
        }
    }
    out.cite(facts.citation());
}

fn tracking_sentence(facts: &OrderFacts, language: Language) -> Option<String> {
    let order = &facts.order;
    let under_way = matches!(order.state, OrderState::Shipped | OrderState::OutForDelivery);
    let (carrier, tracking) = (order.carrier.as_ref()?, order.tracking.as_ref()?);
    under_way.then(|| match language {
        Language::En => format!("{carrier} carries it under tracking number {tracking}."),
        Language::Ja => format!("配送業者は{carrier}、追跡番号は{tracking}です。"),
    })
}

/// What goes on with the order, as the rest of a sentence.
fn state_sentence(facts: &OrderFacts, language: Language) -> String {
    let order = &facts.order;
    let since = order.since.written(language);
    let pickup = order.method == "pickup";
    let estimated = order.estimated.map(|day| day.written(language));
    match language {
        Language::En => {
            let expected = estimated.map(|day| {
                if pickup {
                    format!(" It should be ready at the pick-up counter on {day}.")
                } else {
                    format!(" It should arrive on {day}.")
                }
            });
            let expected = expected.unwrap_or_default();
            match order.state {
                OrderState::Placed => format!("came in on {since} and is waiting for payment.{expected}"),
                OrderState::Paid => format!("was paid on {since} and will be packed next.{expected}"),
                OrderState::Packed if pickup => format!("was packed on {since}.{expected}"),
                OrderState::Packed => {
                    format!("was packed on {since} and is waiting for the carrier.{expected}")
                }
                OrderState::Shipped => format!("has been on its way since {since}.{expected}"),
                OrderState::OutForDelivery => format!("went out for delivery on {since}."),
                OrderState::Delivered if pickup => format!("was picked up on {since}."),
                OrderState::Delivered => format!("was delivered on {since}."),
                OrderState::Cancelled => format!("was cancelled on {since}."),
                OrderState::Backordered => format!(
                    "is on back-order: since {since} we have been waiting for a book from the publisher.{expected}"
                ),
                OrderState::Preordered => {
                    format!("was pre-ordered on {since} and goes out when the book is released.{expected}")
                }
                OrderState::ReturnRequested => format!("is being returned: you asked for that on {since}."),
                OrderState::Returned => format!("came back to us on {since}; the refund is next."),
                OrderState::Refunded => format!("was refunded on {since}."),
            }
        }
        Language::Ja => {
            let expected = estimated.map(|day| {
                if pickup {
                    format!("{day}に受け取りカウンターでお渡しできる予定です。")
                } else {
                    format!("お届け予定日は{day}です。")
                }
            });
            let expected = expected.unwrap_or_default();
            match order.state {
                OrderState::Placed => format!("{since}に承り、お支払いをお待ちしています。{expected}"),
                OrderState::Paid => {
                    format!("{since}にお支払いを確認しました。これから梱包します。{expected}")
                }
                OrderState::Packed => format!("{since}に梱包が終わりました。{expected}"),
                OrderState::Shipped => format!("{since}に発送済みで、配送中です。{expected}"),
                OrderState::OutForDelivery => format!("{since}に配達に出ました。"),
                OrderState::Delivered if pickup => format!("{since}にお渡し済みです。"),
                OrderState::Delivered => format!("{since}に配達が完了しています。"),
                OrderState::Cancelled => format!("{since}にキャンセルされました。"),
                OrderState::Backordered => format!("{since}から出版社に取り寄せ中です。{expected}"),
                OrderState::Preordered => {
                    format!("{since}に予約を承りました。発売に合わせて発送します。{expected}")
                }
                OrderState::ReturnRequested => format!("{since}に返品のお申し込みを承りました。"),
                OrderState::Returned => {
                    format!("{since}に返品が到着しました。これから返金の手続きをします。")
                }
                OrderState::Refunded => format!("{since}に返金が完了しました。"),
            }
        }
    }
}

/// The state in a word or two.
pub(crate) const fn state_word(state: OrderState, language: Language) -> &'static str {
    match (state, language) {
        (OrderState::Placed, Language::En) => "waiting for payment",
        (OrderState::Paid, Language::En) => "paid",
        (OrderState::Packed, Language::En) => "packed",
        (OrderState::Shipped, Language::En) => "on its way",
        (OrderState::OutForDelivery, Language::En) => "out for delivery",
        (OrderState::Delivered, Language::En) => "delivered",
        (OrderState::Cancelled, Language::En) => "cancelled",
        (OrderState::Backordered, Language::En) => "on back-order",
        (OrderState::Preordered, Language::En) => "pre-ordered",
        (OrderState::ReturnRequested, Language::En) => "return requested",
        (OrderState::Returned, Language::En) => "returned",
        (OrderState::Refunded, Language::En) => "refunded",
        (OrderState::Placed, Language::Ja) => "お支払い待ち",
        (OrderState::Paid, Language::Ja) => "お支払い済み",
        (OrderState::Packed, Language::Ja) => "梱包済み",
        (OrderState::Shipped, Language::Ja) => "配送中",
        (OrderState::OutForDelivery, Language::Ja) => "配達中",
        (OrderState::Delivered, Language::Ja) => "配達完了",
        (OrderState::Cancelled, Language::Ja) => "キャンセル済み",
        (OrderState::Backordered, Language::Ja) => "取り寄せ中",
        (OrderState::Preordered, Language::Ja) => "予約済み",
        (OrderState::ReturnRequested, Language::Ja) => "返品手続き中",
        (OrderState::Returned, Language::Ja) => "返品到着",
        (OrderState::Refunded, Language::Ja) => "返金済み",
    }
}

/// The titles ordered: volumes of one title together.
pub(crate) fn items_phrase(facts: &OrderFacts, language: Language) -> String {
    let mut by_title: Vec<(&str, Vec<String>)> = Vec::new();
    for (title, volume, quantity) in &facts.items {
        let volume = match (*quantity, language) {
            (1, _) => volume.to_string(),
            (count, Language::En) => format!("{volume} (×{count})"),
            (count, Language::Ja) => format!("{volume}({count}冊)"),
        };
        match by_title.iter_mut().find(|(other, _)| other == title) {
            Some((_, volumes)) => volumes.push(volume),
            None => by_title.push((title, vec![volume])),
        }
    }
    let more = by_title.len().saturating_sub(ITEMS_MAX);
    let mut names: Vec<String> = by_title
        .iter()
        .take(ITEMS_MAX)
        .map(|(title, volumes)| match language {
            Language::En if volumes.len() == 1 => format!("{title}, volume {}", volumes[0]),
            Language::En => format!("{title}, volumes {}", list(volumes, language)),
            Language::Ja => format!("『{title}』{}巻", volumes.join("・")),
        })
        .collect();
    if more > 0 {
        names.push(match language {
            Language::En => format!("{more} more"),
            Language::Ja => format!("ほか{more}作品"),
        });
    }
    match language {
        Language::En => names.join("; "),
        Language::Ja => list(&names, language),
    }
}
