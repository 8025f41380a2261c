//! The closed list of genres: what the catalogue calls them, what an answer calls them, and what shoppers do.

use chat::Language;
use serde::Deserialize;

macro_rules! genres {
    ($($variant:ident = $key:literal, $en:literal, $ja:literal, [$($word:literal),*];)+) => {
        /// A genre of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        pub(crate) enum Genre {
            $(#[serde(rename = $key)] $variant,)+
        }

        impl Genre {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// As the catalogue writes it.
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// As an answer writes it.
            pub(crate) const fn name_in(self, language: Language) -> &'static str {
                match language {
                    Language::En => match self { $(Self::$variant => $en,)+ },
                    Language::Ja => match self { $(Self::$variant => $ja,)+ },
                }
            }

            /// As a thing that two series share.
            pub(crate) const fn noun_in(self, language: Language) -> &'static str {
                match (self, language) {
                    (Self::Psychological, Language::En) => "psychological tension",
                    (Self::Supernatural, Language::En) => "the supernatural",
                    (Self::Historical, Language::En) => "a historical setting",
                    (Self::SliceOfLife, Language::En) => "everyday life",
                    (Self::Thriller, Language::En) => "suspense",
                    _ => self.name_in(language),
                }
            }

            /// As shoppers write it, beside its names.
            pub(crate) const fn words(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($word),*],)+ }
            }
        }
    };
}

genres! {
    Action = "action", "action", "アクション", ["fights", "fighting", "バトル", "格闘もの"];
    Adventure = "adventure", "adventure", "冒険", ["adventures", "アドベンチャー"];
    Comedy = "comedy", "comedy", "コメディ", ["comedies", "funny", "humor", "humour", "hilarious", "make me laugh", "gag manga", "コメディー", "ギャグ", "笑える", "面白おかしい", "お笑い"];
    Drama = "drama", "drama", "ドラマ", ["dramas", "dramatic", "ヒューマンドラマ", "人間ドラマ", "泣ける"];
    Fantasy = "fantasy", "fantasy", "ファンタジー", ["fantasies", "swords and sorcery", "ファンタジ"];
    Historical = "historical", "historical", "歴史", ["history", "period drama", "period piece", "時代劇", "時代もの", "歴史もの", "戦国"];
    Horror = "horror", "horror", "ホラー", ["scary", "creepy", "terrifying", "frightening", "怖い", "こわい", "恐怖", "怪談"];
    Isekai = "isekai", "isekai", "異世界", ["another world", "異世界転生", "転生もの"];
    MartialArts = "martial-arts", "martial arts", "格闘", ["martial art", "kung fu", "karate", "武術", "格闘技"];
    Mecha = "mecha", "mecha", "ロボット", ["giant robot", "giant robots", "メカ", "巨大ロボット"];
    Mystery = "mystery", "mystery", "ミステリー", ["mysteries", "detective", "whodunit", "crime", "推理", "ミステリ", "探偵", "謎解き"];
    Psychological = "psychological", "psychological", "心理", ["psychology", "mind games", "サイコ", "心理戦", "頭脳戦", "心理描写"];
    Romance = "romance", "romance", "恋愛", ["romances", "romantic", "love story", "love stories", "romcom", "rom com", "ラブストーリー", "ラブコメ", "恋愛もの", "恋"];
    School = "school", "school life", "学園", ["school", "high school", "highschool", "学校", "高校", "青春", "学園もの"];
    SciFi = "sci-fi", "science fiction", "SF", ["sci fi", "scifi", "sf", "science fiction", "cyberpunk", "space opera", "サイエンスフィクション", "サイバーパンク", "近未来"];
    SliceOfLife = "slice-of-life", "slice of life", "日常", ["everyday life", "daily life", "cozy", "cosy", "relaxing", "wholesome", "heartwarming", "feel good", "日常系", "ほのぼの", "癒し", "癒やし", "癒される"];
    Sports = "sports", "sports", "スポーツ", ["sport", "スポ根", "スポーツもの", "部活"];
    Supernatural = "supernatural", "supernatural", "超常", ["paranormal", "occult", "ghosts", "ghost stories", "オカルト", "超能力", "怪異"];
    Thriller = "thriller", "thriller", "サスペンス", ["thrillers", "suspense", "suspenseful", "スリラー"];
    Music = "music", "music", "音楽", ["musical", "musicians", "バンド", "演奏"];
    Cooking = "cooking", "cooking", "料理", ["food", "culinary", "cuisine", "グルメ", "食べ物", "ごはん"];
    Game = "game", "games", "ゲーム", ["board game", "video games", "esports", "ボードゲーム", "勝負"];
}

