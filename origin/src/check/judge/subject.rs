//! Whether it is sure which series a claim is about. A number is put right only then: "The second edition has 5 volumes" is
//! no wrong number of the only series on record, and the right one in its place would be as wrong.

use std::sync::LazyLock;

use regex::Regex;

use super::Judge;
use crate::check::aside;
use crate::check::reading::without;
use crate::understand::fold;

struct Patterns {
    /// The sentence goes on about the series spoken of.
    anaphor: Regex,
    /// What stands before a claim and names nothing: `- Price: `, `全`, `A volume costs `.
    nothing: Regex,
    /// Several things do it: the series and another.
    plural: Regex,
    capitals: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        anaphor: regex(
            r"^[\s\d.)*_•・-]*(?:(?:It|It['’]s|Its|This (?:one|series|manga|title)|The (?:series|manga|title|story|set|(?:whole|complete|full|entire) (?:set|series|run)))(?-u:\b)|それ|これ|こちら|同作|本作|この(?:作品|漫画|マンガ|シリーズ)|その(?:価格|値段|巻数|在庫)|(?:この)?(?:作品|シリーズ|漫画)は)",
        ),
        nothing: regex(
            r"(?i)^(?:[\s\d.,:;()–—*_•・-]|(?-u:\b)(?:the|a|an|each|every|one|single|first|per|prices?|costs?|costing|volumes?|vols?|in|all|whole|complete|completed|entire|full|set|run|collection|total|altogether|for|is|are|has|have|runs?|comes?|at|to|of|just|only|about|around|roughly|nearly|almost|currently|now|with|and|length|stock|availability|year|status|started?|began|begun|since|publication|published|paperbacks?|copies|copy|there|finished|ongoing|ended|after|so|far|you|can|get|buy|books?|yes|no|sure)(?-u:\b)|価格|値段|定価|お値段|各巻|全巻|巻数|全部|合計|在庫|状況|現在|ただいま|既刊|完結|連載|開始|まとめて|すべて|セット|約|およそ|はい|[年巻冊一全はがもでのをにと（）、。：「」])*$",
        ),
        plural: regex(r"(?-u:\b)(?:have|cost|are)(?-u:\b)"),
        capitals: regex(r"[A-Z][\p{Latin}\d]{2,}"),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

impl Judge<'_> {
    /// Whether a claim at this place is about the series of its scope: the sentence names that, or refers to it, or names
    /// nothing at all; and what stands before the claim speaks of no other work, and of nobody who is not on record.
    pub(super) fn is_sure(&self, at: usize) -> bool {
        let before = without(&self.reading.text[..at], self.grounds.title_forms());
        let named = &self.clauses.mentions;
        if named.strangers || named.unknown || aside::names_one(&before) || self.has_stranger(&before) {
            return false;
        }
        match named.series.len() {
            0 => PATTERNS.anaphor.is_match(&self.reading.text) || PATTERNS.nothing.is_match(&before),
            1 => !PATTERNS.plural.is_match(&before),
            _ => true,
        }
    }

    /// Whether a name that is not on record stands in the text. A sentence begins with a capital in any case.
    fn has_stranger(&self, before: &str) -> bool {
        let start = before.len() - before.trim_start_matches(|c: char| !c.is_alphabetic()).len();
        let names = PATTERNS.capitals.find_iter(before).filter(|found| found.start() > start);
        names.map(|found| fold(found.as_str())).any(|name| !self.grounds.knows(&name))
    }
}
