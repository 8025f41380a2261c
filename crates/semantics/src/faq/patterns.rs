//! The forms of words by which the [guards](super::Guard) know a question: data for [`Forms`](super::Forms), which compiles
//! them. English patterns are matched on the words of normalised text, Japanese ones anywhere in it.

/// A sequence of words: `a|b` is either word, `*` up to two words of any kind, `^` the start and `$` the end of the text,
/// `!a` any other word, `#` a number.
pub(super) type Pattern = &'static [&'static str];

/// What a shopper has under way with a shop.
pub(super) const OWN: &str = "order|orders|parcel|parcels|package|packages|shipment|delivery|refund|return|preorder|pre-order|\
payment|item|items|stuff|book|books|purchase|exchange|subscription|balance|cancellation";

/// The state of what is the shopper's own, or a change to it.
#[rustfmt::skip]
pub(super) const PERSONAL: &[Pattern] = &[
    &["where", "is|are|s", "my|mine", "*", OWN],
    &["where", "my", "*", OWN],
    &["wheres", "my"],
    &["status", "of|on|for", "my|mine"],
    &["my", "*", OWN, "status"],
    &["^", "has|have|did|was|were|is|are|will", "my", "*", OWN],
    &["^", "did|has", "my"],
    &["^", "when|where", "did", "i"],
    &["how", "many", "of", "my"],
    &["when", "will|does|is|should|do|are", "my", "*", OWN],
    &["when", "will|do|can", "i", "get|receive|have", "my", "*", OWN],
    &["how", "many|much", "*", "do", "i", "*", "have"],
    &["what|whats", "in|on", "my"],
    &["what|whats", "is|are|s", "in|on", "my"],
    &["what|whats", "is|are|was|s", "my", "*", "balance|points|total|number|status|address|order|orders"],
    &["whats", "my", "*", "balance|points|total|number|status|address|order|orders"],
    &["what", "did|have", "i", "*", "order|ordered|buy|bought|purchase"],
    &["have|did", "you", "*", "shipped|sent|dispatched|received|processed|refunded|ship|send|dispatch|receive|process|refund|get", "my"],
    &["^", "track|check|find|cancel|change|update|refund|return|show|locate|reschedule|read|list|tell|give|delete|remove", "*", "my|mine", "*", OWN],
    &["can|could|would|will|please|pls", "you", "*", "track|check|find|cancel|look|change|update|refund|locate|show|read", "*", "my", "*", OWN],
    &["please|pls", "*", "track|check|find|cancel|change|update|refund|locate", "*", "my", "*", OWN],
    &["i", "want", "to", "track|check|cancel|change", "my", "*", OWN],
    &["about|regarding", "my", "*", "order|refund|return|delivery|shipment|package|parcel", "$"],
    &["my", "last|latest|recent|previous|current", "*", OWN],
    &["my", "*", "*", "exactly|precisely|yet"],
];

#[rustfmt::skip]
pub(super) const PERSONAL_JA: &[&str] = &[
    "私の注文", "僕の注文", "俺の注文", "自分の注文", "私の荷物", "僕の荷物", "自分の荷物", "私の返金", "僕の返金", "私の返品", "私のポイント",
    "僕のポイント", "自分のポイント", "私の予約", "僕の予約", "私の商品", "私の本", "わたしの注文", "私が注文した", "僕が注文した", "先日注文した",
    "昨日注文した", "先週注文した", "この前注文した", "注文状況を確認して", "配送状況を確認して", "注文を確認して", "注文をキャンセルして", "ポイントはいくつ",
    "ポイント残高を", "残高を教え", "前回の注文", "前回注文", "最後の注文", "直近の注文", "もう発送されましたか", "もう発送した", "発送済みですか",
    "まだ届きません", "まだ届かない", "カートに何が", "カートの中身", "今何ポイント",
];

/// Personal unless it asks how one can see the state.
pub(super) const STATE_JA: &[&str] = &["今どこ", "いまどこ"];
/// How one can see the state.
pub(super) const STATE_NOT_JA: &[&str] =
    &["方法", "どうやって", "どうすれば", "どこで", "仕方", "できますか"];

/// Something to read or buy.
#[rustfmt::skip]
pub(super) const DISCOVERY: &[Pattern] = &[
    &["recommend|suggest", "me|us|a|an|some|something|any|good"],
    &["can|could|would|please", "*", "recommend|suggest", "!your"],
    &["any|some|need|want|your|give", "*", "recommendations|suggestions|recs", "$"],
    &["any|some|need|want|give", "*", "recommendations|suggestions|recommendation|suggestion|recs", "for|on|please"],
    &["something|anything|series|books|book|titles|title|stuff|one|ones|manga|comic|comics", "*", "like|similar", "!this"],
    &["similar", "to"],
    &["what|which", "*", "should", "i", "read|watch|buy|start|try"],
    &["what", "to", "read|buy|watch", "*", "next|after|$"],
    &["looking", "for", "a|an|some|something|good|new"],
    &["in", "the", "mood", "for"],
    &["best|good|great|popular|top", "*", "series|books|book|titles|novel|novels|comic|comics|manga", "for|about|to|with|like|$"],
    &["i", "like|liked|love|loved|enjoyed|finished|read", "!to", "*", "*", "what|anything|something|similar|now|more"],
    &["^", "cheapest|newest|longest|shortest|latest|biggest|hottest|coolest", "*", "*"],
    &["what|whats|which", "*", "cheapest|newest|longest|shortest|latest|hottest"],
    &["show", "me", "*", "*", "series|books|titles|comics|products|items"],
];

