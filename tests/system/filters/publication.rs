//! What is refused at publication, and what a refusal leaves in place.

use std::time::{Duration, SystemTime};

use host::artifact::Artifact;
use host::chain::Chain;
use host::grant::Import;
use host::publish::PublishError;
use serde_json::{Value, json};

use super::artifacts::{
    EMPTY_COMPONENT, EMPTY_MODULE, artifact, component_exporting, component_importing, guest, misbehave,
};
use super::rig::{Rig, config, score_of, tags_of};

/// What publishing these bytes into a slot that grants every import says.
#[track_caller]
fn refused(rig: &Rig, component: Vec<u8>) -> PublishError {
    match rig.open(config("first"), artifact(component, &json!({}))) {
        Ok(_) => panic!("it was published"),
        Err(error) => error,
    }
}

#[test]
fn an_ungranted_import_is_refused_at_publication() {
    let rig = Rig::new();
    for (missing, interface) in [(Import::Buckets, "buckets"), (Import::Keys, "keys")] {
        let mut without = config("first");
        without.grant.imports.remove(&missing);
        let ungranted = artifact(guest("guest-ungranted"), &json!({}));
        let error = rig.open(without, ungranted).err().expect("refused");
        assert!(
            matches!(&error, PublishError::NotGranted(name)
            if *name == format!("mangaassist:edge/{interface}@0.1.0")),
            "{error}"
        );
    }
    assert!(
        rig.open(config("first"), artifact(guest("guest-ungranted"), &json!({}))).is_ok(),
        "with both it is"
    );
}

#[test]
fn a_wasi_import_is_refused() {
    let rig = Rig::new();
    for name in
        ["wasi:cli/environment@0.2.0", "wasi:sockets/tcp@0.2.0", "mangaassist:edge/clock@0.2.0", "anything"]
    {
        let error = refused(&rig, component_importing(name));
        assert!(matches!(&error, PublishError::NotGranted(refused) if refused == name), "{name}: {error}");
    }
}

#[test]
fn garbage_bytes_are_refused() {
    let rig = Rig::new();
    let whole = guest("guest-misbehave");
    let half = whole[..whole.len() / 2].to_vec();
    let text = b"(component)".to_vec();
    for bytes in [Vec::new(), b"garbage".to_vec(), half, EMPTY_MODULE.to_vec(), text] {
        let error = refused(&rig, bytes);
        assert!(matches!(error, PublishError::Component(_)), "{error}");
    }
    assert_eq!(rig.counter("filter_publications", "first", "outcome=\"refused\""), 5);
}

#[test]
fn a_component_without_a_phase_is_refused() {
    let rig = Rig::new();
    let error = refused(&rig, EMPTY_COMPONENT.to_vec());
    assert!(matches!(error, PublishError::NoPhase), "{error}");
}

#[test]
fn a_phase_of_another_contract_is_refused_not_skipped() {
    let rig = Rig::new();
    let newer = "mangaassist:edge/request-filter@0.2.0";
    let error = refused(&rig, component_exporting(newer));
    assert!(matches!(&error, PublishError::UnknownPhase(name) if name == newer), "{error}");
}

#[test]
fn a_phase_without_its_function_is_refused_not_skipped() {
    let rig = Rig::new();
    let error = refused(&rig, component_exporting("mangaassist:edge/turn-filter@0.1.0"));
    assert!(matches!(&error, PublishError::Component(cause) if cause.contains("on-turn")), "{error}");
}

/// A slot that holds `v1` is given these settings: it refuses them with this, and goes on with `v1`.
#[track_caller]
fn stays_with_v1(settings: &Value, expected: &str) {
    stays_with_v1_in(&Rig::new(), settings, expected);
}

#[track_caller]
fn stays_with_v1_in(rig: &Rig, settings: &Value, expected: &str) {
    let slot = rig.slot(config("first"), json!({ "on_request": "wait", "name": "v1" }));
    let label = slot.current().label().to_owned();
    let error = slot.replace(misbehave(settings)).expect_err("refused").to_string();
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(slot.current().label(), label);
    assert_eq!(tags_of(&Chain::new(vec![slot])), ["v1"]);
    assert_eq!(rig.counter("filter_publications", "first", "outcome=\"refused\""), 1);
}

