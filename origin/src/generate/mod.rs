//! Generate: asks the router, says what comes as it comes, runs the tools that a model calls, and asks again, within bounds.
//! What may not be said is written anew: by the next model while nobody has read anything, else by the embedded answerer.
//! Whatever happens, the answer has an end: a model's own, or the embedded answerer's.

mod cards;
mod rounds;
mod say;
mod tidy;
mod voice;

use std::pin::Pin;
use std::sync::Arc;

use chat::Product;
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, Peekable};

use self::rounds::Rounds;
use self::voice::{Ending, GUARD, Voice};
use crate::admit::Turn;
use crate::format::Outlet;
use crate::model::{Ask, ModelRequest, Routed, Verdict};
use crate::pipeline::{Outline, Pipeline, TurnError};
use crate::tool::Toolbox;

/// Most rounds of tools. After the last one a model is asked once more, without tools.
const ROUNDS_MAX: usize = 4;
/// Tokens that a round may take at least, however much the rounds before took: enough for an answer in a sentence or two.
const ROUND_TOKENS_MIN: u32 = 64;
/// Turns of other tasks that sending a request takes at most: credentials, signature, a connection of the pool, the write.
const TURNS_TO_SEND: usize = 16;

impl Pipeline {
    /// Generates, checks and says. Gives back the cards that go with what was said.
    pub(crate) async fn generate(
        &self,
        mut request: ModelRequest,
        turn: &Turn,
        outlet: &mut Outlet<'_>,
        outline: &mut Outline,
    ) -> Result<Vec<Product>, TurnError> {
        let tokens_max = request.limits.tokens_max;
        // The end of an answer that is cut has its room as well.
        request.limits.chars_max = voice::room(&request);
        let mut rounds = Rounds::new(self.toolbox(turn, &request), &self.metrics);
        let mut ask = Ask {
            request: Arc::new(request.clone()),
            intent: outline.intent,
            owner: turn.call.session.owner.clone(),
            said: false,
            after: None,
            deadline: outlet.deadline,
            unheard: outlet.unheard.clone(),
            verdict: Verdict::default(),
        };
        // What is said is checked against much: it is made ready while the model begins.
        let mut answer = begun(self.router.ask(ask.clone())).await;
        let mut voice = Voice::new(self, &request, &turn.request.text, outlet, outline);
        // Tokens of answers that came to nothing.
        let mut tokens_lost = 0;
        loop {
            let dropped = match voice.listen(answer, &ask.verdict).await? {
                Ending::Whole => break,
                Ending::Cut => {
                    voice.end_early("length").await?;
                    break;
                }
                Ending::Refused => Some(GUARD),
                Ending::Tools(..) if request.tools.is_empty() => Some("tools"),
                Ending::Tools(text, calls) => {
                    let (round, found) = rounds.run(text, calls, voice.sources()).await;
                    voice.learn(found);
                    request.rounds.push(round);
                    if request.rounds.len() >= ROUNDS_MAX {
                        request.tools.clear();
                    }
                    None
                }
            };
            if let Some(why) = dropped {
                let (model, unread) = (voice.writer().to_owned(), voice.is_silent());
                self.router.pass_over(&ask, &model, why, unread);
                if !unread {
                    voice.fall_back(&request, why).await?;
                    break;
                }
                voice.begin_anew(why);
                forget_texts(&mut request);
                ask.after = Some(model);
                tokens_lost = voice.tokens_written();
            }
            request.limits.chars_max = voice.room();
            let tokens_written = voice.tokens_written().saturating_sub(tokens_lost);
            request.limits.tokens_max = tokens_max.saturating_sub(tokens_written).max(ROUND_TOKENS_MIN);
            ask.said = !voice.is_silent();
            ask.request = Arc::new(request.clone());
            ask.verdict = Verdict::default();
            answer = begun(self.router.ask(ask.clone())).await;
        }
        voice.finish(&request).await.map_err(TurnError::from)
    }

    fn toolbox<'p>(&'p self, turn: &'p Turn, request: &ModelRequest) -> Toolbox<'p> {
        Toolbox {
            shop: &self.shop,
            understanding: &self.understanding,
            retriever: &*self.retriever,
            composer: self.composer(),
            orders: &*self.orders,
            call: &turn.call,
            language: request.language,
        }
    }
}

/// What was found stays for the next model; what was written around it may be in another language, or worse.
fn forget_texts(request: &mut ModelRequest) {
    request.rounds.iter_mut().for_each(|round| round.text.clear());
}

/// A stream that has been asked for its first part, and not waited for: its request is on its way, as far as that takes no waiting.
/// Whoever sends it, the client's task and the connection's, has its turns meanwhile.
async fn begun(answer: BoxStream<'static, Routed>) -> Peekable<BoxStream<'static, Routed>> {
    let mut answer = answer.peekable();
    for _ in 0..TURNS_TO_SEND {
        if futures_util::poll!(Pin::new(&mut answer).peek()).is_ready() {
            break;
        }
        tokio::task::yield_now().await;
    }
    answer
}
