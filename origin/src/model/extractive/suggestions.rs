//! Suggestions: what was asked for, said back; a few series, each with why it fits; how to go on from there.

use chat::{Language, Stock};

use super::Writer;
use super::phrase::{capitalised, length, list, money, title};
use crate::model::{Suggestion, Wanted};
use crate::retrieve::Relaxed;
use crate::shop::genre::theme_in;
use crate::shop::{Age, Status};
use crate::understand::Bounds;

/// Themes that a reason names.
const THEMES_MAX: usize = 2;
/// Genres that a reason names.
const GENRES_MAX: usize = 3;

pub(super) fn suggest(out: &mut Writer, picks: &[Suggestion], wanted: &Wanted) {
    out.say(introduction(wanted, picks.len(), out.language));
    out.say("\n");
    for pick in picks {
        let (series, language) = (&pick.facts.series, out.language);
        let name = title(series.title_in(language), language);
        let (authors, length) = (list(&series.author_names(language), language), length(series, language));
        let (reason, synopsis) = (reason(pick, language), series.synopsis.get(language));
        let rated = match (series.age, language) {
            (Age::Mature, Language::En) => " Rated Mature (18+).",
            (Age::Mature, Language::Ja) => "成人向け(18歳以上)です。",
            _ => "",
        };
        match language {
            Language::En => {
                out.say(format!("\n- {name} by {authors} ({length}) – {reason}. {synopsis}{rated}"))
            }
            Language::Ja => out.say(format!("\n- {name} {authors}({length})— {reason}。{synopsis}{rated}")),
        }
        out.cite(pick.facts.citation(language));
    }
    out.say("\n\n");
    out.say(offers(picks, out.language));
    out.next(next_step(wanted, picks, out.language));
}

pub(super) fn nothing(out: &mut Writer, wanted: &Wanted) {
    let described = describe(wanted, out.language);
    if wanted.more {
        out.either("That was everything that fits what you asked for. ", "ご希望に合う作品は以上です。");
    } else {
        match out.language {
            Language::En => out.say(format!("I found no {described} in our catalogue. ")),
            Language::Ja => {
                out.say(format!("申し訳ありません。{described}は当店のカタログに見つかりませんでした。"))
            }
        }
    }
    out.either(
        "Change one of the conditions, or name a title you liked, and I will look again.",
        "条件をひとつ変えるか、お好きな作品名を教えていただければ、もう一度お探しします。",
    );
}

/// Why a series fits, as the rest of a sentence.
pub(crate) fn reason(pick: &Suggestion, language: Language) -> String {
    let series = &pick.facts.series;
    let mut genres = pick.genres.clone();
    if pick.like.is_none() {
        genres.extend(series.genres.iter().filter(|genre| !pick.genres.contains(genre)));
    }
    let genres: Vec<&str> = genres.iter().take(GENRES_MAX).map(|genre| genre.noun_in(language)).collect();
    let chosen = if pick.themes.is_empty() && pick.like.is_none() { &series.themes } else { &pick.themes };
    let mut themes: Vec<&str> = chosen.iter().filter_map(|theme| theme_in(theme, language)).collect();
    themes.dedup();
    themes.retain(|theme| !genres.contains(theme));
    themes.truncate(THEMES_MAX);
    let both: Vec<&str> = genres.iter().chain(&themes).copied().collect();
    match (language, &pick.like) {
        (Language::En, Some(like)) if pick.same_author => {
            format!("by the author of {like}, with {}", list(&both, language))
        }
        (Language::En, Some(like)) => format!("shares {} with {like}", list(&both, language)),
        (Language::En, None) if themes.is_empty() => list(&genres, language),
        (Language::En, None) => format!("{}: {}", list(&genres, language), themes.join(", ")),
        (Language::Ja, Some(like)) if pick.same_author => {
            format!("『{like}』と同じ作者の{}", both.join("・"))
        }
        (Language::Ja, Some(like)) => format!("『{like}』と同じ{}", both.join("・")),
        (Language::Ja, None) => both.join("・"),
    }
}

