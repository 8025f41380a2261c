use super::*;

#[test]
fn a_sentence_ends_where_it_ends() {
    fn end(text: &str) -> Option<&str> {
        sentence_end(text).map(|at| &text[..at])
    }
    assert_eq!(end("It costs $9.50. And"), Some("It costs $9.50. "));
    assert_eq!(end("It costs $9."), None, "more digits may come");
    assert_eq!(end("はい。そう"), Some("はい。"));
    assert_eq!(end("\n- one\n- two"), Some("\n- one\n"));
    assert_eq!(end("no end"), None);
}

#[test]
fn what_is_held_back_is_bounded() {
    let long = "word ".repeat(HOLD_BACK_CHARS_MAX);
    let end = sentence_end(&long).unwrap();
    assert!(end <= HOLD_BACK_CHARS_MAX && long[..end].ends_with(' '));
    assert_eq!(sentence_end(&"あ".repeat(HOLD_BACK_CHARS_MAX)), Some(HOLD_BACK_CHARS_MAX * 3));
}

#[test]
fn amounts_are_compared_as_amounts() {
    let read = |text: &str| PATTERNS.money.captures(text).and_then(|found| amount(&found));
    assert_eq!(read("$1,299.00").as_deref(), Some("1299"));
    assert_eq!(read("11.99ドル").as_deref(), Some("11.99"));
    assert_eq!(read("11.99 dollars").as_deref(), Some("11.99"));
}
