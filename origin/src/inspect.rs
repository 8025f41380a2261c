//! What a configuration would do, said to whoever wrote it, with one token of each model as a test.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::Language;
use futures_util::StreamExt as _;

use crate::app::{App, Parts, StartError};
use crate::config::Config;
use crate::dates::Day;
use crate::model::config::{ModelConfig, ModelsConfig, Provider};
use crate::model::cost::Prices;
use crate::model::{
    Answer, Brief, EXTRACTIVE, Labels, Matter, ModelError, ModelErrorKind, ModelEvent, ModelRequest,
    OutputLimits, Policy, Routable, StopReason, Tokens, models_time,
};

/// Whether the models are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Each model for one token.
    OneToken,
    /// No model: nothing leaves the machine.
    Nothing,
}

/// Says what a configuration would do, and asks each of its models for one token. Nothing is kept: the state is looked at in
/// memory. True when every model that was asked has answered.
///
/// # Errors
/// [`StartError`], when the service could not be started like this, or `out` cannot be written.
pub async fn check(
    config: Config,
    parts: Parts,
    asking: Asking,
    out: &mut (impl Write + Send),
) -> Result<bool, StartError> {
    let config = Config { state_dir: None, ..config };
    let (models, listen) = (config.models.clone(), config.listen);
    let (routables, today) = (parts.models.clone(), Day::of_ms(parts.clock.now_ms()));
    let (prices, turn) = (models.prices()?, config.timeouts.turn);
    let app = tokio::task::spawn_blocking(|| App::build(config, parts))
        .await
        .map_err(|error| StartError::Index(error.to_string()))??;
    let mut say = |text: String| writeln!(out, "{text}").map_err(StartError::Report);
    say(format!("internal API on {}, admin on {}; {}", listen.public, listen.admin, app.summary()))?;
    for text in outline(&models) {
        say(text)?;
    }
    let mut all_answered = true;
    for model in &models.models {
        for text in facts(model, &prices, today).into_iter().chain(hasty_turn(model, turn)) {
            say(text)?;
        }
        let routable = routables.iter().find(|routable| routable.model.name() == model.name);
        if let (Asking::OneToken, Some(routable)) = (asking, routable) {
            let tested = ask(routable).await;
            all_answered &= tested.is_ok();
            say(format!("  one token: {}", verdict(&tested, model)))?;
        }
    }
    Ok(all_answered)
}

/// The routes and the budgets.
fn outline(models: &ModelsConfig) -> Vec<String> {
    let route = |names: &[String]| {
        let names = names.iter().map(String::as_str).filter(|name| *name != EXTRACTIVE);
        names.chain([EXTRACTIVE]).collect::<Vec<_>>().join(", then ")
    };
    let mut texts =
        vec![format!("answers come from {} (the embedded answerer)", route(&models.routes.order))];
    for (intent, names) in &models.routes.by_intent {
        texts.push(format!("{intent}: {}", route(names)));
    }
    if !models.idle.is_empty() {
        texts.push(format!("configured, but in no route: {}", models.idle.join(", ")));
    }
    if !models.models.is_empty() {
        texts.push(if models.budgets.are_endless() {
            "budgets: none".to_owned()
        } else {
            format!("budgets for a UTC day: {}", models.budgets)
        });
    }
    texts
}

/// What is known of a model without asking it.
fn facts(model: &ModelConfig, prices: &Prices, today: Day) -> Vec<String> {
    let price = prices.in_force(model.model_id(), today).map_or_else(
        || "no price: its tokens count, and no money does".to_owned(),
        |price| format!("a million tokens cost in {}: {price}", prices.currency()),
    );
    let Policy { first_token, between_tokens, total, running_max, attempts_max, budget_percent } =
        model.policy;
    vec![
        format!(
            "{}: {}, model {}, {}",
            model.name,
            model.provider.kind(),
            model.model_id(),
            place(&model.provider)
        ),
        format!("  credentials: {}", credentials(&model.provider)),
        format!("  {price}"),
        format!(
            "  first text within {} ms, the next within {} ms, all within {} ms; {running_max} answers at once; asked \
             {attempts_max} times at most, while less than {budget_percent} % of a budget is used",
            first_token.as_millis(),
            between_tokens.as_millis(),
            total.as_millis(),
        ),
    ]
}

/// What to do where a turn is over before the model's time to its first token is.
fn hasty_turn(model: &ModelConfig, turn: Duration) -> Option<String> {
    let (first_token, time) = (model.policy.first_token, models_time(turn));
    (first_token >= time).then(|| {
        format!(
            "  warning: a turn leaves its models {} ms, and this one has {} ms for its first text: no other model is asked when \
             it hangs. Raise timeouts.turn_ms, or lower models.{}.policy.first_token_ms.",
            time.as_millis(),
            first_token.as_millis(),
            model.name,
        )
    })
}

/// Where the model is.
fn place(provider: &Provider) -> String {
    match provider {
        Provider::Bedrock(settings) => {
            let region = settings.region.as_deref().unwrap_or("of the SDK's chain");
            let endpoint = settings.endpoint_url.as_ref().map(|url| format!(" at {url}")).unwrap_or_default();
            format!("region {region}{endpoint}")
        }
        Provider::OpenAi(settings) => format!("at {}", settings.base_url),
    }
}

