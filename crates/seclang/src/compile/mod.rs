//! Directives to a [`RuleSet`].
//!
//! Drafts first (chains joined, defaults merged, updates applied), then rules (names to slots, regexes to automata,
//! literals to the pre-filter), then programs (which rules a phase runs, and where a skip lands).

mod draft;
mod effect;
mod guard;
mod literals;
mod model;
mod operator;
mod pattern;
mod prefilter;
mod prepare;
mod program;
mod quote;
mod rule;

use std::collections::HashMap;

pub(crate) use guard::{Guard, Limit, Test};
pub use model::RuleSet;
pub(crate) use model::{
    Bits, BodyProcessor, Chain, ChainId, Class, Disruption, Effect, Exclusion, HeaderId, HeaderNames, Key,
    Link, NONE, Needs, Number, Part, Pick, Piece, Place, Rule, Settings, Slot, Slots, Step, Target, Template,
    Unit, Write, name_tag,
};
pub(crate) use pattern::{Groups, Pattern};
pub(crate) use prefilter::Prefilter;
pub(crate) use quote::{is_capture, is_quote};

use self::prefilter::PrefilterBuilder;
use crate::bytes::Kinds;
use crate::limits::{
    ARGUMENTS_MAX, BODY_BYTES_MAX, COLLECTION_TIMEOUT_S, ERRORS_MAX, JSON_DEPTH_MAX, RULES_MAX,
};
use crate::parse::{EngineSwitch, Setting, TemplateAst, TemplatePiece, parse_source};
use crate::transform::Transform;
use crate::variable::Variable;
use crate::{DataFiles, RuleError, Source};

impl RuleSet {
    /// Compiles rule files, in their order, into one set.
    ///
    /// # Errors
    ///
    /// Every mistake found, in file order; a set with any mistake is refused whole.
    pub fn compile(sources: &[Source<'_>], data: &dyn DataFiles) -> Result<RuleSet, Vec<RuleError>> {
        let mut errors = Vec::new();
        let parsed: Vec<_> = sources.iter().flat_map(|source| parse_source(source, &mut errors)).collect();
        let mut compiler = Compiler::new(data);
        compiler.errors = errors;
        let plan = draft::plan(&parsed, &mut compiler);
        if plan.rules.len() > RULES_MAX
            && let Some(first) = parsed.first()
        {
            compiler.errors.push(first.line.start().error("", format!("at most {RULES_MAX} rules")));
        }
        let rules: Vec<Rule> =
            plan.rules.iter().filter_map(|draft| rule::compile(draft, &plan, &mut compiler)).collect();
        compiler.finish(rules, &plan)
    }

    /// How many rules (a chain is one).
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether there are rules for responses (phases 3 and 4). Without any, a response need not be judged.
    #[must_use]
    pub fn judges_responses(&self) -> bool {
        self.http[2..4].iter().any(|program| !program.is_empty())
    }

    /// Whether a rule may open a collection that is kept between transactions (`initcol`, `setsid`, `setuid`). Without one, a
    /// transaction needs no [`crate::Records`].
    #[must_use]
    pub fn opens_collections(&self) -> bool {
        let mut effects = self.rules.iter().flat_map(|rule| &rule.links).flat_map(|link| &link.effects);
        effects.any(|effect| matches!(effect, Effect::OpenCollection(..)))
    }

    /// Heap bytes of the pre-filters: the part of a set's memory that grows with its literals.
    #[must_use]
    pub fn prefilter_bytes(&self) -> usize {
        self.prefilters.iter().map(Prefilter::memory_bytes).sum()
    }
}

/// Tables that fill while rules are compiled.
struct Compiler<'d> {
    data: &'d dyn DataFiles,
    errors: Vec<RuleError>,
    slots: Slots,
    headers: HeaderNames,
    chains: Vec<Chain>,
    chain_index: HashMap<(ChainId, Transform), ChainId>,
    units: Vec<Unit>,
    unit_index: HashMap<(Variable, String), u16>,
    classes: Vec<Class>,
    class_index: HashMap<(Vec<u16>, ChainId), u16>,
    prefilters: [PrefilterBuilder; 2],
    settings: Settings,
}

