//! What a reviewer would run first.

use std::path::Path;
use std::process::Command;

use crate::process::{self, cargo, output, run_quietly};
use crate::{build, say, setup};

/// The release whose formatter and lints the tree follows; others differ in what they ask for.
const RELEASE: &str = "1.95.";

/// What a host that is composed with its filters is compiled for; it has WASI, which filters have not.
const COMPOSED_TARGET: &str = "wasm32-wasip2";

/// Format, lints, the lock file, licences and sources, the widget.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    setup::for_build(root)?;
    let release = output(Command::new("rustc").arg("--version").current_dir(root)).unwrap_or_default();
    if !release.starts_with(&format!("rustc {RELEASE}")) {
        say(&format!("note: the tree follows the lints of {RELEASE}x, this is {}", release.trim()));
    }
    say("format");
    process::run(cargo(root).args(["fmt", "--all", "--check"]))?;
    say("lints");
    build::filters(root)?;
    clippy(root)?;
    say("generated files: the lock file");
    // Fails, and changes nothing, where Cargo.lock is not what the manifests would make of it. npm ci does the same for the widget.
    run_quietly(cargo(root).args(["tree", "--workspace", "--locked", "--depth", "0"]))?;
    say("licences and sources");
    if output(cargo(root).args(["deny", "--version"])).is_none() {
        say("installing cargo-deny");
        run_quietly(cargo(root).args(["install", "--locked", "cargo-deny", "--version", "0.20.2"]))?;
    }
    // The advisories' database is not in a package registry; what can be checked without it is.
    process::run(cargo(root).args(["deny", "--offline", "check", "bans", "licenses", "sources"]))?;
    say("the widget's types and style");
    setup::npm(root)?;
    run_quietly(Command::new("npm").args(["run", "lint"]).current_dir(root.join("widget")))?;
    say("all is well");
    Ok(())
}

/// Lints everything with warnings denied: what is native here, filters for the target that they run on, and what has a side for
/// each for both.
fn clippy(root: &Path) -> anyhow::Result<()> {
    let guests = build::guest_packages();
    let mut native = cargo(root);
    native.args(["clippy", "--release", "--workspace", "--all-targets"]);
    for guest in &guests {
        native.args(["--exclude", guest]);
    }
    process::run(native.args(["--", "-D", "warnings"]))?;
    let mut filters = cargo(root);
    filters.args(["clippy", "--profile", "guest", "--target", build::TARGET]);
    for guest in &guests {
        filters.args(["--package", guest]);
    }
    process::run(filters.args(["--", "-D", "warnings"]))?;
    let mut composed = cargo(root);
    composed.args(["clippy", "--profile", "guest", "--target", COMPOSED_TARGET, "--package", "filter-chain"]);
    process::run(composed.args(["--", "-D", "warnings"]))
}
