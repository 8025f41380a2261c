//! What rules become: flat tables that an engine walks without parsing, hashing or allocating.

use rustc_hash::FxHashMap;

use super::guard::Guard;
use super::pattern::Pattern;
use super::prefilter::Prefilter;
use crate::Severity;
use crate::bytes::Kinds;
use crate::operators::Operator;
use crate::parse::{AllowScope, EngineSwitch};
use crate::transform::Transform;
use crate::variable::Variable;

/// An index into [`RuleSet::rules`], one bit a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits(pub(crate) Vec<u64>);

impl Bits {
    pub(crate) fn insert(&mut self, index: usize) {
        if self.0.len() <= index / 64 {
            self.0.resize(index / 64 + 1, 0);
        }
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub(crate) fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    pub(crate) fn add(&mut self, other: &Bits) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// Where a rule-set variable lives: known names have a slot, decided at compile time.
pub(crate) type Slot = u32;

/// Names of the variables that rules set, each with its slot. Slots 0 to 9 are `TX:0` to `TX:9`.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    /// By name: few are in more than one collection.
    index: FxHashMap<Box<str>, Vec<(Variable, Slot)>>,
    names: Vec<(Variable, Box<str>)>,
}

impl Slots {
    /// The slot of a name; names differ in more than letter case.
    pub(crate) fn intern(&mut self, collection: Variable, name: &str) -> Slot {
        let name: Box<str> = name.to_ascii_lowercase().into();
        if let Some(known) = self.find(collection, &name) {
            return known;
        }
        let slot = Slot::try_from(self.names.len()).unwrap_or(Slot::MAX);
        self.index.entry(name.clone()).or_default().push((collection, slot));
        self.names.push((collection, name));
        slot
    }

    pub(crate) fn find(&self, collection: Variable, lower: &str) -> Option<Slot> {
        let named = self.index.get(lower)?;
        named.iter().find(|(of, _)| *of == collection).map(|(_, slot)| *slot)
    }

    pub(crate) fn name(&self, slot: Slot) -> (Variable, &str) {
        let (collection, name) = &self.names[slot as usize];
        (*collection, name)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Slot, Variable, &str)> {
        (0..).zip(&self.names).map(|(slot, (collection, name))| (slot, *collection, &**name))
    }
}

/// A name to find in a collection, in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) tag: u32,
    pub(crate) name: Box<[u8]>,
}

impl Key {
    pub(crate) fn new(name: &[u8]) -> Key {
        Key { tag: name_tag(name), name: name.to_ascii_lowercase().into() }
    }
}

/// Length, first and last byte of a name, in lower case: tells most names apart without reading them.
pub(crate) fn name_tag(name: &[u8]) -> u32 {
    let end = |byte: Option<&u8>| byte.map_or(0, |b| u32::from(b.to_ascii_lowercase()));
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX) & 0xffff;
    length << 16 | end(name.first()) << 8 | end(name.last())
}

/// A request header that rules name: its entries are found without looking at the others.
pub(crate) type HeaderId = u16;

/// The request headers that rules name.
#[derive(Debug, Default)]
pub(crate) struct HeaderNames {
    keys: Vec<Key>,
    /// Ids by the low bits of the tag's hash.
    buckets: Vec<Vec<HeaderId>>,
}

const HEADER_BUCKETS: usize = 128;

impl HeaderNames {
    pub(crate) fn intern(&mut self, name: &[u8]) -> Option<HeaderId> {
        if let Some(known) = self.find(name_tag(name), name) {
            return Some(known);
        }
        let id = HeaderId::try_from(self.keys.len()).ok()?;
        let key = Key::new(name);
        self.buckets.resize(HEADER_BUCKETS, Vec::new());
        self.buckets[bucket_of(key.tag)].push(id);
        self.keys.push(key);
        Some(id)
    }

