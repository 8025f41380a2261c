//! States, days, carriers and tracking numbers of orders.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Judge};
use crate::check::Ungrounded;
use crate::check::claim::Claim;
use crate::check::cue::CUES;
use crate::check::date::{self, Date};
use crate::check::record::OfOrder;
use crate::check::thread::Scope;
use crate::dates::Day;
use crate::shop::services::OrderState;

use OrderState::{
    Backordered, Cancelled, Delivered, OutForDelivery, Packed, Paid, Placed, Preordered, Refunded,
    ReturnRequested, Returned, Shipped,
};

/// Stands for [`WHO`] in a pattern.
const WHO_SLOT: &str = "<who>";
/// An order and what comes before its verb. Of "is" and "are" the claims say themselves whether they mean a state.
const WHO: &str = r#"(?:(?-u:\b)(?:orders?|parcels?|packages?|shipment|books?|items?|it|they)|(?-u:\b)MA-\d+)[*_"]{0,3}(?: \(?[*_]{0,2}MA-\d+[*_]{0,2}\)?)?,?(?: (?:has|have|was|were|been)){0,2}(?: (?:just|already|now|also|then|since|finally|safely))? "#;

/// What is said of an order, and the states in which it is true.
static STATES: LazyLock<Vec<(Regex, &'static [OrderState])>> = LazyLock::new(|| {
    let claims: [(&str, &[OrderState]); 17] = [
        (
            r"(?-u:\b)on (?:its|the|their) way(?-u:\b)|in transit|配送中|発送中|輸送中",
            &[Shipped, OutForDelivery],
        ),
        (
            r"(?-u:\b)(?:was|were|been|has|have|already) (?:already )?(?:shipped|dispatched)(?-u:\b)|発送済み|発送(?:しました|いたしました|され|が完了)|出荷(?:しました|され|済み)",
            &[Shipped, OutForDelivery, Delivered, ReturnRequested, Returned],
        ),
        (
            r"<who>(?:shipped|dispatched|sent|sent (?:out|off)|mailed|went out|left (?:our|the) (?:warehouse|shop|store))(?-u:\b)|<who>(?:is|are) (?:already|now) (?:shipped|dispatched)(?-u:\b)|(?:status|state)[*_]*(?::| is)[*_]* [*_]*(?:shipped|dispatched)(?-u:\b)|発送が(?:済|終わり)|(?:注文|商品|荷物|本)[はを][^。、]{0,12}お送り(?:しました|いたしました|済み)|出荷いたしました",
            &[Shipped, OutForDelivery, Delivered, ReturnRequested, Returned],
        ),
        (
            r"<who>(?:arrived|reached you)(?-u:\b)|(?:status|state)[*_]*(?::| is)[*_]* [*_]*delivered(?-u:\b)|(?:注文|商品|荷物|本)[はが][^。、]{0,16}(?:届きました|届いてい|届いており|到着しました|到着してい|到着済み)|お届け(?:しました|いたしました|が?完了)|配達(?:しました|いたしました)",
            &[Delivered, ReturnRequested, Returned],
        ),
        // No record says so.
        (
            r"<who>(?:(?:is|are|being|running) ){0,2}(?:delayed|held up|running late|stuck|lost)(?-u:\b)|(?:配送|発送|配達|注文|荷物|お届け)[がはに]?[^。、]{0,8}(?:遅延し|遅れて|遅れが(?:出|生じ))",
            &[],
        ),
        (
            r"<who>(?:is |are )?(?:currently |now |still )?being (?:prepared|packed|processed|picked)(?-u:\b)|<who>(?:is|are) (?:currently |now |still )?(?:in preparation|processing)(?-u:\b)|(?:are|['’]re) (?:preparing|packing|processing) (?:your|the) (?:order|parcel|package|books)(?-u:\b)|(?:発送|出荷|配送)(?:の)?準備中|(?:発送|出荷)の?準備をして|梱包中|ご?注文[はを][^。、]{0,8}(?:準備中|処理中|準備して)",
            &[Placed, Paid, Packed, Backordered, Preordered],
        ),
        (r"(?-u:\b)out for delivery(?-u:\b)|配達に出|配達中", &[OutForDelivery]),
        (
            r"(?-u:\b)(?:was|been|is|already) delivered(?-u:\b)|(?-u:\b)(?:has|have) arrived(?-u:\b)|配達(?:が)?完了|配達済み|お届け済み|配達されました",
            &[Delivered, ReturnRequested, Returned],
        ),
        (
            r"(?-u:\b)(?:was|been|is) cancell?ed(?-u:\b)|キャンセル(?:され|済み|しました|いたしました)",
            &[Cancelled],
        ),
        (
            r"(?-u:\b)(?:was|were|been|is) refunded(?-u:\b)|refund (?:has been|was) (?:paid|issued|made|completed|processed)|返金(?:が完了|済み|しました|いたしました|され)",
            &[Refunded],
        ),
        (
            r"(?-u:\b)(?:was|been) returned(?-u:\b)|came back to us|返品(?:が)?到着|返品済み",
            &[Returned, Refunded],
        ),
        (
            r"(?:waiting for|awaiting) payment|(?-u:\b)unpaid(?-u:\b)|お支払い待ち|お支払いをお待ち|未払い|入金待ち",
            &[Placed],
        ),
        (
            r"(?-u:\b)(?:was|been|is) paid(?-u:\b)|payment (?:was|has been) (?:received|confirmed)|お支払い済み|お支払いを確認|入金済み",
            &[
                Paid,
                Packed,
                Shipped,
                OutForDelivery,
                Delivered,
                Backordered,
                Preordered,
                ReturnRequested,
                Returned,
                Refunded,
            ],
        ),
        (
            r"(?-u:\b)(?:was|been|is) packed(?-u:\b)|梱包済み|梱包が(?:終わ|完了)",
            &[Packed, Shipped, OutForDelivery, Delivered, ReturnRequested, Returned],
        ),
        (r"(?-u:\b)back-?ordered(?-u:\b)|on back-?order|取り寄せ中", &[Backordered]),
        (r"(?-u:\b)(?:was|been|is) pre-?ordered(?-u:\b)|予約済み|予約を承りました", &[Preordered]),
        (
            r"(?-u:\b)being returned(?-u:\b)|return (?:was |has been |is )?requested|返品手続き中|返品のお申し込みを承",
            &[ReturnRequested],
        ),
    ];
    let compiled = claims.into_iter().map(|(pattern, states)| {
        let pattern = pattern.replace(WHO_SLOT, WHO);
        (Regex::new(&format!("(?i){pattern}")).expect("a test compiles every pattern"), states)
    });
    compiled.collect()
});