/// Themes as Japanese answers and Japanese shoppers name them: catalogue themes are English.
pub(crate) const THEMES_JA: &[(&str, &str)] = &[
    ("friendship", "友情"),
    ("first love", "初恋"),
    ("growing up", "成長"),
    ("coming of age", "成長"),
    ("revenge", "復讐"),
    ("survival", "サバイバル"),
    ("magical girl", "魔法少女"),
    ("love triangle", "三角関係"),
    ("rivals", "ライバル"),
    ("rivalry", "ライバル"),
    ("family", "家族"),
    ("found family", "疑似家族"),
    ("vampires", "吸血鬼"),
    ("vampire", "吸血鬼"),
    ("baseball", "野球"),
    ("soccer", "サッカー"),
    ("basketball", "バスケ"),
    ("volleyball", "バレーボール"),
    ("tennis", "テニス"),
    ("boxing", "ボクシング"),
    ("football", "フットボール"),
    ("shogi", "将棋"),
    ("time travel", "タイムトラベル"),
    ("time slip", "タイムスリップ"),
    ("psychic powers", "超能力"),
    ("gambling", "ギャンブル"),
    ("grief", "喪失"),
    ("college life", "大学生活"),
    ("demons", "悪魔"),
    ("reincarnation", "転生"),
    ("childhood friends", "幼なじみ"),
    ("childhood friend", "幼なじみ"),
    ("journey", "旅"),
    ("travel", "旅"),
    ("ambition", "野心"),
    ("father and son", "父と子"),
    ("loneliness", "孤独"),
    ("yokai", "妖怪"),
    ("ninja", "忍者"),
    ("samurai", "侍"),
    ("delinquents", "不良"),
    ("unrequited love", "片思い"),
    ("marriage", "結婚"),
    ("conspiracy", "陰謀"),
    ("post-apocalypse", "終末世界"),
    ("end of the world", "終末"),
    ("immortality", "不死"),
    ("brothers", "兄弟"),
    ("sisters", "姉妹"),
    ("home cooking", "家庭料理"),
    ("mind games", "頭脳戦"),
    ("debt", "借金"),
    ("bullying", "いじめ"),
    ("idols", "アイドル"),
    ("band", "バンド"),
    ("jazz", "ジャズ"),
    ("piano", "ピアノ"),
    ("robots", "ロボット"),
    ("monsters", "怪物"),
    ("cyborgs", "サイボーグ"),
    ("zombies", "ゾンビ"),
    ("pirates", "海賊"),
    ("vikings", "ヴァイキング"),
    ("yakuza", "ヤクザ"),
    ("maid", "メイド"),
    ("otaku", "オタク"),
    ("medicine", "医療"),
    ("medical ethics", "医療"),
    ("war", "戦争"),
    ("mountaineering", "登山"),
    ("office romance", "職場恋愛"),
    ("edo period", "江戸時代"),
    ("victorian england", "ヴィクトリア朝"),
    ("ancient rome", "古代ローマ"),
    ("cats", "猫"),
    ("cat", "猫"),
    ("dogs", "犬"),
    ("cycling", "自転車"),
    ("swimming", "水泳"),
    ("art", "美術"),
    ("childcare", "子育て"),
    ("superheroes", "ヒーロー"),
    ("death game", "デスゲーム"),
    ("treasure hunt", "宝探し"),
];

/// A theme in the answer's language; none when it has no Japanese name yet.
pub(crate) fn theme_in(theme: &str, language: Language) -> Option<&str> {
    match language {
        Language::En => Some(theme),
        Language::Ja => THEMES_JA.iter().find(|(en, _)| *en == theme).map(|(_, ja)| *ja),
    }
}
