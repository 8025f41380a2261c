//! What a reviewer would run first.

use std::path::Path;
use std::process::Command;

use crate::lints::Linter;
use crate::process::{self, cargo, output, run_quietly};
use crate::{build, say, setup};

/// Format, lints, the lock file, licences and sources, the widget.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    setup::node()?;
    setup::for_build(root)?;
    let linter = Linter::of(root)?;
    say("format");
    linter.check_format(root)?;
    say("lints");
    build::filters(root)?;
    linter.lint(root)?;
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