struct Patterns {
    own: Regex,
    carrier: Regex,
    placed: Regex,
    coming: Regex,
    since: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        own: regex(
            r"(?i)(?-u:\b)your (?:orders?|parcels?|packages?|shipment|books?|items?|refund)(?-u:\b)|ご注文|お客様の",
        ),
        carrier: regex(
            r"(?-u:\b)(?:Yamato|Sagawa|Japan Post|DHL|FedEx|UPS|USPS|Royal Mail|TNT|EMS|GLS|Hermes)(?-u:\b)|ヤマト運輸|ヤマト|佐川急便|佐川|日本郵便",
        ),
        placed: regex(
            r"(?i)(?-u:\b)(?:placed|ordered)(?-u:\b)|(?-u:\b)orders?(?-u:\b)[^.;]{0,24}(?-u:\b)(?:of|from)(?-u:\b)|注文日|のご注文|に(?:ご)?注文",
        ),
        coming: regex(
            r"(?i)arriv|(?-u:\b)(?:expect|estimat|should|will|due)|delivery date|予定|お届け日|届く|届き",
        ),
        since: regex(
            r"(?i)(?-u:\b)(?:since|shipped|dispatched|delivered|cancell?ed|refunded|packed|paid|picked up|went out|came back)(?-u:\b)|に(?:発送|配達|キャンセル|返金|梱包|お支払い|お渡し|返品)",
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&STATES);
    LazyLock::force(&PATTERNS);
}

/// Which of an order's days is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Placed,
    Coming,
    Since,
}