    pub(crate) fn find(&self, tag: u32, name: &[u8]) -> Option<HeaderId> {
        let bucket = self.buckets.get(bucket_of(tag))?;
        let is = |id: &&HeaderId| {
            let key = &self.keys[usize::from(**id)];
            key.tag == tag && key.name.eq_ignore_ascii_case(name)
        };
        bucket.iter().find(is).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

fn bucket_of(tag: u32) -> usize {
    (tag.wrapping_mul(0x9e37_79b1) >> 25) as usize % HEADER_BUCKETS
}

/// Which members of a collection.
#[derive(Debug, Clone)]
pub(crate) enum Pick {
    All,
    /// Of a collection rules set.
    Slot(Slot),
    /// Of a collection the request sets.
    Key(Key),
    /// Of the request's headers.
    Header(HeaderId),
    Pattern(Pattern),
}

/// One thing a rule looks at.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) variable: Variable,
    pub(crate) pick: Pick,
    pub(crate) count: bool,
    /// The unit that it is, of a link that has a class; else [`NONE`].
    pub(crate) unit: u16,
}

/// One thing a rule does not look at.
#[derive(Debug, Clone)]
pub(crate) struct Exclusion {
    pub(crate) variable: Variable,
    pub(crate) pick: Pick,
}

/// Text with holes, ready to fill.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template(pub(crate) Box<[Piece]>);

impl Template {
    /// The whole text, when it has no holes.
    pub(crate) fn constant(&self) -> Option<&[u8]> {
        match &*self.0 {
            [] => Some(b""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Text(Box<[u8]>),
    Slot(Slot),
    Value(Variable, Option<Key>),
}

/// A number, where one is wanted.
#[derive(Debug, Clone)]
pub(crate) enum Number {
    Constant(i64),
    Slot(Slot),
    Template(Template),
}

/// What `setvar` writes to.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Slot(Slot),
    /// The name has holes.
    Named(Variable, Template),
}

#[derive(Debug, Clone)]
pub(crate) enum Write {
    Number(i64),
    Copy(Slot),
    Text(Template),
    Add(Number),
    Subtract(Number),
    Unset,
}

/// What a match does besides deciding.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Set(Place, Write),
    RemoveRules(Bits),
    RemoveTarget(Bits, Exclusion),
    BodyProcessor(BodyProcessor),
    ForceRequestBodyVariable(bool),
    RequestBodyAccess(bool),
    ResponseBodyAccess(bool),
    RuleEngine(EngineSwitch),
    OpenCollection(Variable, Template),
    /// Seconds until it is forgotten.
    Expire(Place, Number),
    /// How much less, for every so many seconds.
    Deprecate(Place, i64, u64),
}

/// Who reads a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyProcessor {
    None,
    Urlencoded,
    Multipart,
    Json,
    Xml,
}

impl BodyProcessor {
    /// What `REQBODY_PROCESSOR` holds.
    pub(crate) fn name(self) -> &'static str {
        match self {
            BodyProcessor::None => "",
            BodyProcessor::Urlencoded => "URLENCODED",
            BodyProcessor::Multipart => "MULTIPART",
            BodyProcessor::Json => "JSON",
            BodyProcessor::Xml => "XML",
        }
    }

    pub(crate) fn parse(name: &str) -> BodyProcessor {
        match name {
            "URLENCODED" => BodyProcessor::Urlencoded,
            "MULTIPART" => BodyProcessor::Multipart,
            "JSON" => BodyProcessor::Json,
            "XML" => BodyProcessor::Xml,
            _ => BodyProcessor::None,
        }
    }
}

/// An index into [`RuleSet::chains`]; 0 is no transformation.
pub(crate) type ChainId = u16;

/// A chain of transformations: another chain and one more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    pub(crate) before: ChainId,
    pub(crate) last: Transform,
    /// A value with none of these comes out of the whole chain as it went in.
    pub(crate) needs: Kinds,
    /// The same of the last transformation alone.
    pub(crate) last_needs: Kinds,
}

/// Members of one collection that some class of rules looks at.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) variable: Variable,
    pub(crate) pick: Pick,
    /// Whether the body of a request may change its members.
    pub(crate) from_body: bool,
}

/// Rules that look at the same things through the same transformations.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) units: Box<[u16]>,
    pub(crate) chain: ChainId,
    /// Whether any of its units is.
    pub(crate) from_body: bool,
}

/// No class, no group.
pub(crate) const NONE: u16 = u16::MAX;

