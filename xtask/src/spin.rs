//! Builds the Spin application: the entry and what filters import, composed with the pre-initialised filters into one component.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::process::{cargo, run, run_quietly};
use crate::{build, say, setup};

/// What a component that has WASI is compiled for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// The components of ours beside the filters: the first is the one that the others are composed into.
const PARTS: &[&str] = &["component-spin", "component-spin-services"];

/// The application, from whatever is missing. It needs neither the proxy nor what that is built with.
pub(crate) fn everything(root: &Path) -> anyhow::Result<()> {
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
    parts.args(["build", "--quiet", "--target", TARGET, "--profile", "guest"]);
    for part in PARTS {
        parts.args(["--package", part]);
    }
    run(&mut parts)?;
    let out = composed(root);
    let inputs = inputs(root)?;
    if inputs.iter().all(|input| setup::modified(input) < setup::modified(&out)) {
        return Ok(());
    }
    run_quietly(&mut compose(root, &out)).context("the application cannot be composed")
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
    command.arg("--filters").arg(root.join("target/filters"));
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
    fn every_part_has_a_folder() {
        let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components");
        for part in PARTS {
            let folder = components.join(part.trim_start_matches("component-"));
            assert!(folder.join("Cargo.toml").is_file(), "{}", folder.display());
        }
    }
}
