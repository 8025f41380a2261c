//! The shop's own five filters: no WASI, and each is granted what it imports and no more.

use host::artifact::Artifact;
use host::publish::PublishError;

use super::artifacts::{SHOP_FILTERS, shop_folder, shop_slots};
use super::rig::Rig;

fn shop_artifact(slot: &str) -> Artifact {
    Artifact::read(&shop_folder(slot)).expect("`cargo xtask test` builds the filters")
}

#[test]
fn the_configuration_has_a_slot_for_each_of_the_shops_filters() {
    let slots = shop_slots();
    let names: Vec<&str> = slots.iter().map(|slot| slot.name.as_str()).collect();
    assert_eq!(names, SHOP_FILTERS);
    for slot in &slots {
        slot.validate().unwrap();
    }
}

#[test]
fn the_shops_filters_import_no_wasi() {
    for slot in SHOP_FILTERS {
        let component = shop_artifact(slot).component;
        for name in ["wasi:", "wasi_snapshot_preview1"] {
            let found = component.windows(name.len()).any(|window| window == name.as_bytes());
            assert!(!found, "{slot} mentions {name}");
        }
    }
}

#[test]
fn the_shops_filters_are_published_with_the_grants_of_the_configuration() {
    let rig = Rig::new();
    for slot in shop_slots() {
        let artifact = shop_artifact(&slot.name);
        let name = slot.name.clone();
        if let Err(error) = rig.open(slot, artifact) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn the_configuration_grants_no_import_that_its_filter_does_not_have() {
    let rig = Rig::new();
    for slot in shop_slots() {
        let artifact = shop_artifact(&slot.name);
        for import in &slot.grant.imports {
            let mut without = slot.clone();
            without.grant.imports.remove(import);
            let error = rig.open(without, artifact.clone()).err();
            assert!(
                matches!(&error, Some(PublishError::NotGranted(name)) if name == import.interface()),
                "{} without {import:?}: {error:?}",
                slot.name,
            );
        }
    }
}
