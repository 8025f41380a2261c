//! The search index: tantivy, in memory, built when the service starts.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::{Index, IndexReader, TantivyDocument, Term, doc};

use super::passages::Library;
use super::terms::TermTokenizer;
use super::{Found, Need, Passage, RetrieveError, Retriever, rank, terms};
use crate::shop::Shop;

/// Memory for building the index; tantivy takes no less.
const WRITER_BYTES: usize = 15_000_000;
/// Most terms of one question that are looked up.
const TERMS_MAX: usize = 48;
/// Most hits of one search.
const HITS_MAX: usize = 60;

/// Retrieval by an embedded index.
pub(crate) struct TantivyRetriever {
    shop: Arc<Shop>,
    library: Library,
    themes: rank::ThemeIndex,
    reader: IndexReader,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    number: Field,
    title: Field,
    alias: Field,
    author: Field,
    genre: Field,
    theme: Field,
    synopsis: Field,
    heading: Field,
    body: Field,
}

impl Fields {
    /// The fields of a series, each with its weight: a name says more than a story.
    const fn of_series(self) -> [(Field, f32); 6] {
        [
            (self.title, 4.0),
            (self.alias, 3.0),
            (self.author, 3.0),
            (self.genre, 2.0),
            (self.theme, 2.0),
            (self.synopsis, 1.0),
        ]
    }

    const fn of_passage(self) -> [(Field, f32); 2] {
        [(self.heading, 2.0), (self.body, 1.0)]
    }
}

impl TantivyRetriever {
    /// Builds the index.
    pub(crate) fn build(shop: Arc<Shop>) -> tantivy::Result<Self> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("terms")
            .set_index_option(IndexRecordOption::WithFreqs);
        let text = TextOptions::default().set_indexing_options(indexing);
        let mut field = |name: &str| schema.add_text_field(name, text.clone());
        let (title, alias, author, genre) = (field("title"), field("alias"), field("author"), field("genre"));
        let (theme, synopsis, heading, body) =
            (field("theme"), field("synopsis"), field("heading"), field("body"));
        let number = schema.add_u64_field("number", NumericOptions::default().set_stored());
        let fields = Fields { number, title, alias, author, genre, theme, synopsis, heading, body };
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register("terms", TermTokenizer);
        let library = Library::new(&shop);
        let mut writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        for (at, document) in shop.series.iter().map(|series| fields.series(series)).enumerate() {
            let mut document = document;
            document.add_u64(number, at as u64);
            writer.add_document(document)?;
        }
        for (at, passage) in library.passages().iter().enumerate() {
            let at = (shop.series.len() + at) as u64;
            writer.add_document(
                doc!(number => at, heading => passage.headings.as_str(), body => passage.body.as_str()),
            )?;
        }
        writer.commit()?;
        let themes = rank::ThemeIndex::new(&shop);
        Ok(Self { library, themes, reader: index.reader()?, fields, shop })
    }

    /// Documents that have some of the terms, by number, with their scores.
    fn search(&self, terms: &[String], fields: &[(Field, f32)]) -> Result<Vec<(usize, f32)>, RetrieveError> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for term in terms.iter().take(TERMS_MAX) {
            for (field, weight) in fields {
                let query = TermQuery::new(Term::from_field_text(*field, term), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(query), *weight))));
            }
        }
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |error: tantivy::TantivyError| RetrieveError(error.to_string());
        let searcher = self.reader.searcher();
        let hits = searcher
            .search(&BooleanQuery::new(clauses), &TopDocs::with_limit(HITS_MAX).order_by_score())
            .map_err(failed)?;
        let mut found = Vec::with_capacity(hits.len());
        for (score, address) in hits {
            let document: TantivyDocument = searcher.doc(address).map_err(failed)?;
            let number = document.get_first(self.fields.number).and_then(|value| value.as_u64());
            if let Some(number) = number.and_then(|number| usize::try_from(number).ok()) {
                found.push((number, score));
            }
        }
        Ok(found)
    }

    fn find_series(&self, need: &Need<'_>) -> Result<Found, RetrieveError> {
        let hits: HashMap<usize, f32> =
            self.search(&need.query.terms, &self.fields.of_series())?.into_iter().collect();
        let mut likeness = HashMap::new();
        for like in need.query.likes() {
            let series = &self.shop.series[like];
            let told = terms(&format!("{} {}", series.themes.join(" "), series.synopsis.en));
            likeness.extend(self.search(&told, &[(self.fields.theme, 2.0), (self.fields.synopsis, 1.0)])?);
        }
        Ok(rank::rank(&self.shop, &self.themes, need, &hits, &likeness))
    }

    fn find_passages(&self, need: &Need<'_>) -> Result<Vec<Passage>, RetrieveError> {
        let asked = terms(&need.query.text);
        let hits = self.search(&asked, &self.fields.of_passage())?;
        let hits = hits
            .into_iter()
            .filter_map(|(number, score)| Some((number.checked_sub(self.shop.series.len())?, score)));
        Ok(self.library.choose(need, &asked, hits))
    }
}

impl Fields {
    fn series(self, series: &crate::shop::Series) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        for title in [&series.title.en, &series.title.ja, &series.title.romaji] {
            document.add_text(self.title, title);
        }
        for alias in &series.aliases {
            document.add_text(self.alias, alias);
        }
        for author in &series.authors {
            document.add_text(self.author, &author.en);
            document.add_text(self.author, &author.ja);
        }
        for genre in &series.genres {
            document.add_text(self.genre, genre.name_in(chat::Language::En));
            document.add_text(self.genre, genre.name_in(chat::Language::Ja));
        }
        for theme in &series.themes {
            document.add_text(self.theme, theme);
        }
        document.add_text(self.synopsis, &series.synopsis.en);
        document.add_text(self.synopsis, &series.synopsis.ja);
        document
    }
}

impl Retriever for TantivyRetriever {
    // The index is in memory and small: a search takes well under a millisecond, so it runs where it is asked for.
    fn series<'a>(&'a self, need: &'a Need<'a>) -> BoxFuture<'a, Result<Found, RetrieveError>> {
        async move { self.find_series(need) }.boxed()
    }

    fn passages<'a>(&'a self, need: &'a Need<'a>) -> BoxFuture<'a, Result<Vec<Passage>, RetrieveError>> {
        async move { self.find_passages(need) }.boxed()
    }
}
