//! Where the credentials come from, and what happens without them.

use model_server::Script;
use origin::model::bedrock::Settings;
use origin::model::{Bedrock, ModelErrorKind};

use super::super::{ask, question};
use super::{Bed, MODEL};

#[tokio::test]
async fn credentials_that_have_expired_are_denied() {
    let bed = Bed::playing([Script::refusing(403, "ExpiredTokenException")]).await;
    let told = ask(&bed.model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Denied, "{told:?}");
    assert!(!told.failure().is_retryable());
}

#[tokio::test]
async fn credentials_may_come_from_a_process() {
    let script = r#"{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "s"}"#;
    let profile = format!("credential_process = echo '{script}'");
    let bed = Bed::with_profile([Script::saying(["Yes."])], &profile, |settings| settings).await;
    let told = ask(&bed.model, &question()).await;
    assert!(told.error.is_none(), "{told:?}");
    let received = bed.server.received().remove(0);
    assert!(received.header("authorization").unwrap().contains("Credential=AKIDPROCESS/"));
}

#[tokio::test]
async fn without_credentials_nothing_is_asked() {
    let profile = "credential_process = false";
    let bed = Bed::with_profile([Script::saying(["Yes."])], profile, |settings| settings).await;
    let told = ask(&bed.model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Denied, "{told:?}");
    assert!(told.failure().reason.starts_with("no credentials"), "{told:?}");
    assert!(bed.server.received().is_empty());
}

#[tokio::test]
async fn what_a_process_of_credentials_prints_stays_out_of_the_log() {
    let profile = "credential_process = echo very-secret >&2; echo very-secret; false";
    let bed = Bed::with_profile([Script::saying(["Yes."])], profile, |settings| settings).await;
    let told = ask(&bed.model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Denied, "{told:?}");
    assert!(!told.failure().reason.contains("very-secret"), "{told:?}");
}

#[tokio::test]
async fn the_region_may_come_from_the_profile() {
    let profile = format!("{}\nregion = ap-northeast-1", super::KEYS);
    let change = |settings| Settings { region: None, ..settings };
    let bed = Bed::with_profile([Script::saying(["Yes."])], &profile, change).await;
    ask(&bed.model, &question()).await;
    let received = bed.server.received().remove(0);
    assert!(received.header("authorization").unwrap().contains("/ap-northeast-1/bedrock/"));
}

async fn refused(settings: Settings) -> String {
    let error = Bedrock::connect("claude".into(), settings).await.err().unwrap();
    assert_eq!(error.kind, ModelErrorKind::Invalid, "{error}");
    error.reason
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let settings = || Settings { region: Some("eu-central-1".into()), ..Settings::of(MODEL) };
    assert!(refused(Settings { model: String::new(), ..settings() }).await.contains("`model`"));
    assert!(refused(Settings { model: "m".repeat(2049), ..settings() }).await.contains("`model`"));
    assert!(refused(Settings { temperature: Some(1.5), ..settings() }).await.contains("`temperature`"));
    assert!(refused(Settings { top_p: Some(f32::NAN), ..settings() }).await.contains("`top_p`"));
}
