//! The field that lets a Claude model think before it answers, as far as the rest of a request depends on it (Anthropic's
//! documentation of extended thinking).

use toml::{Table, Value};

use super::settings::Settings;
use crate::model::{ModelError, ModelErrorKind};

/// The field among a model's own.
pub(super) const FIELD: &str = "thinking";
/// Least budget of thoughts, in tokens.
const BUDGET_TOKENS_MIN: i64 = 1_024;
/// Least `top_p` of a model that thinks.
const TOP_P_MIN: f32 = 0.95;

/// The field, where it lets the model think.
#[derive(Clone, Copy)]
pub(super) struct Thinking<'s> {
    kind: &'s str,
    budget: Option<i64>,
}

impl<'s> Thinking<'s> {
    /// What a model's own fields say of it.
    pub(super) fn of(fields: &'s Table) -> Option<Self> {
        let field = fields.get(FIELD)?;
        let kind = field.get("type").and_then(Value::as_str).filter(|kind| *kind != "disabled")?;
        Some(Self { kind, budget: field.get("budget_tokens").and_then(Value::as_integer) })
    }

    /// Tokens that it may take; 0 where the model decides by itself.
    pub(super) fn budget_tokens(self) -> u32 {
        self.budget.map_or(0, |budget| u32::try_from(budget).unwrap_or(0))
    }

    /// What the service would refuse with every answer.
    pub(super) fn validate(self, settings: &Settings) -> Result<(), ModelError> {
        let wrong = |reason: &str| Err(ModelError::new(ModelErrorKind::Invalid, reason));
        let in_range = |budget: i64| (BUDGET_TOKENS_MIN..=i64::from(i32::MAX)).contains(&budget);
        if !self.budget.map_or(self.kind != "enabled", in_range) {
            return wrong("`additional_fields.thinking.budget_tokens` has to be 1024 or more");
        }
        if settings.temperature.is_some_and(|value| value < 1.0) {
            return wrong("`temperature` cannot be set beside `additional_fields.thinking`");
        }
        if settings.top_p.is_some_and(|value| value < TOP_P_MIN) {
            return wrong("`top_p` has to be 0.95 or more beside `additional_fields.thinking`");
        }
        if settings.additional_fields.contains_key("top_k") {
            return wrong("`additional_fields.top_k` cannot be set beside `additional_fields.thinking`");
        }
        Ok(())
    }
}