#[rustfmt::skip]
pub(super) const DISCOVERY_JA: &[&str] = &[
    "おすすめを", "おすすめの", "おすすめは", "おすすめある", "おすすめして", "おすすめが", "オススメ", "お勧めの", "お勧めは", "お薦め", "みたいな", "に似た",
    "似ている作品", "のような作品", "のような本", "面白い本", "面白い作品", "おもしろい", "何を読めば", "何から読", "何か読み", "何を買えば", "人気の作品",
    "人気の本", "を探しています", "を探してる", "好きなんだけど", "が好きなのですが", "が好きです", "が好きなん",
];

/// Asks how recommending works, not for a recommendation.
pub(super) const DISCOVERY_NOT_JA: &[&str] =
    &["選ばれて", "仕組み", "どうやって決", "オフに", "おすすめ機能"];

/// No sense without what was said before.
#[rustfmt::skip]
pub(super) const LEANS: &[Pattern] = &[
    &["^", "and|but|also|then|or", "*", "*", "*", "$"],
    &["^", "and|but", "for|if|what|how|the|can|is|do|does|to|in|when"],
    &["^", "what|how", "about"],
    &["^", "same", "*", "for|with|thing|question"],
    &["that|this|other|first|second|last|previous|cheaper|latter|former", "one|ones"],
    &["for|about|with|of|on|by|like|to|from|in", "that|those|these|them|this", "$"],
    &["^", "why|how|when|where|who", "is|does|so|not|was|did|would|will|come", "it|that|this|they|not", "$"],
    &["you", "just", "said|told|mentioned"],
    &["as", "you", "said"],
    &["the", "same", "*", "for"],
    &["^", "why|how|when|where|really|which|who", "$"],
    &["^", "why|how|when|where|if", "not|so|then|come", "$"],
    &["^", "the", "other|same|first|second|last|next|previous", "*", "$"],
    &["^", "same", "*", "$"],
    &["^", "how", "much|long|many|come|so|far|often", "$"],
    &["how", "much|long|many", "is|does|are|do|would|will", "it|that|this|they|those", "*", "$"],
];

#[rustfmt::skip]
pub(super) const LEANS_JA: &[&str] = &[
    "それは", "これは", "あれは", "それって", "これって", "その場合", "それだと", "それなら", "さっきの", "先ほどの", "それで", "それに", "じゃあ",
    "じゃ、", "では、", "そっち", "こっち", "もう一つの", "もうひとつの", "それを", "これを", "それの", "その後", "同じく", "もっと", "そちらは",
    "こちらは", "その商品", "その本", "それも", "これも",
];

/// Begins with a pronoun as its subject: it leans when it names next to nothing itself.
#[rustfmt::skip]
pub(super) const PRONOUN_FIRST: &[Pattern] = &[
    &["^", "is|does|do|will|can|was|are|would|has|when|where|why|how", "*", "it|that|this|they|those|these"],
];

/// At most so many characters lean in Japanese: a longer question says what it is about.
pub(super) const LEANS_JA_CHARS_MAX: usize = 16;
/// `AはB?` without a verb, at most so many characters: "日本は?"
pub(super) const BARE_TOPIC_CHARS_MAX: usize = 5;

/// Words that begin a question.
#[rustfmt::skip]
pub(super) const OPENERS: &[&str] = &[
    "how", "what", "whats", "when", "where", "why", "who", "which", "do", "does", "did", "can", "could",
    "is", "are", "will", "would", "should", "may", "must", "has", "have",
];

/// What the shopper does not want. `n't` is read as `not`.
#[rustfmt::skip]
pub(super) const DECLINES: &[Pattern] = &[
    &["^", "do", "not", "!you|i|we|they|u"],
    &["i", "do", "not", "want|need|like|care"],
    &["i", "dont|didnt", "want|need|like|care"],
    &["not", "asking|interested|looking|talking"],
    &["^", "not", "about"],
    &["stop|quit", "telling|asking|sending|showing|talking|saying|offering|giving|suggesting|recommending"],
    &["^", "it", "is|s", "not", "a|an"],
    &["^", "no", "need"],
    &["please", "do", "not"],
];

