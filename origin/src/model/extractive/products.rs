//! Questions about named series, answered from their records.

use chat::{Language, Stock};

use super::Writer;
use super::phrase::{length, list, money, title};
use crate::model::SeriesFacts;
use crate::shop::{Role, Series, Status};
use crate::understand::Aspect;

pub(super) fn answer(out: &mut Writer, items: &[SeriesFacts], aspects: &[Aspect]) {
    let overview = aspects.is_empty() || aspects == [Aspect::Synopsis];
    for (at, facts) in items.iter().enumerate() {
        if at > 0 {
            out.say("\n\n");
        }
        if overview {
            whole(out, facts);
        } else {
            let mut first = true;
            for aspect in aspects {
                let sentence = sentence(facts, *aspect, first, out.language);
                if !sentence.is_empty() {
                    out.next(sentence);
                    first = false;
                }
            }
        }
        out.cite(facts.citation(out.language));
    }
}

pub(super) fn by_author(out: &mut Writer, name: &str, items: &[SeriesFacts], others: usize) {
    match (out.language, items.len()) {
        (Language::En, 1) => out.say(format!("By {name} we have:")),
        (Language::En, count) if others == 0 => out.say(format!("By {name} we have {count} series:")),
        (Language::En, _) => out.say(format!("By {name} we have several series, for example:")),
        (Language::Ja, count) if others == 0 => out.say(format!("{name}さんの作品は{count}作品ございます。")),
        (Language::Ja, _) => out.say(format!("{name}さんの作品はいくつかございます。たとえばこちらです。")),
    }
    for facts in items {
        line(out, facts);
    }
}

pub(super) fn wishlist(out: &mut Writer, items: &[SeriesFacts]) {
    if items.is_empty() {
        out.either(
            "Your wishlist is empty. Tell me what you like and I will suggest something for it.",
            "ほしい物リストは空です。お好みを教えていただければ、おすすめをお探しします。",
        );
        return;
    }
    out.either("On your wishlist:", "ほしい物リストの作品です。");
    for facts in items {
        line(out, facts);
    }
}

/// A series in a line: its length, and whether it can be bought.
fn line(out: &mut Writer, facts: &SeriesFacts) {
    let language = out.language;
    let (name, length) = (title(facts.series.title_in(language), language), length(&facts.series, language));
    let offer = offer_phrase(facts, language);
    match language {
        Language::En => out.say(format!("\n- {name} ({length}): {offer}")),
        Language::Ja => out.say(format!("\n- {name}({length}): {offer}")),
    }
    out.cite(facts.citation(language));
}

/// Price and stock in a few words.
pub(crate) fn offer_phrase(facts: &SeriesFacts, language: Language) -> String {
    let Some(offer) = &facts.offer else {
        return match language {
            Language::En => "not sold here at present".into(),
            Language::Ja => "現在お取り扱いがありません".into(),
        };
    };
    let price = money(offer.price_cents, language);
    let stock = match (facts.stock(), language) {
        (Some(Stock::InStock), Language::En) => "in stock".into(),
        (Some(Stock::Low), Language::En) => format!("only {} left", offer.stock),
        (_, Language::En) => "sold out right now".into(),
        (Some(Stock::InStock), Language::Ja) => "在庫あり".into(),
        (Some(Stock::Low), Language::Ja) => format!("残り{}冊", offer.stock),
        (_, Language::Ja) => "在庫切れ".to_owned(),
    };
    match language {
        Language::En => format!("{price} a volume, {stock}"),
        Language::Ja => format!("1巻{price}、{stock}"),
    }
}

/// What to say of a series when nothing particular is asked.
fn whole(out: &mut Writer, facts: &SeriesFacts) {
    let (series, language) = (&facts.series, out.language);
    let name = title(series.title_in(language), language);
    let genres: Vec<&str> = series.genres.iter().map(|genre| genre.name_in(language)).collect();
    let (authors, length) = (list(&series.author_names(language), language), length(series, language));
    let kind = series.demographic.name_in(language);
    match language {
        Language::En => {
            let genres = list(&genres, language);
            out.say(format!("{name} by {authors} is a {kind} manga of {genres} ({length})."));
        }
        Language::Ja => {
            let genres = genres.join("・");
            out.say(format!("{name}は{authors}による{kind}漫画で、ジャンルは{genres}です({length})。"));
        }
    }
    out.next(series.synopsis.get(language));
    for aspect in [Aspect::Price, Aspect::Stock] {
        out.next(sentence(facts, aspect, false, language));
    }
}

