//! Settings that cannot be are refused at the start, by their names.

use std::fs;

use origin::model::openai::{OpenAi, Settings};
use origin::model::{Model as _, ModelErrorKind};

use super::{model, read, refused};

const BASE_URL: &str = "http://127.0.0.1:11434/v1";

#[test]
fn an_address_that_cannot_be_is_refused() {
    let long = format!("http://127.0.0.1/{}", "x".repeat(3_000));
    let addresses = [
        "",
        "127.0.0.1:11434/v1",
        "/v1",
        "ftp://127.0.0.1/v1",
        "http://key@127.0.0.1/v1",
        "http://127.0.0.1/v1?key=1",
        "http://127.0.0.1/v1#here",
        "http://127.0.0.1:port/v1",
        &long,
    ];
    for address in addresses {
        let (kind, reason) = refused(address, "");
        assert_eq!(kind, ModelErrorKind::Invalid, "{address}");
        assert!(reason.starts_with("base_url: "), "{address}: {reason}");
    }
}

#[test]
fn a_setting_that_cannot_be_is_refused_by_its_name() {
    let table = [
        ("temperature = 2.1", "temperature"),
        ("temperature = nan", "temperature"),
        ("top_p = 0.0", "top_p"),
        ("connect_ms = 0", "connect_ms"),
        ("connect_ms = 60001", "connect_ms"),
        ("idle_ms = 600001", "idle_ms"),
        ("extra = { messages = [] }", "extra.messages"),
        ("extra = { max_tokens = 1 }", "extra.max_tokens"),
        ("headers = { Authorization = \"Bearer x\" }", "headers"),
        ("headers = { api-key = \"x\" }", "headers"),
        ("headers = { Host = \"x\" }", "headers"),
        ("headers = { \"not a name\" = \"x\" }", "headers"),
        ("headers = { X-One = \"a\\nb\" }", "headers"),
        ("key_env = \"A\"\nkey_file = \"b\"", "key_env and key_file"),
        ("ca_file = \"/no/such/file\"", "ca_file"),
    ];
    for (settings, name) in table {
        let (kind, reason) = refused(BASE_URL, settings);
        assert_eq!(kind, ModelErrorKind::Invalid, "{settings}: {reason}");
        assert!(reason.starts_with(name), "{settings}: {reason}");
    }
}

#[test]
fn a_model_without_a_name_is_refused() {
    let settings: Settings = toml::from_str(&format!("base_url = {BASE_URL:?}\nmodel = \" \"")).unwrap();
    let error = OpenAi::new("local".into(), settings).err().unwrap();
    assert!(error.reason.starts_with("model: "), "{error}");
}

#[test]
fn a_setting_that_is_misspelt_is_refused() {
    let error = toml::from_str::<Settings>("base_url = \"x\"\nmodel = \"y\"\napi_key = \"z\"").unwrap_err();
    assert!(error.to_string().contains("api_key"), "{error}");
}

#[test]
fn a_key_that_is_not_where_it_should_be_is_denied() {
    let (kind, reason) = refused(BASE_URL, "key_env = \"MANGAASSIST_NO_SUCH_KEY\"");
    assert_eq!(kind, ModelErrorKind::Denied);
    assert!(reason.contains("MANGAASSIST_NO_SUCH_KEY"), "{reason}");
    let (kind, reason) = refused(BASE_URL, "key_file = \"/no/such/key\"");
    assert_eq!(kind, ModelErrorKind::Denied);
    assert!(reason.contains("/no/such/key"), "{reason}");
}

#[test]
fn a_key_that_cannot_be_sent_is_denied_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    for key in [" \n", "sk-\nsecret", &"sk-secret".repeat(1_000)] {
        fs::write(&file, key).unwrap();
        let (kind, reason) = refused(BASE_URL, &format!("key_file = {file:?}"));
        assert_eq!(kind, ModelErrorKind::Denied);
        assert!(!reason.contains("secret"), "{reason}");
    }
}

#[test]
fn the_least_settings_are_an_address_and_a_model() {
    let model = model(BASE_URL, "");
    assert_eq!((model.name(), model.model_id()), ("local", "qwen3:8b"));
    let settings = read(BASE_URL, "");
    assert!(settings.include_usage && settings.temperature.is_none() && settings.connect_ms == 2_000);
}
