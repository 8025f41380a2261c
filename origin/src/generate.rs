//! Generate, check and say: the text of an answer as it is written, each sentence checked before it is said.

use std::ops::ControlFlow;
use std::sync::Arc;

use chat::{Language, Usage};
use futures_util::StreamExt as _;

use crate::admit::Turn;
use crate::check::{Checked, Checker};
use crate::format::Outlet;
use crate::model::{Ask, ModelRequest, Routed, Spent};
use crate::pipeline::{Outline, Pipeline, TurnError};

impl Pipeline {
    /// Generates, checks and says. What the model says of its own sources counts only if it is among what it was given.
    pub(crate) async fn generate(
        &self,
        request: ModelRequest,
        turn: &Turn,
        outlet: &mut Outlet<'_>,
        outline: &mut Outline,
    ) -> Result<(), TurnError> {
        let brief = Arc::clone(&request.brief);
        let mut checker = Checker::new(&brief, &turn.request.text, &self.shop, Arc::clone(&self.names))
            .guarding(&request.system);
        let mut left = request.limits.chars_max;
        let mut answer = self.router.ask(Ask {
            request: Arc::new(request),
            intent: outline.intent,
            owner: turn.call.session.owner.clone(),
            said: false,
            deadline: outlet.deadline,
        });
        while let Some(part) = answer.next().await {
            match part {
                Routed::Begins { source, .. } => outlet.said.source = Some(brief.source().unwrap_or(source)),
                Routed::Text(text) => {
                    // The router cuts a model's answer there; what the embedded answerer adds after one may be too much.
                    let text: String = text.chars().take(left).collect();
                    left -= text.chars().count();
                    if self.speak(checker.push(&text), outlet, outline).await?.is_break() {
                        break;
                    }
                }
                Routed::ToolCall(_) => {}
                Routed::Citation(citation) => outlet.cite(citation),
                Routed::Spent(spent) => add(&mut outlet.said.usage, spent),
                Routed::Interrupted => {
                    if self.speak(checker.finish(), outlet, outline).await?.is_break() {
                        break;
                    }
                    // When nothing of it was said, the shopper knows of no beginning.
                    if !outlet.is_silent() {
                        outlet.say(interruption(brief.language).to_owned()).await?;
                    }
                }
                Routed::Stop(_) => break,
            }
        }
        let _ = self.speak(checker.finish(), outlet, outline).await?;
        if outlet.is_silent() {
            outlet.say(apology(brief.language).to_owned()).await?;
        }
        Ok(())
    }

    async fn speak(
        &self,
        checked: Vec<Checked>,
        outlet: &mut Outlet<'_>,
        outline: &mut Outline,
    ) -> Result<ControlFlow<()>, TurnError> {
        for piece in checked {
            match piece {
                Checked::Said(text) => outlet.say(text).await?,
                Checked::Corrected { text, fault } => {
                    self.metrics.corrected(fault.as_str());
                    outlet.say(text).await?;
                }
                Checked::Withheld(fault) => {
                    outline.withheld += 1;
                    self.metrics.withheld(fault.as_str());
                }
                Checked::End(guard) => {
                    self.metrics.ended(guard.as_str());
                    let gap = if outlet.is_silent() { "" } else { "\n\n" };
                    outlet.say(format!("{gap}{}", apology(outline.language))).await?;
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Adds what a model took to what the answer took before.
fn add(usage: &mut Usage, spent: Spent) {
    usage.input_tokens = usage.input_tokens.saturating_add(spent.tokens.input);
    usage.output_tokens = usage.output_tokens.saturating_add(spent.tokens.output);
    usage.model = Some(spent.name);
    if let Some(cost) = spent.cost {
        let before = usage.cost.as_ref().map_or(0, |before| before.micros);
        usage.cost = Some(chat::Cost { micros: before.saturating_add(cost.micros), ..cost });
    }
}

/// What is said between the text of a model that broke off and the answer from the records.
const fn interruption(language: Language) -> &'static str {
    match language {
        Language::En => "\n\n(The answer broke off there. What I have on record:)\n\n",
        Language::Ja => "\n\n(回答が途中で途切れました。手元の記録からお答えします。)\n\n",
    }
}

/// What is said when nothing that was generated may be said.
const fn apology(language: Language) -> &'static str {
    match language {
        Language::En => {
            "I cannot answer that from what I have on record. Write \"talk to a person\" and I will pass you on."
        }
        Language::Ja => {
            "手元の記録からはお答えできません。「担当者と話したい」とお書きいただければ、担当者におつなぎします。"
        }
    }
}