impl<'d> Compiler<'d> {
    fn new(data: &'d dyn DataFiles) -> Compiler<'d> {
        let mut slots = Slots::default();
        for number in 0..crate::limits::CAPTURES_MAX {
            slots.intern(Variable::Tx, &number.to_string());
        }
        Compiler {
            data,
            errors: Vec::new(),
            slots,
            headers: HeaderNames::default(),
            chains: vec![Chain {
                before: 0,
                last: Transform::None,
                needs: Kinds::NONE,
                last_needs: Kinds::NONE,
            }],
            chain_index: HashMap::new(),
            units: Vec::new(),
            unit_index: HashMap::new(),
            classes: Vec::new(),
            class_index: HashMap::new(),
            prefilters: Default::default(),
            settings: Settings {
                engine: EngineSwitch::On,
                request_body: true,
                response_body: true,
                request_body_bytes_max: BODY_BYTES_MAX,
                response_body_bytes_max: BODY_BYTES_MAX,
                arguments_max: ARGUMENTS_MAX,
                json_depth_max: JSON_DEPTH_MAX,
                response_media_types: None,
                collection_timeout_s: COLLECTION_TIMEOUT_S,
                inspect_decoded: false,
            },
        }
    }

    fn set(&mut self, setting: &Setting) {
        match *setting {
            Setting::RuleEngine(switch) => self.settings.engine = switch,
            Setting::RequestBodyAccess(on) => self.settings.request_body = on,
            Setting::ResponseBodyAccess(on) => self.settings.response_body = on,
            Setting::RequestBodyLimit(bytes) => self.settings.request_body_bytes_max = bytes,
            Setting::ResponseBodyLimit(bytes) => self.settings.response_body_bytes_max = bytes,
            Setting::ArgumentsLimit(count) => self.settings.arguments_max = count,
            Setting::JsonDepthLimit(depth) => self.settings.json_depth_max = depth,
            Setting::ResponseBodyMediaTypes(ref types) => {
                self.settings.response_media_types.get_or_insert_default().extend(types.iter().cloned());
            }
            Setting::CollectionTimeout(seconds) => self.settings.collection_timeout_s = seconds,
            Setting::InspectDecoded(on) => self.settings.inspect_decoded = on,
            Setting::ResponseBodyMediaTypesClear => self.settings.response_media_types = Some(Vec::new()),
        }
    }

    /// The chain of `before` and one more.
    fn chain(&mut self, before: ChainId, last: Transform) -> ChainId {
        if let Some(known) = self.chain_index.get(&(before, last)) {
            return *known;
        }
        let Ok(id) = ChainId::try_from(self.chains.len()) else { return before };
        let needs = self.chains[usize::from(before)].needs.and(last.needs());
        self.chains.push(Chain { before, last, needs, last_needs: last.needs() });
        self.chain_index.insert((before, last), id);
        id
    }

    fn unit(&mut self, variable: Variable, name: String, pick: &Pick) -> u16 {
        let next = u16::try_from(self.units.len()).unwrap_or(NONE);
        *self.unit_index.entry((variable, name)).or_insert_with(|| {
            self.units.push(Unit { variable, pick: pick.clone(), from_body: !variable.is_from_head() });
            next
        })
    }

    fn class(&mut self, mut units: Vec<u16>, chain: ChainId) -> u16 {
        units.sort_unstable();
        units.dedup();
        let next = u16::try_from(self.classes.len()).unwrap_or(NONE);
        let from_body = units.iter().any(|unit| self.units[usize::from(*unit)].from_body);
        *self.class_index.entry((units.clone(), chain)).or_insert_with(|| {
            self.classes.push(Class { units: units.into(), chain, from_body });
            next
        })
    }

    fn template(&mut self, ast: &TemplateAst) -> Template {
        let piece = |piece: &TemplatePiece| match piece {
            TemplatePiece::Text(text) => Piece::Text(text.as_bytes().into()),
            TemplatePiece::Value(variable, Some(key)) if variable.is_settable() => {
                Piece::Slot(self.slots.intern(*variable, key))
            }
            TemplatePiece::Value(variable, key) => {
                Piece::Value(*variable, key.as_ref().map(|key| Key::new(key.as_bytes())))
            }
        };
        Template(ast.pieces.iter().map(piece).collect())
    }

    fn number(&mut self, ast: &TemplateAst) -> Number {
        if let Some(text) = ast.literal() {
            return Number::Constant(crate::bytes::leading_number(text.as_bytes()));
        }
        let template = self.template(ast);
        match &*template.0 {
            [Piece::Slot(slot)] => Number::Slot(*slot),
            _ => Number::Template(template),
        }
    }

    fn finish(mut self, rules: Vec<Rule>, plan: &draft::Plan<'_>) -> Result<RuleSet, Vec<RuleError>> {
        let mut set = RuleSet {
            quoting_slots: quote::quoting_slots(&rules, &self.slots),
            rules,
            http: Default::default(),
            message: Default::default(),
            preparation: Default::default(),
            chains: self.chains,
            units: self.units,
            classes: self.classes,
            prefilters: [Prefilter::empty(), Prefilter::empty()],
            score_slots: score_slots(&self.slots),
            slots: self.slots,
            headers: self.headers,
            settings: self.settings,
        };
        for (slot, builder) in set.prefilters.iter_mut().zip(self.prefilters) {
            *slot = builder.build();
        }
        if self.errors.is_empty() {
            program::link(&mut set, plan, &mut self.errors);
        }
        if self.errors.is_empty() {
            return Ok(set);
        }
        self.errors.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        self.errors.truncate(ERRORS_MAX);
        Err(self.errors)
    }
}

/// Values of the request phases, or of the response phases.
pub(crate) const fn scope_of(phase: u8) -> usize {
    if phase <= 2 { 0 } else { 1 }
}

/// The Core Rule Set's names for its scores, by direction and paranoia level; ours use the same.
fn score_slots(slots: &Slots) -> Box<[Slot]> {
    let is_score = |name: &str| {
        ["inbound_anomaly_score_pl", "outbound_anomaly_score_pl"]
            .iter()
            .any(|prefix| matches!(name.strip_prefix(prefix), Some("1" | "2" | "3" | "4")))
    };
    slots
        .iter()
        .filter(|(_, collection, name)| *collection == Variable::Tx && is_score(name))
        .map(|(s, ..)| s)
        .collect()
}
