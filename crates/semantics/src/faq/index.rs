//! The FAQ as an index: what a decision reads.

use std::collections::BTreeSet;

use super::bundle::{FaqBundle, FaqEntry};
use super::forms::Forms;
use super::guard::Signature;
use super::thresholds::{MeaningThresholds, Thresholds};
use super::vectors::{EntryVectors, Vectors, VectorsError};
use crate::lexical::{Concepts, Csr, FixedMap, Slots, Speller};
use crate::text::{self, Language, detect_language, normalise};

/// No term.
pub(super) const NONE: u32 = u32::MAX;
/// Most keys of one slot of a phrasing: its literal, its joined word, its concepts.
pub(super) const SLOT_KEYS_MAX: usize = 6;

/// An index over a [`FaqBundle`], built once and then only read.
#[derive(Clone, Debug)]
pub struct FaqIndex {
    pub(super) entries: Vec<FaqEntry>,
    pub(super) thresholds: Thresholds,
    pub(super) concepts: Concepts,
    pub(super) forms: Forms,
    /// Key of a slot → term.
    pub(super) vocabulary: FixedMap,
    pub(super) terms: Vec<Term>,
    pub(super) speller: Speller,
    /// Term → entries with a phrasing that has it.
    pub(super) entries_of: Csr<u32>,
    /// Entry → its first phrasing, then the same of the groups of near misses, and one more.
    pub(super) first_phrasing: Vec<u32>,
    pub(super) phrasings: Vec<Phrasing>,
    /// Phrasing → its slots.
    pub(super) slots_of: Csr<PhrasingSlot>,
    /// Entry → the terms of its answer, tags and links.
    pub(super) answer_of: Csr<u32>,
    /// Weight of a word that no phrasing has.
    pub(super) unknown_weight: f32,
    /// The sentence vectors of phrasings, if the bundle has them.
    pub(super) vectors: Option<EntryVectors>,
    pub(super) meaning: MeaningThresholds,
}

/// What is known of a term.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Term {
    /// Rarity among entries.
    pub(super) idf: f32,
    /// How many entries have it.
    pub(super) entries: u32,
    /// How many phrasings have it.
    pub(super) phrasings: u32,
}

/// A phrasing, apart from its slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrasing {
    pub(super) entry: u32,
    pub(super) language: Language,
    pub(super) signature: Signature,
}

/// A slot of a phrasing: `keys[0]` is its literal, then its concepts, then its joined word; the rest are [`NONE`].
#[derive(Clone, Copy, Debug)]
pub(super) struct PhrasingSlot {
    pub(super) keys: [u32; SLOT_KEYS_MAX],
    pub(super) weight: f32,
    pub(super) factor: f32,
}

impl FaqIndex {
    /// Builds the index.
    #[must_use]
    pub fn build(bundle: &FaqBundle, thresholds: Thresholds) -> Self {
        let mut builder = Builder::default();
        for group in bundle.groups() {
            builder.group(group);
        }
        for entry in bundle.entries() {
            builder.answer(entry);
        }
        builder.finish(bundle, thresholds)
    }

    /// Builds the index with thresholds [calibrated](Thresholds::calibrate) from the bundle alone.
    #[must_use]
    pub fn build_calibrated(bundle: &FaqBundle) -> Self {
        let mut index = Self::build(bundle, Thresholds::uncalibrated());
        index.thresholds = super::calibrate::calibrate(&index);
        index
    }

    /// The entries, in the order of the bundle; a decision names them by position.
    #[must_use]
    pub fn entries(&self) -> &[FaqEntry] {
        &self.entries
    }

    /// An entry by its id.
    #[must_use]
    pub fn entry_by_id(&self, id: &str) -> Option<&FaqEntry> {
        self.entries.iter().find(|e| e.id == id)
    }

