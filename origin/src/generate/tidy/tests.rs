use proptest::prelude::*;

use super::*;

/// What comes out of a text that comes in these pieces: the text, and the numbers of its marks.
fn tidied<'t>(pieces: impl IntoIterator<Item = &'t str>) -> (String, Vec<usize>) {
    let mut tidy = Tidy::default();
    let mut all: Vec<Tidied> = pieces.into_iter().flat_map(|piece| tidy.push(piece)).collect();
    all.extend(tidy.finish());
    let (mut text, mut numbers) = (String::new(), Vec::new());
    for one in all {
        match one {
            Tidied::Text(more) => text.push_str(&more),
            Tidied::Marks(more) => numbers.extend(more),
            Tidied::Code => {}
        }
    }
    (text, numbers)
}

fn check(input: &str, text: &str, numbers: &[usize]) {
    assert_eq!(tidied([input]), (text.to_owned(), numbers.to_vec()), "{input:?}");
    let chars: Vec<String> = input.chars().map(String::from).collect();
    assert_eq!(
        tidied(chars.iter().map(String::as_str)),
        (text.to_owned(), numbers.to_vec()),
        "{input:?}, cut"
    );
}

#[test]
fn marks_are_taken_out_and_counted() {
    check("Monster costs $11.99 [1].", "Monster costs $11.99.", &[1]);
    check("It costs $9. [1] It is in stock.[2][3] Good.", "It costs $9. It is in stock. Good.", &[1, 2, 3]);
    check("- [1] Monster\n- [2] Nana", "- Monster\n- Nana", &[1, 2]);
    check("[1] Monster", "Monster", &[1]);
    check("a [1, 2], [3] b", "a b", &[1, 2, 3]);
    check("as recorded ([1]), yes", "as recorded, yes", &[1]);
    check("See [12](/series/monster) too", "See too", &[12]);
    check("Ends [4]", "Ends", &[4]);
}

#[test]
fn marks_in_japanese_brackets_and_digits_are_marks() {
    check("1巻11.99ドルです【1】。在庫あり［２］", "1巻11.99ドルです。在庫あり", &[1, 2]);
    check("『MONSTER』です（［１］）。", "『MONSTER』です。", &[1]);
    check("【1、２】です", "です", &[1, 2]);
}

#[test]
fn what_is_in_brackets_and_no_mark_stays() {
    for text in [
        "so he says [sic] it",
        "in [1994] it began",
        "【重要】",
        "[ ]",
        "[a1]",
        "x[",
        "(see below)",
        "(",
        "[1",
    ] {
        check(text, text, &[]);
    }
}

#[test]
fn links_into_the_shop_stay_and_others_lose_their_target() {
    let own = "Read [Shipping](/policies/shipping#free-shipping) first.";
    check(own, own, &[]);
    check("Buy [here](https://evil.example/a) now", "Buy here now", &[]);
    check("Buy [here](//evil.example) or [there](/\\evil.example)", "Buy here or there", &[]);
    check("a [b](javascript:alert) c", "a b c", &[]);
    check("a [b]( https://evil.example ) c", "a b c", &[]);
    check("see [b](https://evil.example/hal", "see b", &[]);
    check("[a [b](https://evil.example)", "[a b", &[]);
    let long = format!("[{}]", "long ".repeat(60));
    check(&format!("{long}(https://evil.example)"), &long, &[]);
}

#[test]
fn a_target_without_an_end_is_left_out() {
    let input = format!("a [b](https://evil.example/{}) c", "x".repeat(1_000));
    let (text, _) = tidied([input.as_str()]);
    assert!(!text.contains("evil") && text.ends_with(" c"), "{text}");
}

#[test]
fn bare_addresses_are_left_out() {
    check("See https://evil.example/a?b=1. Then", "See . Then", &[]);
    check("HTTP://evil.example is it", "is it", &[]);
    check("hot and http are words", "hot and http are words", &[]);
    check("次へhttps://evil.example、です", "次へ、です", &[]);
}

#[test]
fn images_and_tags_are_left_out() {
    check("A ![cover](https://evil.example/p.png) B", "A B", &[]);
    check("A <b>bold</b> <script src=\"x\">alert</script>!", "A bold alert!", &[]);
    check("one<br>two<br/>three", "one\ntwo\nthree", &[]);
    check("I <3 it, 1 < 2", "I <3 it, 1 < 2", &[]);
    check("Wow! [sic]", "Wow! [sic]", &[]);
}

#[test]
fn headings_quotations_and_fences_lose_their_marks() {
    check("## Title\nText # no\n> said\n```json\ncode\n```\nend", "Title\nText # no\nsaid\ncode\nend", &[]);
    check("#1 of all\n`code` stays", "#1 of all\n`code` stays", &[]);
}

#[test]
fn a_fence_is_told_where_it_begins_however_it_is_cut() {
    for pieces in [&["Here:\n```python\nprint(1)"][..], &["Here:\n`", "`", "`py", "thon\nprint(1)"]] {
        let mut tidy = Tidy::default();
        let mut all: Vec<Tidied> = pieces.iter().flat_map(|piece| tidy.push(piece)).collect();
        all.extend(tidy.finish());
        let at = all.iter().position(|one| *one == Tidied::Code).expect("it is told");
        let before =
            all[..at].iter().map(|one| if let Tidied::Text(text) = one { text.as_str() } else { "" });
        assert_eq!(before.collect::<String>(), "Here:\n");
    }
    assert!(!Tidy::default().push("`code` and ``more`` stay\n`").contains(&Tidied::Code));
}

#[test]
fn what_cannot_be_seen_is_left_out() {
    check("a\u{200b}b\u{202e}c\r\nd", "abc\nd", &[]);
}

#[test]
fn what_is_held_back_is_bounded() {
    for piece in ["[", "(", "<a ", "h", " ", "![x", "](", "[b](x", "#", "`", "[1]", ", [1]", "https://a."] {
        let mut tidy = Tidy::default();
        for _ in 0..2_000 {
            tidy.push(piece);
            assert!(tidy.held.chars().count() <= 600, "{piece}: {}", tidy.held.len());
        }
    }
}

proptest! {
    #[test]
    fn where_a_text_is_cut_changes_nothing(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", "(", ")", "【", "】", "［", "］", "（", "）", "1", "２", "12", "1234", ",", "、", " ", "  ", "\n",
                "a", "h", "http", "https://", "x.y/z", ".", "!", "<", ">", "br", "/", "/path", "#", "##", "`", "```", "漫画",
                "。", "[1]", " [2]", "([3])", "[a](/b)", "[a](https://b)", "![c](d)", "\t", "\u{200b}",
            ]),
            0..24,
        ),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let text: String = parts.concat();
        let whole = tidied([text.as_str()]);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        at.retain(|at| text.is_char_boundary(*at));
        at.sort_unstable();
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in at {
            pieces.push(&text[start..end]);
            start = end;
        }
        pieces.push(&text[start..]);
        prop_assert_eq!(tidied(pieces), whole.clone(), "{:?}", text);
        let chars: Vec<String> = text.chars().map(String::from).collect();
        prop_assert_eq!(tidied(chars.iter().map(String::as_str)), whole, "{:?}", text);
    }
}