impl Judge<'_> {
    /// What is said of orders that their records do not say.
    pub(super) fn states(&self) -> Option<Finding> {
        let text = &self.reading.text;
        let none_on_record = self.grounds.orders.is_empty();
        if none_on_record && !PATTERNS.own.is_match(text) {
            // Of orders in general, as passages speak of them.
            return None;
        }
        for (pattern, states) in STATES.iter() {
            for found in pattern.find_iter(text) {
                let (before, after) = self.around(&found.range());
                if CUES.is_supposed(before, after) || CUES.is_denied(before, after) {
                    continue;
                }
                let orders = self.clauses.scope(found.start()).orders(self.grounds);
                let quoted =
                    none_on_record && self.grounds.told.says(&crate::understand::fold(found.as_str()));
                if !quoted && !orders.iter().any(|order| states.contains(&order.state)) {
                    return Some(Finding::Wrong(Ungrounded::State));
                }
            }
        }
        self.carrier()
    }

    fn carrier(&self) -> Option<Finding> {
        let unknown = PATTERNS.carrier.find_iter(&self.reading.text).any(|found| {
            let name = crate::understand::fold(found.as_str());
            let orders = self.clauses.scope(found.start()).orders(self.grounds);
            !orders.iter().any(|order| order.words.contains(&name))
                && !self.grounds.told.says(&name)
                && !self.grounds.asked.says(&name)
        });
        unknown.then_some(Finding::Wrong(Ungrounded::Order))
    }

    /// Whether a tracking number is that of the order.
    pub(super) fn code(&self, code: &str, scope: &Scope) -> bool {
        let code = code.to_lowercase();
        scope.orders(self.grounds).iter().any(|order| order.raw.contains(&code))
            || self.grounds.told.raw.contains(&code)
    }

    pub(super) fn date(&self, claim: &Claim, date: Date, form: date::Form, scope: &Scope) -> Option<Finding> {
        let told = self.grounds.told.dates.iter().any(|told| date.is_part_of(*told));
        let asked = self.loose(scope, |loose| loose.dates.iter().any(|asked| date.is_part_of(*asked)));
        let Some(order) = scope.one_order(self.grounds) else {
            let known =
                scope.orders(self.grounds).iter().flat_map(|order| order.days()).any(|day| date.is(day));
            return (!known && !told && !asked).then_some(Finding::Wrong(Ungrounded::Date));
        };
        let right = self.which(claim).map(|which| meant(order, which));
        let fine = match right {
            Some(days) => days.into_iter().flatten().any(|day| date.is(day)),
            None => order.days().any(|day| date.is(day)),
        };
        if fine || told || asked {
            return None;
        }
        let day = right.and_then(|days| days[0]).filter(|_| !CUES.denial.is_match(&self.reading.text));
        match day.and_then(|day| date.rewritten(form, day)) {
            Some(with) => Some(Finding::Mend { at: claim.at.clone(), with, fault: Ungrounded::Date }),
            None => Some(Finding::Wrong(Ungrounded::Date)),
        }
    }

    /// Which day the words around a date mean: those before it back to the date before, or right after it.
    fn which(&self, claim: &Claim) -> Option<Which> {
        let text = &self.reading.text;
        let earlier = self.reading.claims.iter().filter(|other| other.at.end <= claim.at.start);
        let mut dates = earlier.filter(|other| matches!(other.what, crate::check::claim::What::Date(..)));
        let start = dates.next_back().map_or(0, |before| before.at.end);
        let before = &text[start..claim.at.start];
        let after: String = text[claim.at.end..]
            .chars()
            .take_while(|c| !matches!(c, '、' | '。' | ',' | '.'))
            .take(14)
            .collect();
        // Japanese says it after the date: 「11月21日にお届け予定です」.
        let japanese = crate::check::reading::is_japanese(&text[claim.at.end..])
            || crate::check::reading::is_japanese(before);
        let around = if japanese { format!("{before}{after}") } else { before.to_owned() };
        if PATTERNS.coming.is_match(&around) {
            return Some(Which::Coming);
        }
        let last = |pattern: &Regex| pattern.find_iter(&around).last().map(|found| found.start());
        match (last(&PATTERNS.placed), last(&PATTERNS.since)) {
            (Some(placed), Some(since)) if placed > since => Some(Which::Placed),
            (_, Some(_)) => Some(Which::Since),
            (Some(_), None) => Some(Which::Placed),
            (None, None) => None,
        }
    }

    /// Words like `tomorrow` are said only where a record says them, or a weekday is that of a day on record.
    pub(super) fn relative(&self, word: &str, scope: &Scope) -> Option<Finding> {
        let text = &self.reading.text;
        if !CUES.event.is_match(text) || self.grounds.told.says(&crate::understand::fold(word)) {
            return None;
        }
        let orders = scope.orders(self.grounds);
        let today = matches!(word, "today" | "今日" | "本日");
        let coming = PATTERNS.coming.is_match(text);
        let fine = orders.iter().any(|order| {
            let mut days = order.days().filter(|day| !coming || order.estimated == Some(*day));
            (today && order.state == OutForDelivery) || days.any(|day| date::weekday(day).contains(&word))
        });
        (!fine && !CUES.denial.is_match(text)).then_some(Finding::Wrong(Ungrounded::Date))
    }
}

/// The days that may be meant, the likeliest first.
fn meant(order: &OfOrder, which: Which) -> [Option<Day>; 2] {
    let new = matches!(order.state, Placed | Preordered);
    match which {
        Which::Placed => [Some(order.placed), new.then_some(order.since)],
        Which::Coming => [order.estimated, None],
        Which::Since => [Some(order.since), new.then_some(order.placed)],
    }
}
