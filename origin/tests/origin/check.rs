//! `mangaassist-origin check`: what it says of a configuration, and of models that answer or do not.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use model_server::{Dialect, ModelServer, Script, Step, Stop};
use origin::{Asking, Parts, StartError};

use crate::harness::Setup;

/// What is said of these settings, and whether all is well.
async fn check(settings: &str, asking: Asking) -> Result<(bool, String), StartError> {
    let config = Setup::default().settings(settings).config();
    let parts = Parts::of(&config).await?;
    let mut out = Vec::new();
    let is_well = origin::check(config, parts, asking, &mut out).await?;
    Ok((is_well, String::from_utf8(out).unwrap()))
}

fn local(url: &str, more: &str) -> String {
    format!(
        "[models]\norder = [\"local\"]\n[models.local]\nkind = \"openai\"\nbase_url = \"{url}/v1\"\nmodel = \"qwen3:8b\"\n{more}\n"
    )
}

async fn server(script: Script) -> ModelServer {
    ModelServer::start(Dialect::OpenAi, [script]).await
}

#[tokio::test]
async fn a_model_that_answers_is_asked_for_one_token() {
    let server = server(Script::saying(["Yes"])).await;
    let (is_well, said) = check(&local(&server.url(), ""), Asking::OneToken).await.unwrap();
    assert!(is_well, "{said}");
    assert!(said.contains("one token: ok in ") && said.contains("(100 read, 20 written)"), "{said}");
    let asked = server.received();
    assert_eq!(
        (asked.len(), &asked[0].body["model"], &asked[0].body["max_tokens"]),
        (1, &"qwen3:8b".into(), &1.into())
    );
}