    /// The thresholds it decides by.
    #[must_use]
    pub const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Decides by other thresholds from now on.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.thresholds = thresholds;
    }

    /// Takes the vectors of the bundle's phrasings, and when to ask for one of a question.
    ///
    /// # Errors
    /// They are of phrasings that the index does not have.
    pub fn set_vectors(&mut self, vectors: Vectors, meaning: MeaningThresholds) -> Result<(), VectorsError> {
        vectors.check(self.phrasings.len(), self.groups())?;
        self.vectors = Some(EntryVectors::new(vectors, &self.first_phrasing, self.entries.len()));
        self.meaning = meaning;
        Ok(())
    }

    /// When to ask for a vector, and when to answer with one.
    #[must_use]
    pub const fn meaning(&self) -> &MeaningThresholds {
        &self.meaning
    }

    /// Asks and answers by other thresholds from now on.
    pub fn set_meaning(&mut self, meaning: MeaningThresholds) {
        self.meaning = meaning;
    }

    /// Calibrates when to ask for a vector and when to answer with one, from the bundle alone. `outside` knows the vectors
    /// of the [outside questions](super::outside_questions); one that it does not know is left out.
    pub fn calibrate_meaning(&mut self, outside: &dyn Fn(&str) -> Option<Vec<f32>>) {
        if let Some(meaning) = super::calibrate::calibrate_meaning(self, outside) {
            self.meaning = meaning;
        }
    }

    /// How many groups of phrasings there are: the entries, and then the near misses of those that have some.
    pub(super) fn groups(&self) -> usize {
        self.first_phrasing.len() - 1
    }

    /// A phrasing's text, by its group and its place there.
    pub(super) fn text_of(&self, group: usize, question: usize) -> &str {
        let near_misses =
            || self.entries.iter().map(|entry| &entry.near_misses).filter(|group| !group.is_empty());
        let questions = match self.entries.get(group) {
            Some(entry) => Some(&entry.questions),
            None => near_misses().nth(group - self.entries.len()),
        };
        questions.and_then(|questions| questions.get(question)).map_or("", String::as_str)
    }

    /// Whether a group of phrasings is an entry, and not near misses that nothing answers.
    pub(super) fn is_entry(&self, group: usize) -> bool {
        group < self.entries.len()
    }

    /// The phrasings of an entry, or of a group of near misses, by position.
    pub(super) fn phrasings_of(&self, entry: usize) -> std::ops::Range<usize> {
        self.first_phrasing[entry] as usize..self.first_phrasing[entry + 1] as usize
    }

    pub(super) fn idf(&self, term: u32) -> f32 {
        self.terms.get(term as usize).map_or(self.unknown_weight, |t| t.idf)
    }
}

/// Rarity of a term that `n` of `of` entries have (the form of BM25, never negative).
#[expect(clippy::cast_precision_loss, reason = "counts of entries are small")]
pub(super) fn rarity(n: u32, of: usize) -> f32 {
    let (n, of) = (n as f32, of as f32);
    (1.0 + (of - n + 0.5).max(0.0) / (n + 0.5)).ln()
}

/// A speller that prefers the bundle's words, then those of the thesaurus, then what everyone says.
fn speller(words: BTreeSet<String>, concepts: &Concepts) -> Speller {
    let thesaurus = concepts.words().iter().map(|w| (w.clone(), 1));
    let common = text::common_words().map(|w| (text::stem(w), 2));
    Speller::new(words.into_iter().map(|w| (w, 0)).chain(thesaurus).chain(common).collect())
}

#[derive(Default)]
struct Builder {
    concepts: Concepts,
    forms: Forms,
    vocabulary: FixedMap,
    terms: Vec<Term>,
    words: BTreeSet<String>,
    entries_of: Vec<Vec<u32>>,
    last_phrasing_of: Vec<u32>,
    first_phrasing: Vec<u32>,
    phrasings: Vec<Phrasing>,
    slots: Vec<Vec<PhrasingSlot>>,
    answers: Vec<Vec<u32>>,
}

impl Builder {
    fn group(&mut self, questions: &[String]) {
        let at = number(self.first_phrasing.len());
        self.first_phrasing.push(number(self.phrasings.len()));
        for question in questions {
            self.phrasing(at, question);
        }
    }

