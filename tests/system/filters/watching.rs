//! The watched folder: what changes there is published, what cannot be published changes nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use host::artifact::Artifact;
use host::chain::Chain;
use host::slot::Slot;
use host::watch::{Look, Watch, Watched};
use serde_json::{Value, json};

use super::artifacts::guest;
use super::rig::{Rig, config, eventually, tags_of};

const LOOK_EVERY: Duration = Duration::from_millis(5);

fn named(name: &str) -> Value {
    json!({ "on_request": "wait", "name": name })
}

/// Slot `first`, opened from its folder, which is watched from then on.
fn watched(rig: &Rig, directory: &Path) -> (Arc<Slot>, Watch) {
    watched_and_meanwhile(rig, directory, || {})
}

/// The same; this is done after the slot's folder was read.
fn watched_and_meanwhile(rig: &Rig, directory: &Path, meanwhile: impl FnOnce()) -> (Arc<Slot>, Watch) {
    let folder = directory.join("first");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("filter.wasm"), guest("guest-misbehave")).expect("written");
    std::fs::write(folder.join("settings.json"), named("v1").to_string()).expect("written");
    let look = Look::at(directory, &config("first"));
    let artifact = Artifact::read(&folder).expect("an artifact");
    meanwhile();
    let slot = rig.open(config("first"), artifact).expect("published");
    let watched = vec![Watched { slot: Arc::clone(&slot), look }];
    let watch = Watch::start(directory.to_owned(), watched, LOOK_EVERY).expect("watched");
    (slot, watch)
}

fn refusals(rig: &Rig) -> u64 {
    rig.counter("filter_publications", "first", "outcome=\"refused\"")
}

#[test]
fn a_changed_folder_is_published() {
    let rig = Rig::new();
    let directory = tempfile::tempdir().unwrap();
    let (slot, _watch) = watched(&rig, directory.path());
    let chain = Chain::new(vec![slot]);
    assert_eq!(tags_of(&chain), ["v1"]);
    std::fs::write(directory.path().join("first/settings.json"), named("v2").to_string()).unwrap();
    eventually("v2 is published", || tags_of(&chain) == ["v2"]);
}

#[test]
fn a_folder_that_changes_while_its_slot_is_opened_is_published() {
    let rig = Rig::new();
    let directory = tempfile::tempdir().unwrap();
    let settings = directory.path().join("first/settings.json");
    let (slot, _watch) = watched_and_meanwhile(&rig, directory.path(), || {
        std::fs::write(&settings, named("meanwhile").to_string()).unwrap();
    });
    let chain = Chain::new(vec![slot]);
    eventually("what came meanwhile is published", || tags_of(&chain) == ["meanwhile"]);
}

#[test]
fn a_folder_renamed_into_place_is_published() {
    let rig = Rig::new();
    let directory = tempfile::tempdir().unwrap();
    let (slot, _watch) = watched(&rig, directory.path());
    let chain = Chain::new(vec![slot]);
    let (current, next, old) =
        (directory.path().join("first"), directory.path().join(".next"), directory.path().join(".old"));
    std::fs::create_dir(&next).unwrap();
    std::fs::write(next.join("filter.wasm"), guest("guest-misbehave")).unwrap();
    std::fs::write(next.join("settings.json"), named("second").to_string()).unwrap();
    std::fs::rename(&current, &old).unwrap();
    std::fs::rename(&next, &current).unwrap();
    eventually("the new folder is published", || tags_of(&chain) == ["second"]);
}

#[test]
fn a_broken_folder_leaves_the_version_in_place() {
    let rig = Rig::new();
    let directory = tempfile::tempdir().unwrap();
    let (slot, _watch) = watched(&rig, directory.path());
    let chain = Chain::new(vec![slot]);
    std::fs::write(directory.path().join("first/filter.wasm"), b"garbage").unwrap();
    eventually("the garbage is refused", || refusals(&rig) == 1);
    assert_eq!(tags_of(&chain), ["v1"]);

    std::fs::write(directory.path().join("first/filter.wasm"), guest("guest-misbehave")).unwrap();
    std::fs::write(directory.path().join("first/settings.json"), named("repaired").to_string()).unwrap();
    eventually("the repaired folder is published", || tags_of(&chain) == ["repaired"]);
}

#[test]
fn a_folder_that_cannot_be_read_as_an_artifact_is_counted_as_refused() {
    let rig = Rig::new();
    let directory = tempfile::tempdir().unwrap();
    let (slot, _watch) = watched(&rig, directory.path());
    std::fs::write(directory.path().join("first/settings.json"), b"{ not JSON").unwrap();
    eventually("the settings are refused", || refusals(&rig) == 1);
    assert_eq!(tags_of(&Chain::new(vec![slot])), ["v1"]);
}
