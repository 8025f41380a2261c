//! What the documents say of the configuration, read by the service itself.

use std::path::{Path, PathBuf};

use origin::Config;
use origin::model::cost::Prices;
use toml::{Table, Value};

/// What every configuration has to have.
const LEAST: &str = r#"
    listen = { public = "127.0.0.1:0", admin = "127.0.0.1:0" }
    shop.data_dir = "shop"
    [[keys]]
    name = "k"
    algorithm = "HS256"
    secret_base64 = "AAAA"
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(document: &str) -> String {
    std::fs::read_to_string(root().join(document)).unwrap()
}

/// The fenced blocks of a language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = read(document);
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// The configuration with this added.
fn config(block: &str) -> Config {
    let mut table: Table = LEAST.parse().unwrap();
    let block: Table = block.parse().unwrap_or_else(|error| panic!("{error}\n{block}"));
    table.extend(block.iter().map(|(key, value): (&String, &Value)| (key.clone(), value.clone())));
    Config::from_table(table).unwrap_or_else(|error| panic!("{error}\n{block}"))
}

#[test]
fn every_setting_in_the_document_about_models_is_one() {
    let blocks = blocks("docs/models.md", "toml");
    assert!(blocks.len() >= 8, "{} blocks", blocks.len());
    for block in blocks {
        if block.starts_with("[[price]]") {
            Prices::from_toml(&block).unwrap();
            continue;
        }
        let config = config(&block);
        let has_budgets = block.contains("[budgets]");
        assert!(has_budgets || !config.models.models.is_empty(), "{block}");
    }
}

#[test]
fn the_readmes_three_lines_are_a_model() {
    let blocks = blocks("README.md", "toml");
    let [block] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    assert_eq!(block.lines().count(), 3, "{block}");
    assert_eq!(config(block).models.routes.order, ["claude"]);
    let local = read("README.md");
    let local = local.lines().find_map(|line| line.split("`{ kind").nth(1)?.split('`').next()).unwrap();
    config(&format!("[models]\norder = [\"local\"]\nlocal = {{ kind{local}"));
}

#[test]
fn the_document_names_the_defaults_of_a_policy() {
    let blocks = blocks("docs/models.md", "toml");
    let block = blocks.iter().find(|block| block.contains("[models.claude.policy]")).unwrap();
    let models = config(block).models.models;
    let claude = models.iter().find(|model| model.name == "claude").unwrap();
    assert_eq!(claude.policy, origin::model::Policy::default());
}

#[test]
fn the_configuration_that_comes_along_needs_no_model() {
    let config = Config::from_file(&root().join("config/origin.toml")).unwrap();
    assert!(config.models.models.is_empty());
}
