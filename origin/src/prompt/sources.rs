//! What an answer can cite, numbered: the records of the message first, then what tools found.

use chat::Citation;

/// Most sources of one answer: those of a message, and those of every round of tools.
const SOURCES_MAX: usize = 200;

/// Numbered sources. The first is 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources(Vec<Citation>);

impl Sources {
    pub(crate) fn new(citations: impl Iterator<Item = Citation>) -> Self {
        Self(citations.take(SOURCES_MAX).collect())
    }

    /// The number of this source; a new one when it has none yet. None when there are too many.
    pub(crate) fn number(&mut self, citation: Citation) -> Option<usize> {
        if let Some(at) = self.0.iter().position(|known| is_same(known, &citation)) {
            return Some(at + 1);
        }
        (self.0.len() < SOURCES_MAX).then(|| {
            self.0.push(citation);
            self.0.len()
        })
    }

    /// The source of this number.
    pub(crate) fn get(&self, number: usize) -> Option<&Citation> {
        self.0.get(number.checked_sub(1)?)
    }

    pub(crate) fn all(&self) -> &[Citation] {
        &self.0
    }

    /// The source that says it is this one.
    pub(crate) fn known(&self, citation: &Citation) -> Option<&Citation> {
        self.0.iter().find(|known| is_same(known, citation))
    }
}

fn is_same(one: &Citation, other: &Citation) -> bool {
    one.kind == other.kind && one.id == other.id
}

#[cfg(test)]
mod tests {
    use chat::CitationKind;

    use super::*;

    fn faq(id: &str) -> Citation {
        Citation { kind: CitationKind::Faq, id: id.into(), title: id.into(), url: None }
    }

    #[test]
    fn a_source_keeps_its_number() {
        let mut sources = Sources::new([faq("a"), faq("b")].into_iter());
        assert_eq!(sources.number(faq("c")), Some(3));
        assert_eq!(sources.number(faq("b")), Some(2));
        assert_eq!(sources.get(3), Some(&faq("c")));
        assert_eq!((sources.get(0), sources.get(4)), (None, None));
    }
}
