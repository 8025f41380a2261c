//! The pages. Templates escape what they are given.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use pulldown_cmark::{Event, Parser};

use crate::Language;
use crate::shop::{Offer, Series};

fn page(language: Language, title: &str, path: &str, body: &Markup) -> Markup {
    let other = language.pick(Language::Ja, Language::En);
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – " (language.pick("Manga shop", "マンガショップ")) }
                link rel="stylesheet" href="/site/style.css";
            }
            body {
                header {
                    a.home href="/" { (language.pick("Manga shop", "マンガショップ")) }
                    @if !path.is_empty() {
                        a hreflang=(other.tag()) lang=(other.tag()) href={ (path) "?lang=" (other.tag()) } {
                            (language.pick("日本語", "English"))
                        }
                    }
                }
                main { (body) }
                footer { a href="/" { (language.pick("Ask the assistant", "アシスタントに質問する")) } }
            }
        }
    }
}

pub(crate) fn series(series: &Series, offer: &Offer, language: Language) -> Markup {
    let title = series.title.in_language(language);
    let authors: Vec<&str> = series.authors.iter().map(|author| author.in_language(language)).collect();
    let publisher = match (&series.publisher.en, language) {
        (Some(en), Language::En) => en,
        _ => &series.publisher.ja,
    };
    let price = format!("${}.{:02}", offer.price_cents / 100, offer.price_cents % 100);
    let status = match (series.status.as_str(), language) {
        ("complete", Language::Ja) => "完結",
        ("ongoing", Language::Ja) => "連載中",
        ("hiatus", Language::Ja) => "休載中",
        (status, _) => status,
    };
    let body = html! {
        h1 { (title) }
        p.other lang=(language.pick("ja", "en")) { (language.pick(&series.title.ja, &series.title.en)) }
        p { (series.synopsis.in_language(language)) }
        p.offer {
            strong { (price) } " "
            @if offer.stock > 0 {
                (language.pick("a volume, in stock", "（1巻あたり）在庫あり"))
            } @else {
                (language.pick("a volume, out of stock", "（1巻あたり）在庫切れ"))
            }
        }
        dl {
            dt { (language.pick("By", "作者")) }
            dd { (authors.join(language.pick(", ", "、"))) }
            dt { (language.pick("Volumes", "巻数")) }
            dd { (series.volumes) " (" (status) ")" }
            dt { (language.pick("Since", "開始年")) }
            dd { (series.year) }
            dt { (language.pick("Publisher", "出版社")) }
            dd { (publisher) }
            dt { (language.pick("Genres", "ジャンル")) }
            dd { (series.genres.join(", ")) }
        }
    };
    page(language, title, &format!("/series/{}", series.id), &body)
}

/// A policy's Markdown. HTML in it would be shown, not obeyed.
pub(crate) fn policy(id: &str, text: &str, language: Language) -> Markup {
    let events = Parser::new(text).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, events);
    let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
    page(language, title, &format!("/policies/{id}"), &PreEscaped(body))
}

pub(crate) fn not_here(path: &str, language: Language) -> Markup {
    let title = language.pick("Not part of the demo", "デモにはないページです");
    let body = html! {
        h1 { (title) }
        p { code { (path) } " "
            (language.pick(
                "is a page that a real shop has and the demo has not.",
                "は実際のショップにあるページで、このデモにはありません。",
            ))
        }
        p {
            (language.pick(
                "For an order, sign in as a demo customer in the chat and ask: “Where is my order?”",
                "ご注文については、チャットでデモのお客様としてサインインし、「注文はどこですか」と聞いてください。",
            ))
        }
    };
    page(language, title, path, &body)
}

pub(crate) fn not_found(language: Language) -> Markup {
    let title = language.pick("There is no such page", "ページが見つかりません");
    let text = language.pick(
        "The address may be mistyped. The assistant finds titles by name, author or mood.",
        "アドレスをご確認ください。作品はアシスタントに題名・作者・雰囲気で聞くことができます。",
    );
    page(language, title, "", &html! { h1 { (title) } p { (text) } })
}
