//! The formatter and the lints. What they ask for differs between releases of Rust, so they are those of one release: of the
//! toolchain that runs us, or else of another one that is installed. Where there is none, they are shown and fail nothing.

use std::path::Path;
use std::process::Command;

use crate::process::{self, cargo, cargo_of, output};
use crate::{build, say, setup, spin};

/// The release whose formatter and lints the tree follows.
const RELEASE: &str = "1.95.0";
/// How its patches begin: they format and lint alike.
const SERIES: &str = "1.95.";

/// Who formats and lints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linter {
    /// The toolchain that runs us is of the release.
    Running,
    /// The release is installed beside the one that runs us.
    Installed,
    /// There is another release only: what it finds is no fault of the tree.
    Other,
}

impl Linter {
    /// What there is on this machine. Says what is used instead of the toolchain that runs us.
    pub(crate) fn of(root: &Path) -> anyhow::Result<Self> {
        let running = output(Command::new("rustc").arg("--version").current_dir(root)).unwrap_or_default();
        let linter = Self::among(&running, || is_installed(root));
        match linter {
            Self::Running => {}
            Self::Installed => {
                say(&format!("formatting and linting with the toolchain {RELEASE}"));
                setup::targets_of(root, Some(RELEASE))?;
            }
            Self::Other => say(&format!(
                "note: the tree follows the formatter and the lints of {RELEASE}, this is {}; what they find is shown and fails \
                 nothing. To hold the tree to them: rustup toolchain install {RELEASE}",
                running.trim()
            )),
        }
        Ok(linter)
    }

    /// `running` is what rustc says of its version.
    fn among(running: &str, is_installed: impl FnOnce() -> bool) -> Self {
        if running.starts_with(&format!("rustc {SERIES}")) {
            Self::Running
        } else if is_installed() {
            Self::Installed
        } else {
            Self::Other
        }
    }

    /// The formatter changes nothing, and says what it would change.
    pub(crate) fn check_format(self, root: &Path) -> anyhow::Result<()> {
        let formatted = process::run(self.cargo(root).args(["fmt", "--all", "--check"]));
        match self {
            Self::Other => {
                if let Err(error) = formatted {
                    say(&format!("note: {error:#}"));
                }
                Ok(())
            }
            Self::Running | Self::Installed => formatted,
        }
    }

    /// Lints everything: each package for the target that it is made for.
    pub(crate) fn lint(self, root: &Path) -> anyhow::Result<()> {
        process::run(&mut self.native(root))?;
        process::run(&mut self.filters(root))?;
        process::run(&mut self.spin(root))
    }

    fn cargo(self, root: &Path) -> Command {
        match self {
            Self::Installed => cargo_of(root, RELEASE),
            Self::Running | Self::Other => cargo(root),
        }
    }

    fn clippy(self, root: &Path) -> Command {
        let mut command = self.cargo(root);
        command.arg("clippy");
        command
    }

    /// Ends a command with what becomes of warnings, and of lints that are denied by name.
    fn judging(self, mut command: Command) -> Command {
        command.arg("--").args(match self {
            Self::Running | Self::Installed => ["-D", "warnings"],
            Self::Other => ["--cap-lints", "warn"],
        });
        command
    }

    /// What is native.
    fn native(self, root: &Path) -> Command {
        let mut command = self.clippy(root);
        command.args(["--release", "--workspace", "--all-targets"]);
        for guest in build::guest_packages() {
            command.arg("--exclude").arg(guest);
        }
        for part in spin::packages() {
            command.args(["--exclude", part]);
        }
        self.judging(command)
    }

    /// Filters, for the target that they run on.
    fn filters(self, root: &Path) -> Command {
        let mut command = self.clippy(root);
        command.args(["--profile", "guest", "--target", build::TARGET]);
        for guest in build::guest_packages() {
            command.arg("--package").arg(guest);
        }
        self.judging(command)
    }