fn introduction(wanted: &Wanted, count: usize, language: Language) -> String {
    let described = describe(wanted, language);
    if let Some(given_up) = given_up(wanted, language) {
        return match language {
            Language::En => format!("Nothing fits all of that, so I set aside {given_up}. The closest:"),
            Language::Ja => {
                format!("すべての条件に合う作品がなかったため、{given_up}を外してお探ししました。")
            }
        };
    }
    let likes: Vec<String> = wanted.likes.iter().map(|like| title(like, language)).collect();
    match language {
        Language::En if !likes.is_empty() => {
            let but = conditions_en(wanted);
            let but = if but.is_empty() { String::new() } else { format!(" among {but}") };
            format!("If you like {}, these come closest{but}:", list(&likes, language))
        }
        Language::En if !wanted.favourites.is_empty() => {
            let names: Vec<&str> = wanted.favourites.iter().map(|genre| genre.name_in(language)).collect();
            format!("Going by your favourites ({}):", list(&names, language))
        }
        Language::En if wanted.open => "Here are a few to start with, each of another kind:".into(),
        Language::En if wanted.more => format!("More {described}:"),
        Language::En if count == 1 => format!("One fits: {described}."),
        Language::En => format!("Here are {count} suggestions – {described}:"),
        Language::Ja if !likes.is_empty() => {
            let conditions = conditions_ja(wanted);
            let joint = if conditions.ends_with('の') { "" } else { "の" };
            let conditions = if conditions.is_empty() {
                String::new()
            } else {
                format!("{conditions}{joint}作品から")
            };
            format!("{}がお好きなら、{conditions}こちらはいかがでしょうか。", list(&likes, language))
        }
        Language::Ja if !wanted.favourites.is_empty() => {
            let names: Vec<&str> = wanted.favourites.iter().map(|genre| genre.name_in(language)).collect();
            format!("お好きなジャンル({})から選びました。", names.join("・"))
        }
        Language::Ja if wanted.open => "いろいろな方向から選んでみました。".into(),
        Language::Ja if wanted.more => format!("{described}は、ほかにこちらもございます。"),
        Language::Ja => format!("{described}なら、こちらはいかがでしょうか。"),
    }
}

/// What was asked for: `completed horror manga in 10 volumes or fewer`.
pub(crate) fn describe(wanted: &Wanted, language: Language) -> String {
    match language {
        Language::En => conditions_en(wanted),
        Language::Ja => {
            let conditions = conditions_ja(wanted);
            if conditions.is_empty() { "漫画".into() } else { format!("{conditions}漫画") }
        }
    }
}

fn conditions_en(wanted: &Wanted) -> String {
    let language = Language::En;
    let bounds = &wanted.bounds;
    let mut before: Vec<String> = Vec::new();
    match bounds.status {
        Some(Status::Complete) => before.push("completed".into()),
        Some(_) => before.push("ongoing".into()),
        None => {}
    }
    let genres: Vec<&str> = wanted.genres.iter().map(|genre| genre.name_in(language)).collect();
    if !genres.is_empty() {
        before.push(list(&genres, language));
    }
    if let Some(demographic) = wanted.demographic {
        before.push(demographic.name_in(language).into());
    }
    let mut after: Vec<String> = Vec::new();
    if !wanted.themes.is_empty() {
        after.push(format!("about {}", list(&wanted.themes, language)));
    }
    if !wanted.authors.is_empty() {
        after.push(format!("by {}", list(&wanted.authors, language)));
    }
    after.extend(bounds_en(bounds));
    let unwanted: Vec<&str> = wanted
        .genres_not
        .iter()
        .map(|genre| genre.name_in(language))
        .chain(wanted.themes_not.iter().map(String::as_str))
        .collect();
    if !unwanted.is_empty() {
        after.push(format!("without {}", list(&unwanted, language)));
    }
    if !wanted.likes.is_empty() && before.is_empty() && after.is_empty() {
        return String::new();
    }
    before.push("manga".into());
    before.extend(after);
    before.join(" ")
}

