//! Whether a series can be bought now, and whether it is finished.

use std::ops::Range;
use std::sync::LazyLock;

use chat::Stock;
use regex::Regex;

use super::{Finding, Judge};
use crate::check::Ungrounded;
use crate::check::cue::CUES;
use crate::check::reading::is_japanese;
use crate::check::record::OfSeries;
use crate::shop::Status;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    In,
    Few,
    Out,
}

struct Patterns {
    stock: Regex,
    /// What comes before a state of stock that is the whole of what is said.
    plainly_before: Regex,
    plainly_after: Regex,
    all: Regex,
    status: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        stock: regex(
            r"(?i)(?P<out>(?-u:\b)(?:sold out|out of stock|unavailable|no longer available|not (?:currently )?(?:available|in stock)|isn['’]t in stock|temporarily out)(?-u:\b)|在庫切れ|売り切れ|品切れ|完売|入荷待ち|在庫(?:が|は)?(?:ありません|ございません|ない|なし))|(?P<few>(?-u:\b)(?:last (?:few )?copies|few (?:copies )?(?:left|remain\w*)|(?:running|stock is) low|low (?:in|on) stock|limited stock|nearly sold out|almost sold out|low stock)(?-u:\b)|残りわずか|残り少な|在庫わずか|在庫僅少)|(?P<in>(?-u:\b)(?:in stock|plenty of (?:copies|stock)|available now|currently available|ready to ship)(?-u:\b)|在庫(?:が|は|も)?(?:あり(?:ます)?|ございます|ある|豊富|十分))",
        ),
        plainly_before: regex(
            r"(?i)(?:(?-u:\b)(?:is|are|it's|it’s|currently|now|right now)|[,:(–—-])\s*[*_]*$|[はがも、:：—–(（・]\s*[*_]*(?:ただいま|現在|今)?[、]?$",
        ),
        plainly_after: regex(
            r"(?i)^[*_]*\s*(?:(?:right now|at the moment|currently|now)\s*)?(?:です|になっております|となっております)?[*_]*[.!。！)）]*[*_]*\s*$",
        ),
        all: regex(
            r"(?i)(?-u:\b)(?:all (?:of them|are|three|four|five|titles)|every (?:one|title)|both)(?-u:\b)|いずれも|どれも|どちらも|すべて|全て",
        ),
        status: regex(
            r"(?i)(?P<open>not (?:yet )?(?:complete|finished)|isn['’]t (?:complete|finished)|(?-u:\b)ongoing(?-u:\b)|still (?:running|being (?:published|serialized))|完結してい(?:ません|ない)|未完結|連載中)|(?P<hiatus>on hiatus|休載中)|(?P<done>(?-u:\b)(?:is|series is|story is|now) (?:complete|completed|finished)(?-u:\b)|完結(?:して|済|し(?:た|まし)|作品))",
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

impl Judge<'_> {
    /// What is wrong about stock and about the state of a series.
    pub(super) fn stock(&self) -> Vec<Finding> {
        let text = &self.reading.text;
        let mut findings = Vec::new();
        for found in PATTERNS.stock.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            let mut said = match (found.name("out"), found.name("few")) {
                (Some(_), _) => Said::Out,
                (_, Some(_)) => Said::Few,
                _ => Said::In,
            };
            let (before, after) = self.around(&whole.range());
            if CUES.is_supposed(before, after) || before.ends_with("back ") {
                continue;
            }
            let denied = CUES.is_denied(before, after);
            if denied {
                said = if said == Said::In { Said::Out } else { Said::In };
            }
            if let Some(fault) = self.stock_of(said, whole.range(), denied) {
                findings.push(fault);
            }
        }
        findings.extend(self.series_status());
        findings
    }

    fn stock_of(&self, said: Said, at: Range<usize>, denied: bool) -> Option<Finding> {
        let scope = self.clauses.scope(at.start);
        let series = scope.series(self.grounds);
        if series.is_empty() && !scope.is_strange() {
            // Of the shop's books in general, as passages speak of them.
            return None;
        }
        if scope.is_strange() && !scope.orders(self.grounds).is_empty() {
            return None;
        }
        let fits = |series: &&&OfSeries| match (said, series.stock) {
            (Said::Out, stock) => stock == Some(Stock::Out),
            (Said::Few, stock) => stock == Some(Stock::Low),
            (Said::In, stock) => matches!(stock, Some(Stock::InStock | Stock::Low)),
        };
        let count = series.iter().filter(fits).count();
        let of_all = PATTERNS.all.is_match(&self.reading.text) || self.clauses.is_joined(at.start);
        let all = of_all && series.len() > 1;
        if count > 0 && (!all || count == series.len()) {
            return None;
        }
        let wrong = Some(Finding::Wrong(Ungrounded::Stock));
        let sure = !denied && self.is_sure(at.start);
        let stock = scope.one_series(self.grounds).filter(|_| sure).and_then(|series| series.stock);
        match (said, stock) {
            (Said::In, Some(Stock::Out)) => self.restate(&at, true).or(wrong),
            (Said::Out, Some(Stock::InStock | Stock::Low)) => self.restate(&at, false).or(wrong),
            _ => wrong,
        }
    }

    /// The other state in the same place, if the sentence says nothing that hangs on the wrong one.
    fn restate(&self, at: &Range<usize>, out: bool) -> Option<Finding> {
        let (before, after) = self.around(at);
        let states = PATTERNS.stock.find_iter(&self.reading.text).count();
        if states > 1 || !PATTERNS.plainly_before.is_match(before) || !PATTERNS.plainly_after.is_match(after)
        {
            return None;
        }
        let said = &self.reading.text[at.clone()];
        let polite = after.trim_start().starts_with(['で', 'に', 'と']);
        let with = match (is_japanese(said), out) {
            (false, true) => "sold out",
            (false, false) => "in stock",
            // "在庫があります" is a sentence, "在庫あり" a note.
            (true, true) if said.ends_with("ます") => "在庫切れです",
            (true, true) => "在庫切れ",
            (true, false) if polite => return self.restate_polite(at),
            (true, false) if said.ends_with("ません") => "在庫がございます",
            (true, false) => "在庫あり",
        };
        Some(Finding::Mend { at: at.clone(), with: with.to_owned(), fault: Ungrounded::Stock })
    }

    /// `在庫切れです` becomes `在庫がございます`: the verb is another.
    fn restate_polite(&self, at: &Range<usize>) -> Option<Finding> {
        let rest = &self.reading.text[at.end..];
        let verb = ["です", "になっております", "となっております"]
            .into_iter()
            .find(|verb| rest.starts_with(verb))?;
        let at = at.start..at.end + verb.len();
        Some(Finding::Mend { at, with: "在庫がございます".to_owned(), fault: Ungrounded::Stock })
    }

    fn series_status(&self) -> Option<Finding> {
        let text = &self.reading.text;
        let wrong = PATTERNS.status.captures_iter(text).any(|found| {
            let Some(whole) = found.get(0) else { return false };
            let (before, after) = self.around(&whole.range());
            let Some(series) = self.clauses.scope(whole.start()).one_series(self.grounds) else {
                return false;
            };
            if CUES.is_supposed(before, after) || CUES.is_denied(before, after) {
                return false;
            }
            let said = match (found.name("open"), found.name("hiatus")) {
                (Some(_), _) => [Status::Ongoing, Status::Hiatus],
                (_, Some(_)) => [Status::Hiatus; 2],
                _ => [Status::Complete; 2],
            };
            !said.contains(&series.status)
        });
        wrong.then_some(Finding::Wrong(Ungrounded::State))
    }
}
