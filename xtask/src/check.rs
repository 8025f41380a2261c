//! What a reviewer would run first.

use std::path::Path;
use std::process::Command;

use crate::process::{self, cargo, output, run_quietly};
use crate::{build, say, setup, spin};

/// The release whose formatter and lints the tree follows; others differ in what they ask for.
const RELEASE: &str = "1.95.";

/// Format, lints, the lock file, licences and sources, the widget.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    setup::for_build(root)?;
    let release = output(Command::new("rustc").arg("--version").current_dir(root)).unwrap_or_default();
    if let Some(note) = note_on_release(&release) {
        say(&note);
    }
    say("format");
    process::run(cargo(root).args(["fmt", "--all", "--check"]))?;
    say("lints");
    build::filters(root)?;
    process::run(&mut native_lints(root))?;
    process::run(&mut filter_lints(root))?;
    process::run(&mut spin_lints(root))?;
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

/// What is to be said when rustc is another release than the tree follows. `printed` is its version.
fn note_on_release(printed: &str) -> Option<String> {
    let follows = printed.starts_with(&format!("rustc {RELEASE}"));
    (!follows).then(|| format!("note: the tree follows the lints of {RELEASE}x, this is {}", printed.trim()))
}

/// Lints what is native, with warnings denied.
fn native_lints(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["clippy", "--release", "--workspace", "--all-targets"]);
    for guest in build::guest_packages() {
        command.arg("--exclude").arg(guest);
    }
    for part in spin::packages() {
        command.args(["--exclude", part]);
    }
    command.args(["--", "-D", "warnings"]);
    command
}

/// Lints filters for the target that they run on.
fn filter_lints(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["clippy", "--profile", "guest", "--target", build::TARGET]);
    for guest in build::guest_packages() {
        command.arg("--package").arg(guest);
    }
    command.args(["--", "-D", "warnings"]);
    command
}

/// Lints the Spin application, and the side that the chain has for it.
fn spin_lints(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["clippy", "--profile", "guest", "--target", spin::TARGET, "--package", "filter-chain"]);
    for part in spin::packages() {
        command.args(["--package", part]);
    }
    command.args(["--", "-D", "warnings"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_release_than_ours_is_noted() {
        assert_eq!(note_on_release("rustc 1.95.0 (59807616e 2026-04-14)\n"), None);
        let note = note_on_release("rustc 1.96.1 (abc 2026-06-01)\n").unwrap();
        assert!(note.ends_with("this is rustc 1.96.1 (abc 2026-06-01)"), "{note}");
        assert!(note_on_release("").is_some());
    }

    #[test]
    fn every_package_is_linted_on_one_side_with_warnings_denied() {
        let root = Path::new("/nowhere");
        let (native, filters, parts) = (native_lints(root), filter_lints(root), spin_lints(root));
        let given = |command: &Command, option: &str, package: &str| {
            let arguments: Vec<_> = command.get_args().collect();
            arguments.windows(2).any(|pair| pair[0] == option && pair[1] == package)
        };
        for guest in build::guest_packages() {
            assert!(given(&native, "--exclude", &guest), "{guest}");
            assert!(given(&filters, "--package", &guest), "{guest}");
        }
        for part in spin::packages() {
            assert!(given(&native, "--exclude", part), "{part}");
            assert!(given(&parts, "--package", part), "{part}");
        }
        for command in [&native, &filters, &parts] {
            assert!(given(command, "-D", "warnings"));
        }
    }
}
