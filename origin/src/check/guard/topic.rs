//! Whether an answer leaves the shop's topic: code, talk of a model about itself, or sentence after sentence without a word
//! of the shop or its records.
//!
//! A sentence is on the topic when it names a title, an author, an amount or an order, says a word that only the shop says,
//! several words that are said of books, or several of the records. One such word is not enough, but strays less than none.
//! Sentences that stray are held back, like those in another language, until one is on the topic again. It errs on the side
//! of the answer: small talk, questions, a refusal and a stray sentence or two pass, and whoever has spoken of the shop may
//! stray further.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::claim::What;
use super::super::facts::Grounds;
use super::super::reading::Reading;
use super::super::thread;
use crate::retrieve::terms;
use crate::understand::NameSpotter;

/// How far a sentence without a word of the shop strays, and one with a single word of books or of a record.
const STRAY: usize = 2;
const NEAR: usize = 1;
/// How far an answer may stray that has not been on the topic yet, and in so many bytes: three sentences.
const FAR_AT_FIRST: usize = 3 * STRAY;
const LENGTH_AT_FIRST: usize = 80;
/// How far one may that has: five sentences. What a series is like can be told in words that nobody can list.
const FAR_LATER: usize = 5 * STRAY;
const LENGTH_LATER: usize = 160;
/// How far an answer strays before it is held back, once it has been on the topic.
const SHOWN_LATER: usize = 2 * STRAY;
/// An answer that is over and was never on the topic is ended when it strays so far.
const FAR_AT_LAST: usize = 2 * STRAY;
const LENGTH_AT_LAST: usize = 60;
/// Sentences in a row that are on the topic because they go on about the one before them: `He`, `It`.
const HANGING_MAX: usize = 4;
/// A sentence with fewer content words is about nothing at all.
const TERMS_MIN: usize = 3;
/// Words of the records, or of books, that put a sentence on the topic; of those of the records, one word in so many.
const ANCHORS_MIN: usize = 2;
const RECORDED_PART: usize = 3;

struct Patterns {
    code: Regex,
    system: Regex,
    own_rules: Regex,
    refusal: Regex,
    /// What is said of no other topic.
    shop: Regex,
    /// What is said of books, and elsewhere as well.
    books: Regex,
    /// Small talk, and what somebody says of what they cannot do.
    polite: Regex,
    question: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        code: regex(
            r"```|~~~|#include\s*<|(?-u:\b)(?:def|function|fn) \w+\(|console\.log\(|System\.out\.|(?i:<(?:script|html|div|iframe)(?-u:\b))|(?-u:\b)SELECT (?:\*|\w+) FROM (?-u:\b)|^\s*import \w+(?:\.\w+)*;?\s*$",
        ),
        system: regex(
            r"(?i)(?-u:\b)as an? (?:\w+ )?(?:ai|artificial intelligence|(?:large )?language model)(?-u:\b)|(?-u:\b)i(?: am|['’]m) (?:an? (?:ai|large) language model|chatgpt|gpt-?\d|claude|gemini|llama|dan(?-u:\b))|(?-u:\b)trained by (?:openai|anthropic|google|meta|amazon)|ignor(?:e|ing) (?:all |any |my |the |your )*(?:previous|prior|above|earlier) (?:instructions|rules)|(?:developer|jailbreak|dan|god) mode (?:is |now )?(?:on|enabled|activated)|(?:大規模)?言語モデルとして|私は(?:AI言語モデル|大規模言語モデル|ChatGPT)|(?:以前|前|これまで)の(?:指示|命令)を無視し(?:て|ます|まし)|開発者モード",
        ),
        own_rules: regex(
            r"(?i)(?-u:\b)(?:system prompt|my (?:instructions|system message|hidden rules|prompt)|(?:instructions|prompt) (?:i was given|given to me))(?-u:\b)|システムプロンプト|(?:私|わたし)への指示|与えられた指示",
        ),
        refusal: regex(
            r"(?i)(?-u:\b)(?:not|cannot|unable|never|sorry)(?-u:\b)|n['’]t(?-u:\b)|ません|できかね",
        ),
        shop: regex(
            r"(?i)manga|comics?(?-u:\b)|tank[oō]bon|(?-u:\b)(?:volumes?|light novels?|sh[oō]u?nen|seinen|sh[oō]u?jo|josei|isekai|shipping|postage|refund\w*|in stock|sold out|out of stock|back-?order\w*|pre-?order\w*|wishlist|catalogue|catalog|(?:your|an|this|every|any) (?:orders?|parcel)|(?:our|this|the) (?:shop|store)(?:['’]s)?|colleagues?|talk to a person|sign(?:ed)? in|return (?:policy|label|window))(?-u:\b)|漫画|マンガ|コミック|作品|[\d全一二三四五六七八九十]巻|各巻|作者|シリーズ|当店|ショップ|ご注文|配送|送料|返品|返金|在庫|価格|ジャンル|ログイン|会員|担当者|ほしい物|発送|お届け|連載",
        ),
        books: regex(
            r"(?i)(?-u:\b)(?:series|titles?|authors?|artists?|shops?|stores?|orders?|ship(?:s|ped)?|deliver\w*|returns?|stock|prices?|costs?|books?|read(?:s|ers?|ing)?|recommend\w*|suggest\w*|genres?|cart|accounts?|customers?|payments?|pay|paid|cash|gifts?|cards?|vouchers?|coupons?|discounts?|checkout|points|help|assistant|copies|publish\w*|stor(?:y|ies|ytelling)|characters?|plot|pacing|tension|suspense\w*|atmospher\w*|art|artwork|drawn|drawings?|tone|mood|drama\w*|romance|romantic|fantasy|horror|thrillers?|myster\w*|psychological|supernatural|adventures?|action|comedy|humou?r|themes?|chapters?|panels?|protagonists?|heroes|heroine|hero|villains?|fans?|ending|twists?|picks?|favou?rites?|emotion\w*|dark|classic)(?-u:\b)|巻|読|物語|主人公|ストーリー|ポイント|注文|お手伝い|ご質問|ご案内|お客様|購入|支払|決済|クレジット|ギフト|クーポン|カート|おすすめ|お探し|登場人物|キャラ|世界観|展開|描|恋愛|ホラー|ファンタジー|サスペンス|ミステリー|冒険|感動|緊張|魅力|題名|名作|完結",
        ),
        polite: regex(
            r"(?i)(?-u:\b)(?:welcome|thanks?|enjoy your|have an? (?:nice|great|good|lovely)|good (?:morning|evening|afternoon|day|night)|nice to meet|take care|see you|happy to|glad to|feel free|let me|hope (?:this|that|you)|great (?:choice|taste|question)|anything else|I(?:['’]m| am) (?:sorry|afraid|unable|not)|I (?:cannot|can['’]t|can not|could not|couldn['’]t|do not|don['’]t|am unable))(?-u:\b)|申し訳|ありがとう|お気軽に|ようこそ|お楽しみ|(?:でき|わかり|分かり|答えられ)ません|かねます",
        ),
        question: regex(r"(?:[?？]|か。)[\s*_)）」』\x22”]*$"),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

/// How far an answer has strayed.
#[derive(Default)]
pub(super) struct Topic {
    /// Since it was on the topic last.
    far: usize,
    /// In bytes: a Japanese character says as much as three others.
    length: usize,
    /// It has been on the topic.
    anchored: bool,
    /// Sentences since then that go on about the one before them; none when the last one strayed.
    hanging: Option<usize>,
    /// The terms of the records, once they are needed.
    terms: Option<HashSet<String>>,
}

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// The shop or its records.
    Shop,
    /// Nothing.
    Nothing,
    /// Nothing that is known, so far from the topic.
    Else(usize),
}

