//! `spin.toml`, manifest version 2, as far as the application uses it. What is not understood is refused: a test that passes here must
//! not pass by leaving something out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// The manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    /// The application's name and what else describes it.
    pub application: Application,
    /// The application's variables.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    component: BTreeMap<String, Component>,
}

/// What describes the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// One sentence.
    #[serde(default)]
    pub description: String,
    /// Who made it.
    #[serde(default)]
    pub authors: Vec<String>,
}

/// A variable of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What it is when nothing else is said.
    pub default: Option<String>,
    /// Whether the application does not start without it.
    #[serde(default)]
    pub required: bool,
    /// Whether it is not shown.
    #[serde(default)]
    pub secret: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    http: Vec<HttpTrigger>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpTrigger {
    route: String,
    component: String,
}

/// A component of the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// Its file, relative to the manifest.
    pub source: PathBuf,
    /// Folders that it reads.
    #[serde(default)]
    pub files: Vec<Files>,
    /// Key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Where it may send requests.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Models that it may use.
    #[serde(default)]
    pub ai_models: Vec<String>,
    /// Its own variables, as templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// How `spin build` makes it.
    pub build: Option<Build>,
}

/// A folder that a component reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The folder, relative to the manifest.
    pub source: PathBuf,
    /// Where the component finds it.
    pub destination: String,
}

/// How a component is built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The command.
    pub command: String,
    /// What it is built from.
    #[serde(default)]
    pub watch: Vec<String>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// It is no manifest of version 2, or says what this host does not understand.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let manifest: Self = toml::from_str(text).context("spin.toml")?;
        ensure!(manifest.spin_manifest_version == 2, "spin.toml: expected spin_manifest_version 2");
        let of_components = manifest.component.values().flat_map(|component| component.variables.keys());
        for name in manifest.variables.keys().chain(of_components) {
            is_variable_name(name).with_context(|| format!("spin.toml: variable {name:?}"))?;
        }
        Ok(manifest)
    }

    /// The component that serves every path.
    ///
    /// # Errors
    /// There is none, or there are others.
    pub fn component(&self) -> anyhow::Result<&Component> {
        let [trigger] = self.trigger.http.as_slice() else { bail!("spin.toml: expected one HTTP trigger") };
        ensure!(trigger.route == "/...", "spin.toml: expected the route `/...`, found `{}`", trigger.route);
        self.component
            .get(&trigger.component)
            .with_context(|| format!("spin.toml: there is no component `{}`", trigger.component))
    }

    /// The application's variables with these values, as `spin up --variable` would set them.
    ///
    /// # Errors
    /// Names a value for a variable that is not there, or the variable that has to have one.
    pub fn resolve(&self, values: &BTreeMap<String, String>) -> anyhow::Result<BTreeMap<String, String>> {
        if let Some(unknown) = values.keys().find(|name| !self.variables.contains_key(*name)) {
            bail!("spin.toml has no variable `{unknown}`");
        }
        let value = |(name, variable): (&String, &Variable)| {
            let value = values.get(name).or(variable.default.as_ref());
            value
                .map(|value| (name.clone(), value.clone()))
                .with_context(|| format!("variable `{name}` has no value; set it with --variable {name}=…"))
        };
        self.variables.iter().map(value).collect()
    }
}

/// Whether Spin takes this for a variable's name: words of small letters and digits with one `_` between, each of which begins with a
/// letter. Newer Spins let later words begin with a digit; 4.1 does not.
fn is_variable_name(name: &str) -> anyhow::Result<()> {
    let is_word_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    for word in name.split('_') {
        let Some(first) = word.bytes().next() else {
            bail!("expected a letter or a digit on both sides of each `_`");
        };
        ensure!(word.bytes().all(is_word_letter), "expected small letters, digits and `_` alone");
        ensure!(first.is_ascii_lowercase(), "expected a small letter where a word begins");
    }
    Ok(())
}

/// A template with `{{ name }}` in place of variables.
///
/// # Errors
/// A name is not a variable, or a brace is left open.
pub fn render(template: &str, variables: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let mut rendered = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").with_context(|| format!("`{template}`: expected }}}}"))?;
        let value = variables
            .get(name.trim())
            .with_context(|| format!("`{template}`: there is no variable `{}`", name.trim()))?;
        rendered.push_str(before);
        rendered.push_str(value);
        rest = after;
    }
    rendered.push_str(rest);
    Ok(rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "shop"
        [variables]
        url = { default = "http://127.0.0.1:1" }
        key = { required = true }
        [[trigger.http]]
        route = "/..."
        component = "shop"
        [component.shop]
        source = "shop.wasm"
        allowed_outbound_hosts = ["{{ url }}"]
    "#;

    #[test]
    fn a_missing_variable_names_itself() {
        let manifest = Manifest::read(MANIFEST).unwrap();
        let error = manifest.resolve(&BTreeMap::new()).unwrap_err().to_string();
        assert!(error.contains("`key`"), "{error}");
        let values = BTreeMap::from([("key".to_owned(), "k".to_owned())]);
        assert_eq!(manifest.resolve(&values).unwrap()["url"], "http://127.0.0.1:1");
        let values = BTreeMap::from([("kye".to_owned(), "k".to_owned())]);
        assert!(manifest.resolve(&values).unwrap_err().to_string().contains("`kye`"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(Manifest::read(&MANIFEST.replace("source =", "sauce =")).is_err());
        assert!(Manifest::read(&MANIFEST.replace("version = 2", "version = 1")).is_err());
    }

    #[test]
    fn names_of_variables_are_spins() {
        for name in ["a", "abc", "a1b2c3", "a_b", "key_session1"] {
            assert!(is_variable_name(name).is_ok(), "{name}");
        }
        for name in ["", "aX", "ABC", "1bc", "_x", "x_", "a__b", "a_1", "x-y", "x.y", "clé"] {
            assert!(is_variable_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused_wherever_it_stands() {
        let of_application = MANIFEST.replace("key = {", "key_1 = {");
        let error = format!("{:#}", Manifest::read(&of_application).unwrap_err());
        assert!(error.contains("\"key_1\"") && error.contains("small letter"), "{error}");
        let of_component = format!("{MANIFEST}\n[component.shop.variables]\nApiKey = \"{{{{ key }}}}\"");
        let error = format!("{:#}", Manifest::read(&of_component).unwrap_err());
        assert!(error.contains("\"ApiKey\""), "{error}");
    }

    #[test]
    fn templates_are_filled_in() {
        let variables = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        assert_eq!(render("x{{ a }}y{{a}}", &variables).unwrap(), "x1y1");
        assert!(render("{{ b }}", &variables).is_err());
        assert!(render("{{ a", &variables).is_err());
    }
}