/// Where credentials come from; never what they are.
fn credentials(provider: &Provider) -> String {
    match provider {
        Provider::Bedrock(settings) => {
            let profile =
                settings.profile.as_ref().map(|name| format!("profile {name} of ")).unwrap_or_default();
            let chain = "the AWS SDK's chain (environment, profile, web identity, container, instance)";
            format!("{profile}{chain}")
        }
        Provider::OpenAi(settings) => match (&settings.key_env, &settings.key_file) {
            (Some(name), _) => format!("the environment variable {name}"),
            (None, Some(file)) => format!("the file {}", file.display()),
            (None, None) => "none".to_owned(),
        },
    }
}

/// What one token took.
struct Took {
    time: Duration,
    tokens: Option<Tokens>,
}

/// Asks a model for one token, within its times.
async fn ask(routable: &Routable) -> Result<Took, ModelError> {
    let policy = routable.policy;
    let began = Instant::now();
    let answer = routable.model.generate(Arc::new(one_token()));
    match tokio::time::timeout(policy.total, read(answer, policy)).await {
        Ok(read) => Ok(Took { time: began.elapsed(), tokens: read? }),
        Err(_) => Err(too_slow("the answer had not ended", policy.total)),
    }
}

/// Reads an answer to its end.
async fn read(mut answer: Answer, policy: Policy) -> Result<Option<Tokens>, ModelError> {
    let mut tokens = None;
    let mut within = policy.first_token;
    loop {
        let next = tokio::time::timeout(within, answer.next()).await;
        let event = next.map_err(|_| too_slow("nothing came", within))?;
        match event {
            None => return Err(ModelError::new(ModelErrorKind::Broken, "the answer broke off")),
            Some(Err(error)) => return Err(error),
            Some(Ok(ModelEvent::Stop(StopReason::Filtered))) => {
                let reason = "its guardrail or filter stops even a plain question";
                return Err(ModelError::new(ModelErrorKind::Invalid, reason));
            }
            Some(Ok(ModelEvent::Stop(_))) => return Ok(tokens),
            Some(Ok(ModelEvent::Usage(took))) => tokens = Some(took),
            Some(Ok(_)) => {}
        }
        within = policy.between_tokens;
    }
}

fn too_slow(what: &str, within: Duration) -> ModelError {
    ModelError::new(ModelErrorKind::Timeout, format!("{what} within {} ms", within.as_millis()))
}

/// The smallest question.
fn one_token() -> ModelRequest {
    let brief = Brief { language: Language::En, matter: Matter::Other, named: Vec::new() };
    ModelRequest {
        system: "Answer with one word.".to_owned(),
        turns: Vec::new(),
        message: "Are you there?".to_owned(),
        language: Language::En,
        passages: Vec::new(),
        tools: Vec::new(),
        rounds: Vec::new(),
        limits: OutputLimits { chars_max: 100, tokens_max: 1 },
        stop: Vec::new(),
        labels: Labels { request_id: "check".into(), intent: "check".into(), prompt: "check/1".into() },
        brief: Arc::new(brief),
    }
}

/// How the test went and, when it failed, what to do next.
fn verdict(tested: &Result<Took, ModelError>, model: &ModelConfig) -> String {
    match tested {
        Ok(Took { time, tokens: None }) => format!("ok in {} ms", time.as_millis()),
        Ok(Took { time, tokens: Some(tokens) }) => {
            format!("ok in {} ms ({} read, {} written)", time.as_millis(), tokens.input, tokens.output)
        }
        Err(error) => format!("failed, {error}. {}", advice(error.kind, model)),
    }
}

/// What to do about a failure.
fn advice(kind: ModelErrorKind, model: &ModelConfig) -> String {
    let name = &model.name;
    let is_bedrock = matches!(model.provider, Provider::Bedrock(_));
    match kind {
        ModelErrorKind::Denied if is_bedrock => format!(
            "Check the credentials, that they may bedrock:InvokeModelWithResponseStream, and that the account has access to \
             {} in this region.",
            model.model_id(),
        ),
        ModelErrorKind::Denied => {
            format!("Check the key: models.{name}.key_env or models.{name}.key_file says where it is.")
        }
        ModelErrorKind::Unavailable if is_bedrock => {
            format!("Check models.{name}.region and endpoint_url, and that this machine reaches them.")
        }
        ModelErrorKind::Unavailable => {
            format!(
                "Check that a server listens at models.{name}.base_url, and that this machine reaches it."
            )
        }
        ModelErrorKind::Invalid if is_bedrock => format!(
            "Check models.{name}.model and region: many models are only reached by an inference profile like eu.… or \
             global.…",
        ),
        ModelErrorKind::Invalid => {
            format!(
                "Check models.{name}.model, and max_tokens_field: newer models of OpenAI want max_completion_tokens."
            )
        }
        ModelErrorKind::Timeout => format!(
            "A model that is just being loaded may need longer: try again, or raise models.{name}.policy.first_token_ms.",
        ),
        ModelErrorKind::Throttled => {
            "Its quota is used up for now: try again, or ask its provider for more.".to_owned()
        }
        ModelErrorKind::Broken if is_bedrock => format!("Check models.{name}.endpoint_url: is that Bedrock?"),
        ModelErrorKind::Broken => {
            format!(
                "Check models.{name}.base_url: it has to be before /chat/completions and often ends in /v1."
            )
        }
    }
}