impl Topic {
    pub(super) fn forget_terms(&mut self) {
        self.terms = None;
    }

    /// Another answer begins.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { terms: self.terms.take(), ..Self::default() };
    }

    /// Whether the answer has left the topic with this sentence.
    pub(super) fn is_left_by(&mut self, reading: &Reading, grounds: &Grounds, names: &NameSpotter) -> bool {
        let (patterns, text) = (&*PATTERNS, &reading.text);
        if patterns.code.is_match(text) || patterns.system.is_match(text) {
            return true;
        }
        if patterns.own_rules.is_match(text) && !patterns.refusal.is_match(text) {
            return true;
        }
        match self.about(reading, grounds, names) {
            About::Shop => {
                (self.far, self.length, self.anchored, self.hanging) = (0, 0, true, Some(0));
            }
            About::Nothing => {}
            About::Else(far) => {
                self.far += far;
                self.length += text.len();
                self.hanging = None;
            }
        }
        let (far, length) =
            if self.anchored { (FAR_LATER, LENGTH_LATER) } else { (FAR_AT_FIRST, LENGTH_AT_FIRST) };
        self.far >= far && self.length >= length
    }

    /// Whether what is said now is better held back.
    pub(super) const fn doubts(&self) -> bool {
        self.far > if self.anchored { SHOWN_LATER } else { NEAR }
    }

    /// Whether the answer, now over, was about something else throughout.
    pub(super) const fn is_mostly_stray(&self) -> bool {
        !self.anchored && self.far >= FAR_AT_LAST && self.length >= LENGTH_AT_LAST
    }

    fn about(&mut self, reading: &Reading, grounds: &Grounds, names: &NameSpotter) -> About {
        let (patterns, text) = (&*PATTERNS, &reading.text);
        if patterns.shop.is_match(text) || is_of_record(reading, grounds, names) {
            return About::Shop;
        }
        let books: HashSet<String> =
            patterns.books.find_iter(text).map(|found| found.as_str().to_lowercase()).collect();
        if books.len() >= ANCHORS_MIN {
            return About::Shop;
        }
        let said: HashSet<String> = terms(text).into_iter().collect();
        let known = self.terms.get_or_insert_with(|| terms(&grounds.words).into_iter().collect());
        let recorded = said.iter().filter(|term| known.contains(*term)).count();
        if recorded >= ANCHORS_MIN && recorded * RECORDED_PART >= said.len() {
            return About::Shop;
        }
        if said.len() < TERMS_MIN || patterns.polite.is_match(text) || patterns.question.is_match(text) {
            return About::Nothing;
        }
        if let Some(hanging) = self.hanging.filter(|hanging| *hanging < HANGING_MAX)
            && thread::refers_back(text)
        {
            self.hanging = Some(hanging + 1);
            return About::Nothing;
        }
        About::Else(if books.is_empty() && recorded == 0 { STRAY } else { NEAR })
    }
}

/// Whether a sentence says what only a record of the shop says: a sentence of it, an amount, an order, a title, an author.
fn is_of_record(reading: &Reading, grounds: &Grounds, names: &NameSpotter) -> bool {
    let claims = reading.claims.iter().any(|claim| {
        matches!(
            claim.what,
            What::Order(_)
                | What::Code(_)
                | What::Money(..)
                | What::Volumes(..)
                | What::VolumeNumber(_)
                | What::Copies(..)
        )
    });
    claims
        || grounds.source(&reading.folded).is_some()
        || grounds.mentions(&reading.text, names).names_series()
        || !names.authors(&reading.text, &reading.folded).0.is_empty()
}