/// One sentence about one thing. The first names the series, later ones say "it".
fn sentence(facts: &SeriesFacts, aspect: Aspect, first: bool, language: Language) -> String {
    let name = first.then(|| title(facts.series.title_in(language), language));
    match language {
        Language::En => english(facts, aspect, name.as_deref().unwrap_or("It")),
        Language::Ja => japanese(facts, aspect, name.as_deref().unwrap_or("")),
    }
}

fn english(facts: &SeriesFacts, aspect: Aspect, name: &str) -> String {
    let (series, language) = (&facts.series, Language::En);
    let volumes = series.volumes;
    let unit = if volumes == 1 { "volume" } else { "volumes" };
    match aspect {
        Aspect::Price | Aspect::SetPrice | Aspect::Stock | Aspect::Start if facts.offer.is_none() => {
            format!("{name} is not sold in our shop at present.")
        }
        Aspect::Price => with_offer(facts, language, |price, _, format| {
            format!("{name} costs {price} a volume ({format}).")
        }),
        Aspect::SetPrice => {
            let total = money(set_price(facts), language);
            with_offer(facts, language, |price, _, _| {
                format!(
                    "{name} has {volumes} {unit}{}: at {price} each, all of them come to {total} before shipping.",
                    so_far(series)
                )
            })
        }
        Aspect::Stock => with_offer(facts, language, |_, stock, _| match stock {
            0 => format!(
                "{name} is sold out right now. *Notify me* on its page sends you an email when it is back."
            ),
            1..=5 => format!("{name} is in stock, with only {stock} left."),
            _ => format!("{name} is in stock."),
        }),
        Aspect::Volumes => match series.status {
            Status::Complete => format!("{name} is complete in {volumes} {unit}."),
            Status::Ongoing => format!("{name} has {volumes} {unit} so far and is still running."),
            Status::Hiatus => format!("{name} has {volumes} {unit} so far and is on hiatus."),
        },
        Aspect::Author => credits(series, name),
        Aspect::Status => match series.status {
            Status::Complete => format!("{name} is finished: the story is complete in {volumes} {unit}."),
            Status::Ongoing => format!("{name} is still running, with {volumes} {unit} so far."),
            Status::Hiatus => format!("{name} is on hiatus, with {volumes} {unit} so far."),
        },
        Aspect::Start => {
            let name = if name == "It" { "it" } else { name };
            with_offer(facts, language, |price, stock, _| {
                let stock = if stock == 0 { "it is sold out right now" } else { "it is in stock" };
                format!("Start {name} with volume 1: {price}, and {stock}.")
            })
        }
        Aspect::Synopsis => series.synopsis.en.clone(),
        Aspect::Publisher => match &series.publisher.en {
            Some(english) => format!(
                "{name} is published by {} in Japan and by {english} in English.",
                series.publisher.ja
            ),
            None => format!("{name} is published by {} in Japan.", series.publisher.ja),
        },
        Aspect::Year => format!("{name} began in {}.", series.year),
        Aspect::Age => format!("{name} is rated {}.", series.age.name_in(language)),
        Aspect::Genre => {
            let genres: Vec<&str> = series.genres.iter().map(|genre| genre.name_in(language)).collect();
            format!(
                "{name} is a {} manga: {}.",
                series.demographic.name_in(language),
                list(&genres, language)
            )
        }
    }
}

