//! Whether an answer leaves the shop's topic: code, talk of a model about itself, or sentence after sentence without a word
//! of the shop or its records. It errs on the side of the answer: small talk and a stray sentence pass.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::facts::Grounds;
use super::super::reading::Reading;
use crate::retrieve::terms;
use crate::understand::NameSpotter;

/// Sentences in a row, and their characters, without a word of the shop.
const STRAY_SENTENCES_MAX: usize = 6;
const STRAY_CHARS_MIN: usize = 160;
/// A sentence with fewer content words is about nothing at all.
const TERMS_MIN: usize = 2;

struct Patterns {
    code: Regex,
    system: Regex,
    own_rules: Regex,
    refusal: Regex,
    shop: Regex,
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
            r"(?i)manga|comic|volume|(?-u:\b)(?:series|titles?|authors?|artists?|shops?|stores?|orders?|ship\w*|deliver\w*|returns?|refund\w*|stock|prices?|costs?|books?|read\w*|recommend\w*|suggest\w*|genres?|cart|accounts?|wishlist|customers?|colleagues?|catalogue|catalog|payments?|points|sign(?:ed)? in|sorry|help|assistant|copies|publish\w*|story|stories|characters?|plot)(?-u:\b)|漫画|マンガ|作品|巻|作者|シリーズ|当店|ショップ|注文|配送|送料|返品|返金|在庫|価格|購入|読|おすすめ|ジャンル|お探し|ログイン|会員|担当者|ご案内|ご質問|申し訳|お客様|ほしい物|カート|支払|ポイント|発送|お届け|連載|物語|主人公|ストーリー|お手伝い",
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

/// How far an answer has strayed.
#[derive(Default)]
pub(super) struct Topic {
    sentences: usize,
    chars: usize,
    /// The terms of the records, once they are needed.
    terms: Option<HashSet<String>>,
}

impl Topic {
    pub(super) fn forget_terms(&mut self) {
        self.terms = None;
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
        if patterns.shop.is_match(text) {
            self.sentences = 0;
            self.chars = 0;
            return false;
        }
        let said = terms(text);
        if said.len() < TERMS_MIN {
            return false;
        }
        let known = self.terms.get_or_insert_with(|| terms(&grounds.words).into_iter().collect());
        let anchored =
            said.iter().any(|term| known.contains(term)) || grounds.mentions(text, names).names_series();
        if anchored {
            self.sentences = 0;
            self.chars = 0;
            return false;
        }
        self.sentences += 1;
        self.chars += text.chars().count();
        self.sentences >= STRAY_SENTENCES_MAX && self.chars >= STRAY_CHARS_MIN
    }
}