#[tokio::test]
async fn what_would_be_used_is_said_line_by_line() {
    let server = server(Script::saying(["Yes"])).await;
    let settings = format!(
        "{}[models.by_intent]\ngreeting = []\n[models.idle]\nkind = \"bedrock\"\nregion = \"eu-central-1\"\nmodel = \"m\"\n\
         [prices]\nfile = {:?}\n[budgets]\ncurrency = \"USD\"\nguest.tokens = 30_000\nservice.money = 50\n",
        local(&server.url(), "key_env = \"CARGO_MANIFEST_DIR\"\npolicy.budget_percent = 80"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../config/prices.toml"),
    );
    let (_, said) = check(&settings, Asking::Nothing).await.unwrap();
    let address = format!("local: openai, model qwen3:8b, at {}/v1", server.url());
    for line in [
        "answers come from local, then extractive (the embedded answerer)",
        "greeting: extractive",
        "configured, but in no route: idle",
        "budgets for a UTC day: each guest 30000 tokens; each customer no bound; the service 50.00 USD",
        &address,
        "  credentials: the environment variable CARGO_MANIFEST_DIR",
        "  first text within 10000 ms, the next within 10000 ms, all within 50000 ms; 256 answers at once; asked 3 times at most, \
         while less than 80 % of a budget is used",
        "  a million tokens cost in USD: 0.00 read, 0.00 written, 0.00 read from the cache, 0.00 written to it, since 2026-01-01",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\n{said}");
    }
    assert!(!said.contains(env!("CARGO_MANIFEST_DIR")), "a credential is said: {said}");
    assert!(server.received().is_empty(), "offline is offline");
}

/// Settings of a model on Bedrock, with a profile in this folder.
fn claude(url: &str, folder: &Path, more: &str) -> String {
    let profiles = folder.join("config");
    std::fs::write(&profiles, "[default]\naws_access_key_id = AKID\naws_secret_access_key = secret\n")
        .unwrap();
    format!(
        "[models]\norder = [\"claude\"]\n[models.claude]\nkind = \"bedrock\"\nregion = \"eu-central-1\"\nmodel = \"eu.vendor.large-v1:0\"\n\
         profile_file = {:?}\nendpoint_url = \"{url}\"\n{more}\n",
        profiles.display().to_string(),
    )
}

#[tokio::test]
async fn a_model_on_bedrock_is_asked_as_well() {
    let server = ModelServer::start(Dialect::Bedrock, [Script::saying(["Yes"])]).await;
    let folder = tempfile::tempdir().unwrap();
    let (is_well, said) = check(&claude(&server.url(), folder.path(), ""), Asking::OneToken).await.unwrap();
    assert!(is_well, "{said}");
    let place =
        format!("claude: bedrock, model eu.vendor.large-v1:0, region eu-central-1 at {}", server.url());
    assert!(said.contains(&place) && said.contains("no price"), "{said}");
}

#[tokio::test]
async fn a_model_that_thinks_is_asked_for_one_token_beside_its_thoughts() {
    let server = ModelServer::start(Dialect::Bedrock, [Script::saying(["Yes"])]).await;
    let folder = tempfile::tempdir().unwrap();
    let thinking = "additional_fields.thinking = { type = \"enabled\", budget_tokens = 1024 }";
    let settings = claude(&server.url(), folder.path(), thinking);
    let (is_well, said) = check(&settings, Asking::OneToken).await.unwrap();
    assert!(is_well, "{said}");
    assert_eq!(server.received()[0].body["inferenceConfig"]["maxTokens"], 1_025, "more than the budget");
}

#[tokio::test]
async fn a_refused_key_is_said_with_what_to_do() {
    let server = server(Script::refusing(401, "invalid_api_key")).await;
    let (is_well, said) = check(&local(&server.url(), ""), Asking::OneToken).await.unwrap();
    assert!(!is_well);
    assert!(said.contains("one token: failed, denied: ") && said.contains("models.local.key_env"), "{said}");
}

#[tokio::test]
async fn a_model_that_there_is_not_is_said_with_what_to_do() {
    let server = server(Script::refusing(404, "model_not_found")).await;
    let (is_well, said) = check(&local(&server.url(), ""), Asking::OneToken).await.unwrap();
    assert!(!is_well);
    assert!(said.contains("failed, invalid: ") && said.contains("Check models.local.model"), "{said}");
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_said_with_what_to_do() {
    let url = server(Script::saying(["Yes"])).await.url();
    let (is_well, said) = check(&local(&url, ""), Asking::OneToken).await.unwrap();
    assert!(!is_well);
    assert!(said.contains("failed, unavailable: ") && said.contains("models.local.base_url"), "{said}");
}

#[tokio::test]
async fn a_model_that_says_nothing_is_not_waited_for() {
    let server = server(Script::of([Step::Stall])).await;
    let settings = local(&server.url(), "policy.first_token_ms = 50");
    let tested = check(&settings, Asking::OneToken);
    let (is_well, said) = tokio::time::timeout(Duration::from_secs(20), tested).await.unwrap().unwrap();
    assert!(!is_well);
    assert!(said.contains("failed, timeout: nothing came within 50 ms"), "{said}");
}

#[tokio::test]
async fn a_turn_that_is_shorter_than_a_model_s_patience_is_warned_of() {
    let settings = |turn_ms| format!("timeouts.turn_ms = {turn_ms}\n{}", local("http://127.0.0.1:9", ""));
    let (_, said) = check(&settings(11_000), Asking::Nothing).await.unwrap();
    assert!(said.contains("warning: a turn leaves its models 10000 ms"), "{said}");
    assert!(said.contains("lower models.local.policy.first_token_ms"), "{said}");
    let (_, said) = check(&settings(11_001), Asking::Nothing).await.unwrap();
    assert!(!said.contains("warning"), "{said}");
}

#[tokio::test]
async fn a_guardrail_that_stops_everything_is_no_success() {
    let server = server(Script::of([Step::Stop(Stop::Filtered)])).await;
    let (is_well, said) = check(&local(&server.url(), ""), Asking::OneToken).await.unwrap();
    assert!(!is_well, "{said}");
}

#[tokio::test]
async fn a_key_that_is_not_where_it_should_be_is_an_error_of_its_setting() {
    let settings = local("http://127.0.0.1:9", "key_file = \"/nowhere/at/all\"");
    let Err(StartError::Config(error)) = check(&settings, Asking::OneToken).await else {
        panic!("it was accepted")
    };
    assert_eq!(error.key, "models.local");
    assert!(error.reason.contains("key_file"), "{error}");
}

/// The program with this configuration: its exit status and what it says.
fn run(settings: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("origin.toml");
    std::fs::write(&file, Setup::default().settings(settings).text()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mangaassist-origin"))
        .args(["check", "--config"])
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_status_says_how_it_went() {
    let (good, bad) =
        (server(Script::saying(["Yes"])).await, server(Script::refusing(401, "invalid_api_key")).await);
    let (status, said) = run("", &[]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(&local(&good.url(), ""), &[]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(&local(&bad.url(), ""), &[]);
    assert_eq!(status, Some(1), "{said}");
    let (status, said) = run(&local(&bad.url(), ""), &["--offline"]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(&local(&bad.url(), "colour = 3"), &[]);
    assert_eq!(status, Some(64), "{said}");
    assert!(said.contains("models.local.colour"), "{said}");
}