fn bounds_en(bounds: &Bounds) -> Vec<String> {
    let mut out = Vec::new();
    match (bounds.volumes_min, bounds.volumes_max) {
        (_, Some(1)) => out.push("in a single volume".into()),
        (None, Some(max)) => out.push(format!("in {max} volumes or fewer")),
        (Some(min), None) => out.push(format!("with {min} volumes or more")),
        (Some(min), Some(max)) => out.push(format!("with {min} to {max} volumes")),
        (None, None) => {}
    }
    match (bounds.year_min, bounds.year_max) {
        (Some(from), Some(to)) if from == to => out.push(format!("from {from}")),
        (Some(from), Some(to)) => out.push(format!("from {from} to {to}")),
        (Some(from), None) => out.push(format!("from {from} on")),
        (None, Some(to)) => out.push(format!("from {to} or earlier")),
        (None, None) => {}
    }
    if let Some(cents) = bounds.price_max_cents {
        out.push(format!("for at most {} a volume", money(cents, Language::En)));
    }
    if let Some(age) = bounds.age_max.filter(|age| *age != Age::Mature) {
        out.push(if age == Age::All {
            "for all ages".into()
        } else {
            format!("rated up to {}", age.name_in(Language::En))
        });
    }
    if bounds.age_min.is_some() {
        out.push("for older readers".into());
    }
    out
}

fn conditions_ja(wanted: &Wanted) -> String {
    let language = Language::Ja;
    let bounds = &wanted.bounds;
    let mut out = String::new();
    let mut year = |text: String| out.push_str(&text);
    match (bounds.year_min, bounds.year_max) {
        (Some(from), Some(to)) if from == to => year(format!("{from}年の")),
        (Some(from), Some(to)) => year(format!("{from}〜{to}年の")),
        (Some(from), None) => year(format!("{from}年以降の")),
        (None, Some(to)) => year(format!("{to}年以前の")),
        (None, None) => {}
    }
    match (bounds.volumes_min, bounds.volumes_max) {
        (_, Some(1)) => out.push_str("1巻だけの"),
        (None, Some(max)) => out.push_str(&format!("{max}巻以内の")),
        (Some(min), None) => out.push_str(&format!("{min}巻以上の")),
        (Some(min), Some(max)) => out.push_str(&format!("{min}〜{max}巻の")),
        (None, None) => {}
    }
    match bounds.status {
        Some(Status::Complete) => out.push_str("完結済みの"),
        Some(_) => out.push_str("連載中の"),
        None => {}
    }
    if let Some(cents) = bounds.price_max_cents {
        out.push_str(&format!("1巻{}以下の", money(cents, language)));
    }
    match bounds.age_max {
        Some(Age::All) => out.push_str("全年齢向けの"),
        Some(age) if age != Age::Mature => out.push_str(&format!("{}までの", age.name_in(language))),
        _ => {}
    }
    if bounds.age_min.is_some() {
        out.push_str("大人向けの");
    }
    let unwanted: Vec<&str> = wanted.genres_not.iter().map(|genre| genre.name_in(language)).collect();
    if !unwanted.is_empty() {
        out.push_str(&format!("{}以外の", unwanted.join("・")));
    }
    if !wanted.authors.is_empty() {
        out.push_str(&format!("{}さんの", wanted.authors.join("、")));
    }
    let themes: Vec<&str> = wanted.themes.iter().filter_map(|theme| theme_in(theme, language)).collect();
    if !themes.is_empty() {
        out.push_str(&format!("{}がテーマの", themes.join("・")));
    }
    if let Some(demographic) = wanted.demographic {
        out.push_str(&format!("{}向け", demographic.name_in(language)));
        out.push_str(if wanted.genres.is_empty() { "の" } else { "・" });
    }
    let genres: Vec<&str> = wanted.genres.iter().map(|genre| genre.name_in(language)).collect();
    out.push_str(&genres.join("・"));
    out
}

