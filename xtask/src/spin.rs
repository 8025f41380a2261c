//! Builds the Spin application: the entry and what filters import, composed with the pre-initialised filters into one component.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::process::{build_quietly, cargo, run, run_quietly};
use crate::{build, say, setup};

/// What a component that has WASI is compiled for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// The components of ours beside the filters: the first is the one that the others are composed into.
const PARTS: &[&str] = &["component-spin", "component-spin-services"];

/// The application, from whatever is missing. It needs neither the proxy nor what that is built with.
pub(crate) fn everything(root: &Path) -> anyhow::Result<()> {
    build::widget_can_be_built(root)?;
    setup::targets(root)?;
    build::filters(root)?;
    say("building the composer (the first time takes some minutes)");
    run(cargo(root).args(["build", "--release", "--package", "shop-compose"]))?;
    component(root)?;
    build::widget(root)
}

/// The composed component, by a composer that is built.
pub(crate) fn component(root: &Path) -> anyhow::Result<()> {
    say("building and composing the Spin application");
    let mut parts = cargo(root);
    parts.args(["build", "--target", TARGET, "--profile", "guest"]);
    for part in PARTS {
        parts.args(["--package", part]);
    }
    build_quietly(&mut parts)?;
    let out = composed(root);
    let inputs = inputs(root)?;
    if is_fresh(&out, &inputs) {
        return Ok(());
    }
    run_quietly(&mut compose(root, &out)).context("the application cannot be composed")
}

/// Whether everything that the composition is made of is there and older.
fn is_fresh(out: &Path, inputs: &[PathBuf]) -> bool {
    let Some(composed) = setup::modified(out) else { return false };
    inputs.iter().all(|input| setup::modified(input).is_some_and(|input| input < composed))
}

/// Where the application is, as `spin.toml` says.
fn composed(root: &Path) -> PathBuf {
    root.join("target/spin/mangaassist.wasm")
}

fn part(root: &Path, name: &str) -> PathBuf {
    build::target_folder(root).join(TARGET).join("guest").join(format!("{}.wasm", name.replace('-', "_")))
}

fn composer(root: &Path) -> PathBuf {
    build::target_folder(root).join("release/shop-compose")
}

/// Everything that the composition is made of.
fn inputs(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut inputs: Vec<_> = PARTS.iter().map(|name| part(root, name)).collect();
    inputs.extend([composer(root), root.join("config/edge.toml")]);
    build::artifact_files(root).map(|files| inputs.into_iter().chain(files).collect())
}

fn compose(root: &Path, out: &Path) -> Command {
    let mut command = Command::new(composer(root));
    command.arg("--config").arg(root.join("config/edge.toml"));
    command.arg("--filters").arg(build::filters_folder(root));
    command.arg("--entry").arg(part(root, PARTS[0]));
    command.arg("--services").arg(part(root, PARTS[1]));
    command.arg("--out").arg(out);
    command
}

/// The crates that are only ever compiled for [`TARGET`].
pub(crate) const fn packages() -> &'static [&'static str] {
    PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_composition_goes_where_the_manifest_looks_for_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = std::fs::read_to_string(root.join("spin.toml")).unwrap();
        let source = composed(Path::new("")).to_string_lossy().into_owned();
        assert!(manifest.contains(&format!("source = \"{source}\"")), "{source}");
        assert!(manifest.contains("command = \"cargo xtask build --spin\""));
    }

    #[test]
    fn a_composition_is_fresh_while_all_that_it_is_made_of_is_there_and_older() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, seconds: u64| {
            let path = folder.path().join(name);
            let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            std::fs::File::create(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let (old, out, new) = (file("old", 1_000), file("out", 2_000), file("new", 3_000));
        assert!(is_fresh(&out, std::slice::from_ref(&old)));
        assert!(!is_fresh(&out, &[old.clone(), new]));
        assert!(!is_fresh(&out, &[old.clone(), folder.path().join("gone")]));
        assert!(!is_fresh(&folder.path().join("gone"), &[old]));
    }

    #[test]
    fn a_rule_that_is_taken_out_makes_the_composition_stale() {
        let inputs = inputs(&crate::root());
        // Before the first build there are no artifacts to look at.
        let Ok(inputs) = inputs else { return };
        assert!(inputs.iter().any(|input| input.ends_with("target/filters/waf/assets")));
    }

    #[test]
    fn every_part_has_a_folder() {
        let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components");
        for part in PARTS {
            let folder = components.join(part.trim_start_matches("component-"));
            assert!(folder.join("Cargo.toml").is_file(), "{}", folder.display());
        }
    }
}
