//! Words around a claim that say how it is meant: as a limit, denied, supposed, on sale.

use std::sync::LazyLock;

use regex::Regex;

/// The cues, compiled once.
pub(super) struct Cues {
    /// A limit, or what the shopper asked for: it is no fact of a record.
    pub(super) limit: Regex,
    /// Something is denied.
    pub(super) denial: Regex,
    /// A bargain is spoken of, or one price against another.
    pub(super) bargain: Regex,
    /// A promise of the shop, which has to stand in a passage.
    pub(super) promise: Regex,
    /// All volumes together.
    pub(super) set: Regex,
    /// The shop's services, and not a book.
    pub(super) service: Regex,
    /// When a series began.
    pub(super) start: Regex,
    /// Something comes or goes on a day.
    pub(super) event: Regex,
    /// An amount is only about right.
    pub(super) about: Regex,
    /// What comes before a claim that is denied.
    not_before: Regex,
    not_after: Regex,
    /// What comes before and after a promise that is denied, or only asked for.
    no_promise_before: Regex,
    no_promise_after: Regex,
    /// What comes before a claim that is only supposed.
    supposed_before: Regex,
    supposed_after: Regex,
    /// From one number to another.
    range: Regex,
}

/// The cues.
pub(super) static CUES: LazyLock<Cues> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Cues {
        limit: regex(
            r"(?i)(?-u:\b)(?:under|below|less than|fewer|at most|at least|no more than|up to|within|maximum|more than|over|above|budget|you asked|looking for|or less|or more|you wanted|your limit)(?-u:\b)|以下|以内|未満|以上|予算|超|ドルまで|ご希望|条件",
        ),
        denial: regex(
            r"(?i)(?-u:\b)(?:not|no|never|cannot|instead|rather|nothing)(?-u:\b)|n['’]t(?-u:\b)|ではな|じゃな|ません|ない|なし",
        ),
        bargain: regex(
            r"(?i)(?-u:\b)(?:only|just|sale|off|discount\w*|was|were|instead|reduced|deal|today|special|sav\w+|cheaper|as low as|starting|from|until|till)(?-u:\b)|だけ|たった|のみ|セール|割引|値引|今なら|本日|特価|から|通常|定価",
        ),
        promise: regex(
            r"(?i)(?-u:\b)(?:discounts?|coupons?|on sale|half[- ]price|buy one|free (?:shipping|delivery|returns?|gift)|ships? free|promo(?:tion(?:al)?)? codes?|special offer|money[- ]back|guaranteed?|price match\w*|same[- ]day|next[- ]day|overnight)(?-u:\b)|割引|値引き|セール|半額|クーポン|送料無料|無料配送|無料で(?:お届け|配送|発送)|返金保証|翌日配送|即日発送|最安",
        ),
        set: regex(
            r"(?i)(?-u:\b)(?:(?:whole|entire|complete|full) (?:set|series|run|collection)|all (?:of them|(?:\S+ )?volumes)|altogether|in total|total|comes? to)(?-u:\b)|全巻|全\d+巻|合計|セット|揃え",
        ),
        service: regex(
            r"(?i)shipping|postage|deliver|(?-u:\b)(?:orders?|cart|returns?|refunds?|gifts?|coupons?|points|tax|parcels?|box|kg)(?-u:\b)|送料|配送|注文|返品|返金|ギフト|クーポン|ポイント|発送|お届け",
        ),
        start: regex(
            r"(?i)(?-u:\b)(?:began|begun|started|debut(?:ed)?|launched|first (?:published|appeared)|seriali[sz](?:ed|ation)|ran from)(?-u:\b)|連載開始|始ま|開始|スタート",
        ),
        event: regex(
            r"(?i)arriv|deliver|ship|dispatch|releas|(?-u:\b)ready(?-u:\b)|restock|back in|refund|sent|com(?:es|ing) out|out on|expect|お届け|配達|発送|到着|届|入荷|発売|返金|出荷",
        ),
        about: regex(r"(?i)(?:about|around|roughly|approximately|nearly|almost|just under|約|およそ)\s*$"),
        not_before: regex(
            r"(?i)(?:(?-u:\b)not|n['’]t|(?-u:\b)no longer|(?-u:\b)never|(?-u:\b)nor|(?-u:\b)yet to)(?-u:\b)[^,;.。、]{0,24}$",
        ),
        not_after: regex(
            r"^[^。、,.]{0,8}?(?:ません|ていな|ておら|ではな|でない|じゃな|わけでは)|^ (?:yet|any ?more)(?-u:\b)",
        ),
        no_promise_before: regex(
            r"(?i)(?-u:\b)(?:no|without(?: any| an?)?)(?: (?:such|current|active|special|more|further))?(?: (?:[\w-]+ n?or|(?:coupons?|discounts?|promotions?|sales?|offers?|codes?),))* $|(?-u:\b)cannot [^,;.]{0,24}$|(?-u:\b)whether [^,;.]{0,30}$|(?-u:\b)if there (?:is|are)(?: an?| any)? $",
        ),
        no_promise_after: regex(
            r"(?i)^(?: [\w-]+){0,2}? (?:(?:is|are|do|does|will|can|has|have) (?:not|never)|\w+n['’]t|cannot)(?-u:\b)|^[^。、はがもをにで]{0,6}(?:(?:など)?(?:の[^。、はが]{1,8})?(?:には|では|とは|は|が|も|を|に)[^。、はが]{0,12}?(?:ません|ない|なし|かね)|なし|不可|対象外)",
        ),
        // A modal supposes only the verb that it governs: "I can confirm that it is in stock" claims the stock.
        supposed_before: regex(
            r"(?i)(?-u:\b)(?:if|when|once|until|before|after|as soon as|unless|whether|in case)(?-u:\b)[^;:,.。、]{0,40}$|(?:['’]ll|(?-u:\b)(?:should|will|can|cannot|may|might|could|would|must))(?: (?:not|also|soon|then|still|now|only|already|probably|likely|usually|currently))?(?: (?:be|have been|have|get))?(?: (?:currently|already|soon))?\s+[*_]*$|もし[^。]{0,20}$",
        ),
        supposed_after: regex(
            r"^(?:[^。、]{0,6}?(?:たら|れば|次第|場合|前に|後に|まで(?:に|は)|かどうか|際)|の場合|になりましたら|か(?:ご|お))",
        ),
        range: regex(r"^\s?(?:ドル|円)?\s?(?:to|and|-|–|—|〜|~|から)\s?$"),
    }
});

impl Cues {
    /// Whether the stretch between what stands before and after is denied.
    pub(super) fn is_denied(&self, before: &str, after: &str) -> bool {
        self.not_before.is_match(before) || self.not_after.is_match(after)
    }

    /// Whether a promise is denied. "No" elsewhere denies nothing: "free shipping, no minimum".
    pub(super) fn is_no_promise(&self, before: &str, after: &str) -> bool {
        self.not_before.is_match(before)
            || self.no_promise_before.is_match(before)
            || self.no_promise_after.is_match(after)
    }

    /// Whether the stretch is a condition or a wish.
    pub(super) fn is_supposed(&self, before: &str, after: &str) -> bool {
        self.supposed_before.is_match(before) || self.supposed_after.is_match(after)
    }

    /// Whether what stands between two numbers makes them a range.
    pub(super) fn is_range(&self, between: &str) -> bool {
        self.range.is_match(between)
    }
}