#[rustfmt::skip]
pub(super) const DECLINES_JA: &[&str] = &[
    "しないで", "なくていい", "なくて結構", "いりません", "いらないです", "要りません", "不要です", "したくな", "必要ありません", "つもりはな", "興味はあり",
    "興味がな", "つもりはあり", "と言っていな", "聞いていません", "聞いてるんじゃ",
];

/// How things are now.
#[rustfmt::skip]
pub(super) const MOMENTS: &[Pattern] = &[
    &["today|tonight|todays|tomorrow|currently"],
    &["right", "now"],
    &["at", "the", "moment"],
    &["this", "weekend|evening|afternoon"],
];

#[rustfmt::skip]
pub(super) const MOMENTS_JA: &[&str] = &[
    "今日の", "今日は", "本日", "明日", "現在の", "今夜",
];

/// Names that are not also common words or ways to pay.
#[rustfmt::skip]
pub(super) const COMPANIES: &[&str] = &[
    "adidas", "airbnb", "aliexpress", "amazon", "amazons", "android", "bestbuy", "booking.com", "chatgpt",
    "costco", "crunchyroll", "disney", "ebay", "etsy", "expedia", "facebook", "fedex", "gmail", "google",
    "hulu", "icloud", "ikea", "instagram", "linkedin", "lyft", "mcdonalds", "microsoft", "netflix", "nike",
    "nintendo", "outlook", "playstation", "primevideo", "rakuten", "reddit", "samsung", "shein", "snapchat",
    "spotify", "starbucks", "steam", "telegram", "temu", "tesla", "tiktok", "twitch", "twitter", "uber",
    "walmart", "whatsapp", "windows", "xbox", "yahoo", "youtube", "zalando", "zara",
];

#[rustfmt::skip]
pub(super) const COMPANIES_JA: &[&str] = &[
    "アマゾン", "楽天", "ヤフー", "グーグル", "ネットフリックス", "スポティファイ", "ユーチューブ", "インスタ", "ツイッター", "フェイスブック", "メルカリ",
    "ユニクロ", "スターバックス", "マクドナルド", "任天堂", "プレイステーション", "ドコモ", "ソフトバンク", "gmail", "amazon", "netflix",
    "google", "youtube", "steam", "ディズニー",
];

/// Orders to a language model.
#[rustfmt::skip]
pub(super) const INSTRUCTS: &[Pattern] = &[
    &["ignore|disregard|forget|override|bypass", "*", "instructions|instruction|rules|prompt|prompts|guidelines"],
    &["system", "prompt|message"],
    &["you", "are", "now"],
    &["from", "now", "on"],
    &["repeat", "after|everything|this|the"],
    &["act|behave|respond|reply", "as", "if|a|an"],
    &["pretend", "to|you|that"],
    &["admin|developer|debug|god", "mode"],
];

#[rustfmt::skip]
pub(super) const INSTRUCTS_JA: &[&str] = &[
    "指示を無視", "命令を無視", "指示は無視", "ルールを無視", "システムプロンプト", "として振る舞", "になりきって", "と全員に答え",
];

/// Characters of code and markup; a question has one of them at most.
pub(super) const CODE_CHARS: [char; 9] = ['{', '}', '[', ']', '<', '>', '\\', '|', '^'];
/// From so many on, a text is written for a machine.
pub(super) const CODE_CHARS_MIN: usize = 2;

/// Words that negate what they stand beside.
pub(super) const NEGATIONS: &str = "not|no|never|without|cannot|cant|dont|nothing|nobody";
/// What does not happen when something fails: "it does not work" complains, and asks what "it is broken" asks.
pub(super) const FAILURES: &str = "work|works|working|arrive|arrives|arrived|arriving|receive|received|receiving|come|came|\
coming|show|shows|showing|appear|appeared|appearing|let|letting|recognise|recognize|remember|know|understand|see|find|\
load|loads|loading|respond|responding|connect|connecting|charging|updating|moving|cleared";
/// Subjects of a question: "can't I", "don't you".
pub(super) const SUBJECTS: &str = "i|you|we|it";
/// Endings that negate a Japanese verb; 不 and 未 are content of their own.
#[rustfmt::skip]
pub(super) const NEGATIONS_JA: &[&str] = &[
    "ない", "ません", "なかった", "ずに", "なく", "なけれ", "なし",
];
/// Negative in form alone: polite requests, "must", "may".
#[rustfmt::skip]
pub(super) const NOT_NEGATIONS_JA: &[&str] = &[
    "ないといけ", "なければなり", "なければいけ", "なくてはいけ", "もらえませんか", "くれませんか", "いただけませんか", "すみません", "かもしれません",
];

/// Ends of Japanese questions.
#[rustfmt::skip]
pub(super) const QUESTION_ENDS_JA: &[&str] = &[
    "ますか", "ですか", "でしょうか", "ませんか",
];
/// One question with two halves.
#[rustfmt::skip]
pub(super) const EITHER_JA: &[&str] = &[
    "それとも",
];
