//! The example of CONTRIBUTING.md is what a newcomer copies: it is built, published with the slot that the text gives, and does
//! what the text says.

use host::chain::{Chain, NoVectors};
use host::wit::{Asked, Language, Turn};

use super::artifacts::{artifact, guest, repository};
use super::rig::{Rig, client, context};

fn turn(text: &str) -> Turn {
    Turn {
        context: context(),
        client: client(),
        id: "4c9b0c8e-3f43-4c8e-9f0e-2d2e6a3b5f10".into(),
        text: text.into(),
        language: Language::En,
        page: None,
        dissatisfied: false,
        previous: None,
        handed_over: false,
        asked: Asked::NotYet,
    }
}

#[tokio::test]
async fn a_turn_that_asks_for_the_ending_is_tagged() {
    let rig = Rig::new();
    let slot = toml::from_str(
        &example("toml", "[[slot]]").replace("[[slot]]\n", "").replace("[slot.grant]", "[grant]"),
    );
    let artifact =
        artifact(guest("guest-spoiler"), &serde_json::from_str(&example("json", "words")).unwrap());
    let chain = Chain::new(vec![rig.open(slot.unwrap(), artifact).unwrap()]);
    let outcome = chain.turn(turn("How does it END?"), &NoVectors).await;
    assert_eq!(outcome.context.tags, ["spoiler"]);
    let outcome = chain.turn(turn("How does shipping work?"), &NoVectors).await;
    assert_eq!(outcome.context.tags, [""; 0]);
}

/// The block of this language in CONTRIBUTING.md that has this in it.
fn example(language: &str, mark: &str) -> String {
    let text = std::fs::read_to_string(repository().join("CONTRIBUTING.md")).expect("the text");
    let fence = format!("```{language}\n");
    let mut blocks = text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(mark)).expect("the example").to_owned()
}

/// The guest of the tests has its world in its source, because the shop's worlds are the shop's. Nothing else is different.
#[test]
fn what_is_built_is_the_example() {
    let wit = example("wit", "world spoiler")
        .replace("import settings;", "import mangaassist:edge/settings@0.1.0;")
        .replace("export turn-filter;", "export mangaassist:edge/turn-filter@0.1.0;");
    let world: String = wit.lines().map(|line| format!("            {line}\n")).collect();
    let inline = format!(
        "inline: r#\"\n            package test:spoiler;\n{world}        \"#,\n        \
         path: \"../../../wit\",\n        world: \"test:spoiler/spoiler\","
    );
    let text = example("rust", "// components/spoiler/src/lib.rs");
    let source = text
        .replace("// components/spoiler/src/lib.rs\n", "")
        .replace("path: \"../../wit\",\n        world: \"spoiler\",", &inline);
    let built = std::fs::read_to_string(repository().join("tests/guests/spoiler/src/lib.rs")).unwrap();
    assert_eq!(source, built);
}