/// The conditions that nothing met, as a phrase; none when all were met.
pub(crate) fn given_up(wanted: &Wanted, language: Language) -> Option<String> {
    let name = |relaxed: &Relaxed| match (relaxed, language) {
        (Relaxed::Years, Language::En) => "the year",
        (Relaxed::Volumes, Language::En) => "the number of volumes",
        (Relaxed::Status, Language::En) => "whether it is finished",
        (Relaxed::Demographic, Language::En) => "the readership",
        (Relaxed::Genres, Language::En) => "having every genre and theme at once",
        (Relaxed::Years, Language::Ja) => "年代の条件",
        (Relaxed::Volumes, Language::Ja) => "巻数の条件",
        (Relaxed::Status, Language::Ja) => "完結・連載の条件",
        (Relaxed::Demographic, Language::Ja) => "読者層の条件",
        (Relaxed::Genres, Language::Ja) => "ジャンルの一部",
    };
    let mut names: Vec<&str> = wanted.relaxed.iter().map(name).collect();
    if wanted.price_relaxed {
        names.push(match language {
            Language::En => "the price",
            Language::Ja => "価格の条件",
        });
    }
    (!names.is_empty()).then(|| list(&names, language))
}

/// Prices and stock of what was suggested.
fn offers(picks: &[Suggestion], language: Language) -> String {
    let prices: Vec<u32> =
        picks.iter().filter_map(|pick| Some(pick.facts.offer.as_ref()?.price_cents)).collect();
    let (Some(least), Some(most)) = (prices.iter().min(), prices.iter().max()) else { return String::new() };
    let out: Vec<String> = picks
        .iter()
        .filter(|pick| pick.facts.stock() == Some(Stock::Out))
        .map(|pick| match language {
            Language::En => pick.facts.series.title.en.clone(),
            Language::Ja => format!("『{}』", pick.facts.series.title.ja),
        })
        .collect();
    let (from, to) = (money(*least, language), money(*most, language));
    let price = match language {
        Language::En if least == most => format!("Volumes cost {from} each"),
        Language::En => format!("Volumes cost {from} to {to} each"),
        Language::Ja if least == most => format!("価格は1巻{from}"),
        Language::Ja => format!("価格は1巻{from}〜{to}"),
    };
    match (language, out.len()) {
        (Language::En, 0) if picks.len() == 1 => format!("{price}, and it is in stock."),
        (Language::En, 0) => format!("{price}, and all of them are in stock."),
        (Language::En, 1) => format!("{price}; {} is sold out right now.", out[0]),
        (Language::En, _) => format!("{price}; {} are sold out right now.", list(&out, language)),
        (Language::Ja, 0) => format!("{price}で、いずれも在庫がございます。"),
        (Language::Ja, _) => format!("{price}です。{}はただいま在庫切れです。", out.concat()),
    }
}

/// How the shopper can go on.
fn next_step(wanted: &Wanted, picks: &[Suggestion], language: Language) -> String {
    let long = picks.iter().any(|pick| pick.facts.series.volumes > 20) && wanted.bounds.volumes_max.is_none();
    match language {
        Language::En if wanted.open => {
            "Name a title you liked, a genre or a mood, and I will narrow it down.".into()
        }
        Language::En if long => capitalised("shall I look for something shorter?"),
        Language::En => "Would you like more like one of these?".into(),
        Language::Ja if wanted.open => {
            "お好きな作品、ジャンル、気分を教えていただければ、さらに絞り込みます。".into()
        }
        Language::Ja if long => "もっと短い作品もお探ししましょうか。".into(),
        Language::Ja => "この中で近いものがあれば、似た作品をさらにお探しします。".into(),
    }
}
