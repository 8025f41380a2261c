//! Text into search terms, the same for the index and for a question: English stems without stop words; pairs of Japanese
//! characters, without pairs that are all hiragana, which are grammar more often than content.

use semantics::text::{Script, TokenKind, fold_kana, is_stop_word, normalise, stem, tokens, without_joints};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The terms of a text, in order.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let normal = normalise(text);
    let mut out = Vec::new();
    let mut run: Vec<(char, Script)> = Vec::new();
    for token in tokens(&normal) {
        match token.kind {
            TokenKind::Japanese(script) => {
                if !token.joined {
                    flush(&mut run, &mut out);
                }
                run.extend(token.text.chars().map(|c| (fold_kana(c), script)));
                continue;
            }
            TokenKind::Word if is_stop_word(token.text) => {}
            TokenKind::Word => out.push(stem(&without_joints(token.text))),
            TokenKind::Number | TokenKind::Other => out.push(token.text.to_owned()),
        }
        flush(&mut run, &mut out);
    }
    flush(&mut run, &mut out);
    out
}

/// The pairs of a run of Japanese, and a kanji that stands alone.
fn flush(run: &mut Vec<(char, Script)>, out: &mut Vec<String>) {
    for pair in run.windows(2) {
        if pair.iter().any(|(_, script)| *script != Script::Hiragana) {
            out.push(pair.iter().map(|(c, _)| *c).collect());
        }
    }
    let alone = |at: usize| {
        let kanji = |at: usize| run.get(at).is_some_and(|(_, script)| *script == Script::Kanji);
        kanji(at) && !kanji(at + 1) && (at == 0 || !kanji(at - 1))
    };
    out.extend((0..run.len()).filter(|at| alone(*at)).map(|at| run[at].0.to_string()));
    run.clear();
}

/// [`terms`] for tantivy.
#[derive(Clone, Default)]
pub(super) struct TermTokenizer;

/// The terms of one text.
pub(super) struct TermStream {
    terms: std::vec::IntoIter<String>,
    token: Token,
}

impl Tokenizer for TermTokenizer {
    type TokenStream<'a> = TermStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStream {
        TermStream { terms: terms(text).into_iter(), token: Token::default() }
    }
}

impl TokenStream for TermStream {
    fn advance(&mut self) -> bool {
        let Some(term) = self.terms.next() else { return false };
        self.token.text = term;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_come_to_comparable_terms() {
        assert_eq!(terms("The vampires!"), terms("vampire"));
        assert_eq!(terms("吸血鬼の少年"), ["吸血", "血鬼", "鬼の", "の少", "少年"]);
        assert_eq!(
            terms("バスケ"),
            terms("ばすけ").is_empty().then(|| vec!["ばす".to_owned(), "すけ".to_owned()]).unwrap()
        );
        assert_eq!(terms("猫と暮らす")[0], "猫と");
        assert!(terms("です、ます").is_empty());
    }
}
