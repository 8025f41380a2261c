//! What words of a question say about what is asked: of a product, of the shopper's own affairs, of nothing in particular.

use std::sync::LazyLock;

use regex::Regex;

/// What is asked about a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Aspect {
    Price,
    /// The price of all volumes together.
    SetPrice,
    Stock,
    Volumes,
    Author,
    Status,
    /// Where to begin.
    Start,
    Synopsis,
    Publisher,
    Year,
    Age,
    Genre,
}

struct Cue<T> {
    means: T,
    pattern: Regex,
}

fn cues<T: Copy>(table: &[(T, &str)]) -> Vec<Cue<T>> {
    table
        .iter()
        .map(|&(means, pattern)| Cue {
            means,
            pattern: Regex::new(pattern).expect("a test compiles every pattern"),
        })
        .collect()
}

static ASPECTS: LazyLock<Vec<Cue<Aspect>>> = LazyLock::new(|| {
    cues(&[
        (
            Aspect::SetPrice,
            r"\b(?:whole|full|entire|complete) (?:set|series|run|collection|thing)\b.*\b(?:cost|price|much)|(?:cost|price|much)\b.*\b(?:whole|full|entire|complete) (?:set|series|run|collection|thing)|(?:cost|price|much)\b.*\ball (?:the )?(?:\d+ )?volumes|(?:buy|get) (?:them )?all\b.*\b(?:cost|much)|\bhow much (?:for|is) (?:it all|all of)|全巻.*(?:いくら|値段|価格|料金|合計)|(?:いくら|値段|価格).*全巻|まとめ買い.*いくら",
        ),
        (
            Aspect::Price,
            r"\b(?:price|prices|cost|costs|how much|how expensive|expensive)\b|いくら|値段|価格|何円|何ドル|お値段",
        ),
        (
            Aspect::Stock,
            r"\b(?:in stock|stock|available|availability|do you (?:have|sell|carry|stock)|have you got|sold out|can i (?:buy|get|order)|left)\b|在庫|売り切れ|品切れ|ありますか|あります\?|売ってい?ますか|買えますか|取り扱",
        ),
        (
            Aspect::Volumes,
            r"\b(?:how many (?:volumes|vols|books)|number of volumes|volume count|how long is|how long does|many volumes|volumes (?:are there|does|is it|long))\b|何巻|全何巻|巻数|どのくらいの長さ|どれくらい長",
        ),
        (
            Aspect::Author,
            r"\b(?:who (?:wrote|drew|made|created|writes|draws|is the (?:author|artist|writer|mangaka|creator))|author|artist|mangaka|written by|drawn by|creator)\b|作者|著者|誰が(?:描|書)|だれが(?:描|書)|漫画家|原作者|作画",
        ),
        (
            Aspect::Status,
            r"\b(?:finished|ended|complete|completed|ongoing|still (?:running|going|publishing|being)|over yet|is it over|hiatus|status|has it ended)\b|完結|連載中|終わ(?:った|って|り)|続いて|休載",
        ),
        (
            Aspect::Start,
            r"\b(?:where (?:do|should|to) (?:i )?(?:start|begin)|which volume (?:should|do) i|start with|first volume|starting point|reading order|good place to start|begin with)\b|何巻から|どこから(?:読|始)|読む順|最初の巻|1巻から",
        ),
        (
            Aspect::Synopsis,
            r"\b(?:about|story|plot|synopsis|summary|tell me (?:about|more)|what happens|premise|describe|what's it|what is it|worth reading|any good|good)\b|あらすじ|どんな(?:話|漫画|マンガ|作品|内容|ストーリー)|内容|ストーリー|について|どういう|面白い|おもしろい|とは",
        ),
        (Aspect::Publisher, r"\b(?:publisher|publishes|published by|who publishes)\b|出版社|どこから出"),
        (
            Aspect::Year,
            r"\b(?:what year|which year|when (?:did|was) .*(?:start|begin|come out|released|published|first)|how old is (?:the )?(?:manga|series|it)|release year)\b|いつ(?:から|始ま|連載|の作品|出)|何年(?:に|の|から)|開始年",
        ),
        (
            Aspect::Age,
            r"\b(?:age rating|rating|rated|suitable|appropriate|(?:ok|okay|safe|good|fine|right) for (?:a |an |my )?(?:\d|kid|child|teen|son|daughter|year)|too (?:violent|scary|mature|graphic))\b|対象年齢|何歳(?:から|向け)|年齢(?:制限|区分)|子供(?:でも|に読ませ)|子ども(?:でも|に読ませ)",
        ),
        (
            Aspect::Genre,
            r"\b(?:what genre|which genre|what kind of (?:manga|story|series)|genres?)\b|ジャンル|何系",
        ),
    ])
});