    fn answer(&mut self, entry: &FaqEntry) {
        let mut terms = Vec::new();
        let texts = Language::ALL.map(|language| entry.answer.in_language(language).unwrap_or(""));
        let titles = entry.links.iter().map(|l| l.title.as_str());
        for text in texts.into_iter().chain(entry.tags.iter().map(String::as_str)).chain(titles) {
            for piece in normalise(text).split_inclusive(['.', '。', '\n', '|']) {
                for slot in Slots::of(piece, &self.concepts, None).slots {
                    terms.push(self.uncounted(slot.literal));
                    terms.extend(slot.concepts().iter().map(|&key| self.uncounted(key)));
                }
            }
        }
        terms.sort_unstable();
        terms.dedup();
        self.answers.push(terms);
    }

    /// The term of a key, not counted: an answer has more words than questions, and would make all of them common.
    fn uncounted(&mut self, key: u64) -> u32 {
        let term = self.vocabulary.get_or_insert(key, number(self.terms.len()));
        if term as usize == self.terms.len() {
            self.terms.push(Term::default());
            self.entries_of.push(Vec::new());
            self.last_phrasing_of.push(NONE);
        }
        term
    }

    fn phrasing(&mut self, entry: u32, question: &str) {
        let normal = normalise(question);
        let slots = Slots::of(&normal, &self.concepts, None);
        let mut row = Vec::with_capacity(slots.slots.len());
        for slot in &slots.slots {
            let mut keys = [NONE; SLOT_KEYS_MAX];
            let joined = (slot.joined != 0).then_some(slot.joined);
            let all = std::iter::once(slot.literal).chain(slot.concepts().iter().copied()).chain(joined);
            for (key, hash) in keys.iter_mut().zip(all) {
                *key = self.term(hash, entry);
            }
            let stem = slots.stem(slot);
            if !stem.is_empty() {
                self.words.insert(stem.to_owned());
            }
            row.push(PhrasingSlot { keys, weight: 0.0, factor: slot.factor });
        }
        self.slots.push(row);
        self.phrasings.push(Phrasing {
            entry,
            language: detect_language(&normal),
            signature: Signature::of(&normal, &self.forms),
        });
    }

    /// The term of a key, counted for the phrasing at hand.
    fn term(&mut self, key: u64, entry: u32) -> u32 {
        let term = self.uncounted(key);
        let at = term as usize;
        if self.entries_of[at].last() != Some(&entry) {
            self.entries_of[at].push(entry);
            self.terms[at].entries += 1;
        }
        let phrasing = number(self.phrasings.len());
        if self.last_phrasing_of[at] != phrasing {
            self.last_phrasing_of[at] = phrasing;
            self.terms[at].phrasings += 1;
        }
        term
    }

    fn finish(mut self, bundle: &FaqBundle, thresholds: Thresholds) -> FaqIndex {
        self.first_phrasing.push(number(self.phrasings.len()));
        let n = self.first_phrasing.len() - 1;
        self.answers.resize(n, Vec::new());
        for term in &mut self.terms {
            term.idf = rarity(term.entries, n);
        }
        for slot in self.slots.iter_mut().flatten() {
            slot.weight = slot.factor * self.terms[slot.keys[0] as usize].idf;
        }
        FaqIndex {
            entries: bundle.entries().to_vec(),
            thresholds,
            vocabulary: self.vocabulary,
            terms: self.terms,
            speller: speller(self.words, &self.concepts),
            concepts: self.concepts,
            forms: self.forms,
            entries_of: Csr::from_rows(self.entries_of),
            first_phrasing: self.first_phrasing,
            phrasings: self.phrasings,
            slots_of: Csr::from_rows(self.slots),
            answer_of: Csr::from_rows(self.answers),
            unknown_weight: rarity(0, n),
            vectors: None,
            meaning: MeaningThresholds::default(),
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE - 1)
}
