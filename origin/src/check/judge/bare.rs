//! Titles that nothing sets off from the words around them. In plain text a name is only known by its place: after "try" or
//! "you would love", or at the beginning of a sentence that says of it what is said of a series. Only what can be nothing else
//! counts: a name of which each word is on record, or a label, or an ordinary word with a capital, passes. In Japanese, titles
//! outside of 『』 are looked for in katakana alone: kanji are ordinary words too often.

use std::sync::LazyLock;

use regex::Regex;
use semantics::text::is_stop_word;

use super::Judge;
use super::names::{LABELS, looks_like_title};
use crate::check::claim::What;
use crate::check::cue::CUES;
use crate::understand::fold;

/// A shorter word of a title may stand in any record.
const TELLING_WORD_CHARS_MIN: usize = 4;
/// Words that say which of a series' volumes is meant.
const VOLUME_WORDS: [&str; 4] = ["volume", "volumes", "vol", "vols"];

/// Words that a sentence begins with, or that stand before a title, and that are none. Folded.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "action", "adventure", "again", "all", "although", "amazon", "among", "anime", "another", "any",
    "besides", "best", "book", "both", "box", "chapter", "classic", "comedy", "delivery", "drama", "each",
    "either", "english", "even", "every", "everyone", "everything", "fans", "fantasy", "few", "finally",
    "first", "french", "friday", "german", "good", "great", "hardcover", "hardcovers", "here", "horror",
    "however", "isekai", "it", "japan", "japanese", "josei", "kodomo", "korean", "last", "like", "love",
    "manga", "mangaassist", "mangaka", "many", "maybe", "mecha", "monday", "more", "most", "much", "my",
    "mystery", "neither", "next", "none", "nothing", "now", "omnibus", "one", "only", "other", "others",
    "our", "paperback", "paperbacks", "part", "perhaps", "postage", "readers", "reading", "revenge",
    "right", "romance", "same", "saturday", "second", "seinen", "set", "several", "shojo", "shonen",
    "shoujo", "shounen", "since", "some", "sorry", "sports", "still", "such", "sunday", "sure", "tankobon",
    "that", "then", "there", "these", "third", "this", "those", "though", "three", "thriller", "thursday",
    "today", "tokyo", "tuesday", "two", "unless", "unlike", "vol", "wednesday", "well", "while", "with",
    "without", "yes", "your",
];

/// Words in katakana that are no titles, nor parts of one that need be known. Longer ones first: they are cut out one by one.
#[rustfmt::skip]
const KATAKANA: &[&str] = &[
    "アドベンチャー", "ラブストーリー", "ペーパーバック", "ファンタジー", "ラブコメディ", "キャラクター",
    "スタンダード", "エクスプレス", "ギフトカード", "ハードカバー", "アシスタント", "ミステリー",
    "サスペンス", "アクション", "コメディー", "ヒューマン", "ファミリー", "コミックス", "ストーリー",
    "エコノミー", "スピンオフ", "サバイバル", "バージョン", "フルカラー", "クオリティ", "スリラー",
    "ロマンス", "ラブコメ", "コメディ", "スポーツ", "ロボット", "コミック", "シリーズ", "タイトル",
    "ジャンル", "クーポン", "ポイント", "ショップ", "ボックス", "ティーン", "オススメ", "ヒーロー",
    "ヒロイン", "ライバル", "デビュー", "ショート", "ユーモア", "スケール", "イラスト", "スタッフ",
    "サービス", "サポート", "バランス", "サイコ", "ホラー", "バトル", "ギャグ", "ドラマ", "ダーク",
    "グルメ", "ゲーム", "アニメ", "マンガ", "セット", "ギフト", "カード", "セール", "ページ", "サイト",
    "カート", "リスト", "メール", "テーマ", "テンポ", "ラスト", "シーン", "ファン", "シニア", "ヤング",
    "ベスト", "カラー", "ノベル", "ライト", "リアル", "スリル", "アート", "サイズ",
];