/// What a normalised text asks about a product.
pub(super) fn aspects(normal: &str) -> Vec<Aspect> {
    let mut found: Vec<Aspect> =
        ASPECTS.iter().filter(|cue| cue.pattern.is_match(normal)).map(|cue| cue.means).collect();
    if found.contains(&Aspect::SetPrice) {
        found.retain(|aspect| *aspect != Aspect::Price);
    }
    // How many there are says whether it is finished.
    if found.contains(&Aspect::Volumes) {
        found.retain(|aspect| *aspect != Aspect::Status);
    }
    // "Is it good?" asks for the story only when nothing more particular is asked.
    if found.len() > 1 {
        found.retain(|aspect| *aspect != Aspect::Synopsis);
    }
    found
}

/// What a text is, as far as its words tell without a name in it.
pub(super) struct Cues {
    pub(super) greeting: Regex,
    pub(super) thanks: Regex,
    pub(super) handoff: Regex,
    /// One's own order, without its number.
    pub(super) own_order: Regex,
    /// How orders are dealt with, in general.
    pub(super) order_rules: Regex,
    pub(super) wishlist: Regex,
    pub(super) discovery: Regex,
    /// Words of the shop's rules.
    pub(super) policy: Regex,
    /// Leaning on what was said before.
    pub(super) pronoun: Regex,
    /// More of what was shown.
    pub(super) more: Regex,
    /// A turn that only changes the one before.
    pub(super) change: Regex,
    /// A turn that puts another subject in the place of the one before.
    pub(super) instead: Regex,
}