fn japanese(facts: &SeriesFacts, aspect: Aspect, name: &str) -> String {
    let (series, language) = (&facts.series, Language::Ja);
    let volumes = series.volumes;
    let topic = if name.is_empty() { String::new() } else { format!("{name}は") };
    match aspect {
        Aspect::Price | Aspect::SetPrice | Aspect::Stock | Aspect::Start if facts.offer.is_none() => {
            format!("{topic}現在、当店でのお取り扱いがありません。")
        }
        Aspect::Price => with_offer(facts, language, |price, _, _| format!("{topic}1巻{price}です。")),
        Aspect::SetPrice => {
            let total = money(set_price(facts), language);
            let whole = if series.status == Status::Complete { "全" } else { "既刊" };
            with_offer(facts, language, |price, _, _| {
                format!("{topic}1巻{price}、{whole}{volumes}巻で合計{total}です(送料別)。")
            })
        }
        Aspect::Stock => with_offer(facts, language, |_, stock, _| match stock {
            0 => format!(
                "{topic}ただいま在庫切れです。商品ページの*入荷を知らせる*からメールでお知らせを受け取れます。"
            ),
            1..=5 => format!("{topic}在庫がございます(残り{stock}冊)。"),
            _ => format!("{topic}在庫がございます。"),
        }),
        Aspect::Volumes | Aspect::Status => match series.status {
            Status::Complete => format!("{topic}全{volumes}巻で完結しています。"),
            Status::Ongoing => format!("{topic}連載中で、現在{volumes}巻まで出ています。"),
            Status::Hiatus => format!("{topic}休載中で、現在{volumes}巻まで出ています。"),
        },
        Aspect::Author => credits_ja(series, &topic),
        Aspect::Start => with_offer(facts, language, |price, stock, _| {
            let stock =
                if stock == 0 { "ただいま在庫切れです" } else { "在庫がございます" };
            format!("{topic}1巻からお読みください。1巻は{price}で、{stock}。")
        }),
        Aspect::Synopsis => series.synopsis.ja.clone(),
        Aspect::Publisher => match &series.publisher.en {
            Some(english) => {
                format!("{topic}日本では{}、英語版は{english}から出版されています。", series.publisher.ja)
            }
            None => format!("{topic}日本では{}から出版されています。", series.publisher.ja),
        },
        Aspect::Year => format!("{topic}{}年に始まりました。", series.year),
        Aspect::Age => format!("{topic}年齢区分は{}です。", series.age.name_in(language)),
        Aspect::Genre => {
            let genres: Vec<&str> = series.genres.iter().map(|genre| genre.name_in(language)).collect();
            format!(
                "{topic}{}漫画で、ジャンルは{}です。",
                series.demographic.name_in(language),
                genres.join("・")
            )
        }
    }
}

/// A sentence from price, copies and binding.
fn with_offer(
    facts: &SeriesFacts,
    language: Language,
    say: impl FnOnce(&str, u32, &str) -> String,
) -> String {
    facts.offer.as_ref().map_or_else(String::new, |offer| {
        say(&money(offer.price_cents, language), offer.stock, &offer.format)
    })
}

/// The price of all volumes, in cents; 0 when it is not offered.
pub(crate) fn set_price(facts: &SeriesFacts) -> u32 {
    facts.offer.as_ref().map_or(0, |offer| offer.price_cents.saturating_mul(u32::from(facts.series.volumes)))
}

const fn so_far(series: &Series) -> &'static str {
    match series.status {
        Status::Complete => "",
        Status::Ongoing | Status::Hiatus => " so far",
    }
}

fn credits(series: &Series, name: &str) -> String {
    let parts: Vec<String> = series
        .authors
        .iter()
        .map(|author| match author.role {
            Role::StoryArt if series.authors.len() == 1 => format!("{}, story and art", author.en),
            Role::StoryArt => format!("{} (story and art)", author.en),
            Role::Story => format!("{} (story)", author.en),
            Role::Art => format!("{} (art)", author.en),
            Role::Original => format!("{} (original work)", author.en),
        })
        .collect();
    format!("{name} is by {}.", list(&parts, Language::En))
}

fn credits_ja(series: &Series, topic: &str) -> String {
    let parts: Vec<String> = series
        .authors
        .iter()
        .map(|author| match author.role {
            Role::StoryArt => format!("{}さん", author.ja),
            Role::Story => format!("{}さん(原作)", author.ja),
            Role::Art => format!("{}さん(作画)", author.ja),
            Role::Original => format!("{}さん(原案)", author.ja),
        })
        .collect();
    format!("{topic}{}の作品です。", list(&parts, Language::Ja))
}