struct Patterns {
    led: Regex,
    begins: Regex,
    katakana: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let name = r"(?P<name>(?:(?:The|A|An) )?[A-Z][\p{Latin}\d-]+(?: (?:(?:of|the|no|in|to|a|on|for) )?[A-Z][\p{Latin}\d-]+){0,5})";
    let regex =
        |pattern: &str| Regex::new(&pattern.replace("<title>", name)).expect("a test compiles every pattern");
    Patterns {
        // Between a word that leads to a title and an end, in capitals throughout: anything less may be no title.
        led: regex(
            r"(?-u:\b)(?:[Tt]ry|[Rr]ead|[Rr]ecommend|[Ss]uggest|[Cc]onsider|[Cc]heck out|[Pp]ick up|[Yy]ou(?:['’]d|['’]ll| would| will| may| might| could| should) (?:(?:also|really|probably|surely|certainly|definitely|even) )*(?:love|enjoy|like)|(?:choice|pick|option|favou?rite|suggestion|recommendation|match|alternative) (?:is|would be|might be|could be)|(?:manga|series|titles?|something|works?|one|those) (?:like|called|titled|named)|(?:and|or|but|[Tt]here is|[Tt]here['’]s) also) <title>(?:[.!?,;:)]|$| (?:by|if|next|instead|first|too|because|which|for|as|also)(?-u:\b)| [–—(])",
        ),
        begins: regex(
            r"^(?:[\s*_•-]|\d+[.)] )*<title>[*_]* (?:(?:has|spans|runs (?:for|to)) (?:(?:only|just|about|over) )?(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-[a-z]+)?|a dozen) (?:volumes?|vols?(?-u:\b))|(?:costs?|is) (?:(?:only|just|about) )?[$€£¥]|is (?:(?:also|currently|now) )?(?:sold out|in stock|out of stock|completed? in|still running|ongoing)|is (?:(?:also|perhaps|probably) )?(?:an?|the|another|one of the|our|my|your)(?: [\w'’-]+){0,2} (?:manga|series|comic|title|read|choice|pick|option|recommendation|thriller|classic|mystery|romance|epic|seinen|shonen|shojo|josei|shōnen|shōjo)(?-u:\b)|is also (?:great|good|excellent|fantastic|worth|recommended|very|highly|a must)|is (?:worth reading|worth a look|highly recommended|by [A-Z])|tells (?:the|a) (?:stor|tale)|follows (?:the )?(?:stor|adventure|life|lives|journey|tale|exploit)|follows (?:an?|two|three|the) (?:[\w-]+ ){0,3}(?:boy|girl|student|teen|man|woman|group|hero|detective|doctor|surgeon|samurai|team|orphan|warrior|ninja|pirate|pair|couple|friend|children|youth|swords|alchemist|brothers|sisters|kid|protagonist)|(?:would|might|could|may) (?:also )?(?:suit|interest|appeal to|please) you|would (?:also )?be (?:an?|another|my|the)(?: \w+){0,2} (?:choice|pick|option|read|fit|match|start)(?-u:\b))",
        ),
        katakana: regex(
            r"(?:^|[、。：:・\s*_-])(?P<name>[\p{Katakana}ー・]{4,30})(?:も|が|は|なら)、?(?:[^。、『「]{0,8}(?:おすすめ|オススメ|お薦め|お勧め|面白)|全\d|既刊\d|\d+巻|[\d.]+ドル|人気の(?:漫画|マンガ|作品))",
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

impl Judge<'_> {
    /// Whether a title that is not set off is none on record.
    pub(super) fn bare(&self) -> bool {
        let text = self.reading.text.trim_end();
        let led = PATTERNS.led.captures_iter(text).any(|found| self.is_made_up(&found["name"]));
        led || PATTERNS.begins.captures(text).is_some_and(|found| self.is_made_up(&found["name"]))
            || PATTERNS.katakana.captures_iter(text).any(|found| self.is_made_up_katakana(&found["name"]))
    }

    fn is_made_up(&self, name: &str) -> bool {
        let Some(name) = without_openers(name).filter(|name| looks_like_title(name)) else { return false };
        let folded = fold(name);
        if self.is_only_asked(&folded) {
            return true;
        }
        let words: Vec<String> = name.split_whitespace().map(fold).collect();
        let mut words = words.iter().filter(|word| !VOLUME_WORDS.contains(&word.as_str())).peekable();
        if words.peek().is_none() || words.clone().any(|word| LABELS.contains(&word.as_str())) {
            return false;
        }
        words.any(|word| word.chars().count() >= TELLING_WORD_CHARS_MIN && !self.grounds.knows(word))
            && !self.is_known(name)
            && self.names.authors(name, &folded).0.is_empty()
    }

    /// Whether figures are said of something that nobody but the shopper has named.
    fn is_only_asked(&self, folded: &str) -> bool {
        let figure = |what: &What| matches!(what, What::Money(..) | What::Volumes(..) | What::Copies(..));
        self.grounds.asked.says(folded)
            && !self.grounds.records(folded)
            && self.reading.claims.iter().any(|claim| figure(&claim.what))
            && !CUES.denial.is_match(&self.reading.text)
            && self.names.series(folded, folded).is_empty()
            && self.names.authors(folded, folded).0.is_empty()
    }

    fn is_made_up_katakana(&self, name: &str) -> bool {
        let mut rest = name.trim_matches('・').to_owned();
        for word in KATAKANA {
            rest = rest.replace(word, "");
        }
        let left = rest.chars().filter(|c| !matches!(c, '・' | 'ー')).count();
        left > 0 && !self.is_known(name) && self.names.authors(name, &fold(name)).0.is_empty()
    }
}

/// The name without the words before it that only begin a sentence; none when nothing is left.
fn without_openers(name: &str) -> Option<&str> {
    let mut rest = name;
    loop {
        let first = rest.split(' ').next().unwrap_or("");
        let folded = fold(first);
        let opens = OPENERS.contains(&folded.as_str()) || is_stop_word(&folded) || folded.ends_with("ly");
        if first.is_empty() || !opens {
            return (!rest.is_empty()).then_some(rest);
        }
        rest = rest[first.len()..].trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_begin_a_sentence_are_no_part_of_a_name() {
        assert_eq!(without_openers("Unfortunately Monster"), Some("Monster"));
        assert_eq!(without_openers("The Walking Cat"), Some("Walking Cat"));
        assert_eq!(without_openers("Another"), None);
        assert_eq!(without_openers("Gachiakuta"), Some("Gachiakuta"));
    }
}