/// What a value must hold for an operator to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    pub(crate) kinds: Box<[Kinds]>,
    /// A group of the pre-filter of the rule's scope, or [`NONE`].
    pub(crate) group: u16,
}

/// One link of a chain of conditions.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Its class, when the pre-filter can decide for all its values at once; else [`NONE`].
    pub(crate) class: u16,
    pub(crate) targets: Box<[Target]>,
    pub(crate) exclusions: Box<[Exclusion]>,
    pub(crate) operator: Operator,
    pub(crate) negated: bool,
    pub(crate) needs: Needs,
    pub(crate) chain: ChainId,
    /// The chain after each step, shortest first, for `multiMatch`; else empty.
    pub(crate) steps: Box<[ChainId]>,
    pub(crate) capture: bool,
    pub(crate) effects: Box<[Effect]>,
}

/// What a full match does to the transaction.
#[derive(Debug, Clone)]
pub(crate) enum Disruption {
    Pass,
    Deny(u16),
    Redirect(u16, Template),
    Allow(AllowScope),
}

/// A rule: one or more links that must all match.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: u64,
    pub(crate) phase: u8,
    /// Empty for `SecAction`, which always matches.
    pub(crate) links: Box<[Link]>,
    pub(crate) message: Template,
    pub(crate) log_data: Template,
    pub(crate) tags: Box<[Template]>,
    pub(crate) severity: Option<Severity>,
    pub(crate) log: bool,
    pub(crate) disruption: Disruption,
    /// Where in each program a match goes on, when it skips.
    pub(crate) skip_to: Option<SkipTo>,
}

/// Which of a phase's rules are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of them: an HTTP exchange.
    Http,
    /// Those that can see a chat message.
    Message,
    /// Those that merely prepare: a response is judged without its request.
    Preparation,
}

/// The step after a skip, in each program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SkipTo {
    pub(crate) http: u32,
    pub(crate) message: u32,
    pub(crate) preparation: u32,
}

impl SkipTo {
    pub(crate) fn step(self, part: Part) -> usize {
        (match part {
            Part::Http => self.http,
            Part::Message => self.message,
            Part::Preparation => self.preparation,
        }) as usize
    }
}

/// A rule's entry in a program: what decides, in most cases, that the rule need not be looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) rule: u32,
    /// The class of its first link, or [`NONE`] when the link must be evaluated.
    pub(crate) class: u16,
    /// The group of its first link, or [`NONE`] when only kinds decide.
    pub(crate) group: u16,
    /// The most telling kinds its first link needs.
    pub(crate) kinds: [Kinds; 2],
    /// Asked where there is no class.
    pub(crate) guard: Guard,
}

/// The rules of one kind of transaction, by phase (index 0 is phase 1).
pub(crate) type Programs = [Vec<Step>; 5];

/// What configures the engine as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) engine: EngineSwitch,
    pub(crate) request_body: bool,
    pub(crate) response_body: bool,
    pub(crate) request_body_bytes_max: usize,
    pub(crate) response_body_bytes_max: usize,
    pub(crate) arguments_max: usize,
    pub(crate) json_depth_max: usize,
    /// Media types of responses whose bodies are inspected, in lower case; `None` is every type.
    pub(crate) response_media_types: Option<Vec<String>>,
    pub(crate) collection_timeout_s: u32,
    /// Whether rules see decoded views.
    pub(crate) inspect_decoded: bool,
}

/// A compiled rule set: immutable, shared by every transaction.
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) http: Programs,
    pub(crate) message: Programs,
    /// Of the request's phases alone.
    pub(crate) preparation: Programs,
    pub(crate) chains: Vec<Chain>,
    pub(crate) units: Vec<Unit>,
    pub(crate) classes: Vec<Class>,
    /// For values of the request phases, and of the response phases.
    pub(crate) prefilters: [Prefilter; 2],
    pub(crate) slots: Slots,
    /// Slots that rules fill with what a transaction brings, not with words or numbers of their own.
    pub(crate) quoting_slots: Box<[Slot]>,
    pub(crate) headers: HeaderNames,
    /// The slots whose sum is the anomaly score.
    pub(crate) score_slots: Box<[Slot]>,
    pub(crate) settings: Settings,
}