    /// The Spin application, and the side that the chain has for it.
    fn spin(self, root: &Path) -> Command {
        let mut command = self.clippy(root);
        command.args(["--profile", "guest", "--target", spin::TARGET, "--package", "filter-chain"]);
        for part in spin::packages() {
            command.args(["--package", part]);
        }
        self.judging(command)
    }
}

/// Whether the release is installed with its formatter and its lints.
fn is_installed(root: &Path) -> bool {
    let Some(toolchains) = output(Command::new("rustup").args(["toolchain", "list"])) else { return false };
    // Asked for by name, rustup might install one that is not there.
    let has = |part: &str| output(cargo_of(root, RELEASE).args([part, "--version"])).is_some();
    is_listed(&toolchains) && has("fmt") && has("clippy")
}

/// Whether the release is in rustup's list, which has one toolchain a line: `1.95.0-x86_64-unknown-linux-gnu`.
fn is_listed(toolchains: &str) -> bool {
    let mut names = toolchains.lines().filter_map(|line| line.split_whitespace().next());
    names.any(|name| name.strip_prefix(RELEASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Linter; 3] = [Linter::Running, Linter::Installed, Linter::Other];

    #[test]
    fn the_release_is_taken_from_whoever_has_it() {
        let ours = "rustc 1.95.0 (59807616e 2026-04-14)\n";
        assert_eq!(Linter::among(ours, || panic!("there is nothing to look for")), Linter::Running);
        let newer = "rustc 1.96.1 (abc 2026-06-01)\n";
        assert_eq!(Linter::among(newer, || true), Linter::Installed);
        assert_eq!(Linter::among(newer, || false), Linter::Other);
        assert_eq!(Linter::among("", || false), Linter::Other);
    }

    #[test]
    fn a_toolchain_is_found_in_rustups_list_by_its_whole_number() {
        assert!(is_listed(
            "stable-x86_64-unknown-linux-gnu (active, default)\n1.95.0-x86_64-unknown-linux-gnu\n"
        ));
        assert!(is_listed("1.95.0 (active)\n"));
        assert!(!is_listed("stable-x86_64-unknown-linux-gnu (active, default)\n1.95.01-odd\n11.95.0-odd\n"));
        assert!(!is_listed(""));
    }

    #[test]
    fn a_release_beside_the_running_one_is_run_by_rustup() {
        let command = Linter::Installed.native(Path::new("/nowhere"));
        assert_eq!(command.get_program(), "rustup");
        let arguments: Vec<_> = command.get_args().take(4).collect();
        assert_eq!(arguments, ["run", RELEASE, "cargo", "clippy"]);
    }

    #[test]
    fn the_floor_of_the_workspace_is_the_release() {
        let manifest = std::fs::read_to_string(crate::root().join("Cargo.toml")).unwrap();
        let floor = SERIES.trim_end_matches('.');
        assert!(manifest.contains(&format!("rust-version = \"{floor}\"")), "{floor}");
    }

    fn given(command: &Command, option: &str, value: &str) -> bool {
        let arguments: Vec<_> = command.get_args().collect();
        arguments.windows(2).any(|pair| pair[0] == option && pair[1] == value)
    }

    #[test]
    fn every_package_is_linted_on_one_side() {
        let root = Path::new("/nowhere");
        for linter in ALL {
            let (native, filters, parts) = (linter.native(root), linter.filters(root), linter.spin(root));
            for guest in build::guest_packages() {
                assert!(given(&native, "--exclude", &guest), "{guest}");
                assert!(given(&filters, "--package", &guest), "{guest}");
            }
            for part in spin::packages() {
                assert!(given(&native, "--exclude", part), "{part}");
                assert!(given(&parts, "--package", part), "{part}");
            }
        }
    }

    #[test]
    fn warnings_are_denied_by_the_release_alone() {
        let root = Path::new("/nowhere");
        for linter in ALL {
            for command in [linter.native(root), linter.filters(root), linter.spin(root)] {
                assert_eq!(given(&command, "-D", "warnings"), linter != Linter::Other);
                // Lints that the workspace denies by name would fail as well.
                assert_eq!(given(&command, "--cap-lints", "warn"), linter == Linter::Other);
            }
        }
    }
}