#[test]
fn init_that_refuses_says_why_and_the_old_version_stays() {
    let settings = json!({ "init": "refuse", "name": "v2" });
    stays_with_v1(&settings, "init refused: `v2` is not what this filter wants");
}

#[test]
fn settings_that_the_filter_does_not_know_are_refused_with_their_place() {
    let settings = json!({ "on_reqest": "trap" });
    stays_with_v1(&settings, "init refused: settings.json: unknown field `on_reqest`");
}

#[test]
fn init_that_traps_is_refused_and_the_old_version_stays() {
    stays_with_v1(&json!({ "init": "trap" }), "init failed: ");
}

#[test]
fn init_that_allocates_without_end_is_refused_and_the_old_version_stays() {
    stays_with_v1(&json!({ "init": "allocate" }), "init failed: ");
}

#[test]
fn init_that_does_not_end_is_refused_in_its_time_and_the_old_version_stays() {
    // Long enough for the version that stays, whose `init` does nothing.
    stays_with_v1_in(&Rig::with_init_ms(2_000), &json!({ "init": "loop" }), "init failed: ");
}

#[test]
fn settings_that_are_no_object_are_refused() {
    let rig = Rig::new();
    let settings = Artifact { settings: "[]".into(), ..misbehave(&json!({})) };
    let error = rig.open(config("first"), settings).err().expect("refused");
    assert!(matches!(error, PublishError::Artifact(_)), "{error}");
}

#[test]
fn the_image_is_taken_from_the_cache_on_the_second_publication() {
    let folder = tempfile::tempdir().unwrap();
    let counted = json!({ "init": "count", "on_request": "remember" });
    let inits = |rig: &Rig| rig.counter("filter_events", "first", "name=\"init\"");
    let first = Rig::cached_in(folder.path());
    first.chain(counted.clone());
    assert_eq!(inits(&first), 1);

    let second = Rig::cached_in(folder.path());
    let chain = second.chain(counted);
    assert_eq!(inits(&second), 0, "init did not run again");
    assert_eq!(score_of(&chain, "calls"), Some(1));

    let other_settings = Rig::cached_in(folder.path());
    other_settings.chain(json!({ "init": "count" }));
    assert_eq!(inits(&other_settings), 1, "another version has another image");
}

#[test]
fn a_broken_image_in_the_cache_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({ "on_request": "remember" });
    Rig::cached_in(folder.path()).chain(settings.clone());
    let images = || std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let image = images().find(|path| path.to_string_lossy().ends_with(".image.wasm")).unwrap();
    for left_by_a_crash in [&b""[..], b"\0\0\0\0\0\0\0\0"] {
        std::fs::write(&image, left_by_a_crash).unwrap();
        let rig = Rig::cached_in(folder.path());
        assert_eq!(score_of(&rig.chain(settings.clone()), "calls"), Some(1));
        assert!(std::fs::read(&image).unwrap().len() > 1_000, "and kept");
    }
}

#[test]
fn an_image_from_the_cache_is_checked_against_the_grant_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let ungranted = || artifact(guest("guest-ungranted"), &json!({}));
    Rig::cached_in(folder.path()).open(config("first"), ungranted()).unwrap();
    let mut without = config("first");
    without.grant.imports.remove(&Import::Keys);
    let error = Rig::cached_in(folder.path()).open(without, ungranted()).err();
    assert!(matches!(error, Some(PublishError::NotGranted(_))), "{error:?}");
}

#[test]
fn the_cache_keeps_so_many_images_and_the_one_that_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({ "init": "count", "on_request": "remember" });
    Rig::cached_in(folder.path()).chain(settings.clone());
    for n in 0..300 {
        let path = folder.path().join(format!("{n}.image.wasm"));
        std::fs::write(&path, b"an older one").unwrap();
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    }
    Rig::cached_in(folder.path()).chain(json!({}));
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let images = names.filter(|name| name.to_string_lossy().ends_with(".image.wasm")).count();
    assert_eq!(images, 256);
    let rig = Rig::cached_in(folder.path());
    rig.chain(settings);
    assert_eq!(rig.counter("filter_events", "first", "name=\"init\""), 0, "its image is there still");
}

#[cfg(unix)]
#[test]
fn the_cache_belongs_to_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    Rig::cached_in(&cache).chain(json!({}));
    assert_eq!(std::fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}