pub(super) static CUES: LazyLock<Cues> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Cues {
        greeting: regex(
            r"^(?:hi|hey|hello|hiya|yo|good (?:morning|afternoon|evening)|greetings|howdy|what's up|sup)(?: (?:there|mangaassist|assistant|bot|everyone|again|all))?[\s!.,~?]*$|^(?:こんにちは|こんばんは|おはよう(?:ございます)?|はじめまして|どうも|やあ|ハロー|もしもし)[。!?、~ー\s]*$",
        ),
        thanks: regex(
            r"^(?:ok(?:ay)?[,.! ]*|great[,.! ]*|perfect[,.! ]*|cool[,.! ]*|nice[,.! ]*)*(?:thanks?(?: you)?|thank you|thx|ty|cheers|bye|goodbye|see you|that's all|great|perfect|awesome|ok|okay|cool)(?: (?:so|very) much| a lot| again| for (?:your|the) help|, bye| that's all)?[\s!.~]*$|^(?:ありがとう(?:ございま(?:す|した))?|どうもありがとう|助かりました|わかりました|了解(?:です)?|さようなら|バイバイ|またね|大丈夫です)[。!~ー\s]*$",
        ),
        handoff: regex(
            r"\b(?:(?:talk|speak|chat|connect|transfer|hand|pass|put)(?: me| us)?(?: through| over)?(?: to| with) (?:a |an |the |your |some)?(?:real |actual |live )?(?:person|human|someone|somebody|agent|representative|rep|staff|operator|manager|people|support|customer service)|(?:real|live|actual) (?:person|human|agent)|human (?:agent|please|being|support)|(?:want|need|get me) (?:a |an )?(?:human|person|agent|representative)|customer service rep)|担当者|人間と|人と話|オペレーター|スタッフ(?:と|に)(?:話|つな|繋|相談)|有人(?:対応|チャット)|人に(?:つな|繋|代わ|かわ)",
        ),
        own_order: regex(
            r"\b(?:where(?:'s| is| are)? my (?:order|package|parcel|books?|manga|stuff|delivery)|(?:status|state) of my (?:\w+ )?(?:order|package|parcel|delivery)|my (?:last |latest |recent |current |previous |past |open )?orders?\b|my (?:package|parcel|shipment|delivery)|track (?:my|it|the) ?(?:order|package|parcel)?|order status|(?:when will|has|did|is) (?:my|the) (?:order|package|parcel|books?|delivery)|what (?:did|have) i (?:order|buy|bought|ordered)|order history|purchase history|have i ordered|my purchases|what i (?:ordered|bought))\b|(?:私|僕|自分)の注文|注文(?:状況|履歴|した(?:本|もの|商品|漫画)|は(?:どこ|どうな|今|いつ)|の(?:状況|状態))|(?:荷物|商品|本|注文(?:品|した本)?)(?:は|が)?(?:どこ|いつ届|まだ届|届かな|届いて(?:い)?な)|購入履歴|いつ届(?:く|き)ます|配送状況|何を(?:注文|買)",
        ),
        order_rules: regex(
            r"\b(?:cancel|return|refund|exchange|change|modify|edit|add to|combine|merge|how (?:do|can|to)|can i|could i|possible|what if|policy|invoice|receipt|address|gift|wrap|wrong|damaged|missing|lost|torn|broken|delete|never (?:came|arrived)|not arrived|minimum)\b|キャンセル|返品|返金|交換|変更|方法|できます|領収書|破損|間違|どうすれば|やり方|まとめ|住所",
        ),
        wishlist: regex(
            r"\b(?:(?:what(?:'s| is)?|show|see|anything|list|which) .*(?:my )?wish ?list|my wish ?list)\b|(?:ほしい|欲しい)物?もの?リスト|ウィッシュリスト",
        ),
        discovery: regex(
            r"\b(?:recommend\w*|suggest\w*|recs?|looking for|look for|find me|something|anything|what (?:should|could|can|do) (?:i|we) read|what to read|similar|in the mood|i(?:'m| am)? into|i (?:want|need|wanna|would like|'d like)(?: to read)? (?:a |an |some )?|any (?:good )?(?:\w+[ -]){0,3}(?:manga|series|titles|books)|do you have (?:any|some)|which (?:manga|series)|what (?:manga|series)|best|top|popular|favou?rites?|show me|give me|got any|give (?:as|for)|gift for|present for|next read|what else|if i (?:like|love)d?|for (?:a )?beginners?|new to manga|first manga|surprise me)\b|おすすめ|オススメ|お勧め|お薦め|探して|さがして|読みたい|何か|なにか|似た|みたいな|のような|っぽい|人気|ランキング|ありませんか|ある\?|教えて.*(?:漫画|マンガ|作品)|面白い(?:漫画|マンガ|作品)|おもしろい(?:漫画|マンガ|作品)|(?:漫画|マンガ|作品)(?:は|って)?(?:ある|あり|ない|な[いん]|を|教)|初心者|プレゼント|次に読む|が好き",
        ),
        policy: regex(
            r"\b(?:return|returns|returning|refund\w*|shipping|ship|ships|delivery|deliver|delivered|postage|customs|import|duty|duties|pay|paying|payments?|paypal|paypay|credit card|visa|konbini|cash|cancel\w*|exchange|exchanges|gift cards?|gift wrap\w*|wrapping|coupons?|promo|discount codes?|points|loyalty|account|password|log ?in|sign ?(?:in|up)|email|newsletter|privacy|cookies?|data|pre-?orders?|pick ?up|opening hours|open|store|shop|invoice|receipt|warranty|damaged|torn|broken|defect\w*|misprint|used|second.?hand|condition|grading|wholesale|bulk|library|student|phone|contact|complain\w*|digital|e-?books?|kindle|box ?sets?|omnibus|hardcover|signed|english edition|translated|translations?|censored|uncensored|authentic|fake|bootleg|read(?:ing)? (?:direction|right to left)|accessib\w*|carbon|eco|job|jobs|hiring|events?|app)\b|返品|返金|送料|配送|発送|配達|届け|関税|支払|決済|クレジット|コンビニ|現金|キャンセル|取り消|交換|ギフトカード|ギフト券|ラッピング|包装|クーポン|割引|ポイント|アカウント|会員|パスワード|ログイン|メール|個人情報|プライバシー|クッキー|予約|受け取り|営業時間|店舗|領収書|破損|不良|乱丁|落丁|中古|状態|卸|まとめ買い|学割|電話|問い合わせ|電子書籍|電子版|ボックスセット|全巻セット|サイン|英語版|翻訳|無修正|正規|偽物|読む方向|求人|採用|アプリ|住所|退会|解約",
        ),
        pronoun: regex(
            r"\b(?:it|its|it's|this|that one|this one|the (?:first|second|third|fourth|fifth|last) (?:one|title|manga|series)?|them|they|those|these|that series|this series|that manga|this manga|number (?:one|two|three|four|five|[1-5]))\b|(?:これ|それ|あれ|この(?:漫画|マンガ|作品|本|シリーズ)|その(?:漫画|マンガ|作品|本|シリーズ)|[一二三四五1-5](?:つ|番)目|最初の(?:やつ|もの|作品)?|最後の(?:やつ|もの|作品))",
        ),
        more: regex(
            r"\b(?:more|others?|another(?: one)?|what else|anything else|something else|different ones?|next|else|other (?:options|suggestions|recommendations|ones)|keep going)\b|ほかに|他に|ほかの|他の|もっと|別の|そのほか|それ以外|もう(?:ひとつ|一つ|少し)",
        ),
        instead: regex(
            r"^(?:and |ok(?:ay)? |ok(?:ay)?, |then )?(?:what|how) about\b|\binstead\b|^(?:じゃあ|では|それなら)|(?:は|なら)\?$",
        ),
        change: regex(
            r"^(?:and|but|what about|how about|okay but|ok but|and what about|only|also|instead|without|with|no|not|hmm|fewer|less|can you make it|make it|ones?|i(?:'d| would) prefer|preferably|ideally)\b|^(?:でも|じゃあ|では|それなら|あと|それと|できれば|ただ|あとは)|(?:のは|やつは|のが(?:いい|よい|好き)|がいい(?:です|な)?)[。?!]?$|(?:は|なら)\?$",
        ),
    }
});

/// The order numbers in a normalised text, as orders are numbered.
pub(super) fn order_numbers(normal: &str) -> Vec<String> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        // ASCII boundaries: in Japanese the number's neighbours are letters.
        Regex::new(
            r"(?-u:\b)ma[-‐ ]?(\d{4,10})(?-u:\b)|(?:\border|注文)(?: number| no\.?| #|番号)?[ :#は]*(\d{5,10})(?-u:\b)",
        )
            .expect("a test compiles it")
    });
    let mut found: Vec<String> = Vec::new();
    for captures in NUMBER.captures_iter(normal) {
        if let Some(digits) = captures.get(1).or_else(|| captures.get(2)) {
            let number = format!("MA-{}", digits.as_str());
            if !found.contains(&number) && found.len() < ORDERS_MAX {
                found.push(number);
            }
        }
    }
    found
}

/// Most order numbers of one text that are looked up.
const ORDERS_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        LazyLock::force(&ASPECTS);
        LazyLock::force(&CUES);
    }

    #[test]
    fn order_numbers_are_found_however_they_are_written() {
        assert_eq!(order_numbers("where is ma-10001 and ma 10002?"), ["MA-10001", "MA-10002"]);
        assert_eq!(order_numbers("order number 10007"), ["MA-10007"]);
        assert_eq!(order_numbers("注文番号は10007です"), ["MA-10007"]);
        assert!(order_numbers("mama 10001, 500 pages").is_empty());
    }

    #[test]
    fn a_particular_question_is_not_about_the_story() {
        assert_eq!(aspects("how much is it about"), [Aspect::Price]);
        assert_eq!(aspects("what is it about"), [Aspect::Synopsis]);
        assert_eq!(aspects("how much would the whole set cost?"), [Aspect::SetPrice]);
        assert_eq!(aspects("全何巻ですか?在庫は?"), [Aspect::Stock, Aspect::Volumes]);
    }
}
