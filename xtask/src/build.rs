//! Builds the filters, the servers and the widget.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::Context as _;
use clap::Args;
use wit_component::ComponentEncoder;

use crate::process::{build_quietly, cargo, run as run_command, run_quietly};
use crate::{model, say, setup, spin};

/// What filters are compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// A filter and what it is published with: folders or files, and where they go among its assets.
struct Filter {
    slot: &'static str,
    assets: &'static [(&'static str, &'static str)],
}

const FILTERS: &[Filter] = &[
    Filter { slot: "waf", assets: &[("components/waf/rules", "")] },
    Filter { slot: "auth", assets: &[] },
    Filter { slot: "guest-session", assets: &[] },
    Filter { slot: "rate-limit", assets: &[] },
    Filter { slot: "faq", assets: &[(FAQ, "faq.jsonl")] },
];

/// Where filters are built for whoever tests, measures or composes them. Their FAQ answers by words alone, so that nothing depends on
/// whether this machine has a model.
const BUILT: &str = "target/filters";
/// Where a running shop looks for them (`config/edge.toml`). `up` and `build` publish there; nothing else does, so that a test or a benchmark
/// beside a running shop changes nothing of it.
const PUBLISHED: &str = ".run/filters";

/// The shop's FAQ.
const FAQ: &str = "shop/faq.jsonl";
/// The asset that it is when it was built.
const BUNDLE: &str = "faq.bundle";

/// The filters of the tests and of the benchmark.
const TEST_GUESTS: &[&str] = &["guest-idle", "guest-misbehave", "guest-spoiler", "guest-ungranted"];

#[derive(Args)]
pub(crate) struct BuildArguments {
    /// Only the Spin application: the filters composed with their entry, and the widget
    #[arg(long)]
    spin: bool,
}

/// Builds what was asked for.
pub(crate) fn run(root: &Path, arguments: &BuildArguments) -> anyhow::Result<()> {
    if arguments.spin { spin::everything(root) } else { everything(root) }
}

/// Everything, from whatever is missing.
pub(crate) fn everything(root: &Path) -> anyhow::Result<()> {
    widget_can_be_built(root)?;
    setup::for_build(root)?;
    servers(root)?;
    model::provide(root);
    let bundle = faq_bundle(root)?;
    filters(root)?;
    publish(root, bundle.as_deref())?;
    widget(root)
}

/// The FAQ with the vectors of its phrasings, where there is a model to make them.
fn faq_bundle(root: &Path) -> anyhow::Result<Option<PathBuf>> {
    let (source, model) = (root.join(FAQ), model::file(root));
    if !model.is_file() {
        return Ok(None);
    }
    let bundle = root.join("target/models/faq.bundle");
    let mangactl = program(root, "mangactl");
    let inputs = [&source, &model, &PathBuf::from(mangactl.get_program())].map(|path| setup::modified(path));
    if setup::modified(&bundle) <= inputs.into_iter().max().flatten() {
        run_quietly(&mut build_faq(mangactl, &source, &model, &bundle))?;
    }
    Ok(Some(bundle))
}

fn build_faq(mut mangactl: Command, source: &Path, model: &Path, bundle: &Path) -> Command {
    mangactl.args(["faq", "build"]).arg(source).arg("--model").arg(model).arg("--out").arg(bundle);
    mangactl
}

/// The five filters, as artifacts in [`BUILT`].
pub(crate) fn filters(root: &Path) -> anyhow::Result<()> {
    say("building the filters");
    let mut build = cargo(root);
    build.args(["build", "--target", TARGET, "--profile", "guest"]);
    for filter in FILTERS {
        build.arg("--package").arg(format!("component-{}", filter.slot));
    }
    build_quietly(&mut build)?;
    artifacts(root, BUILT, None)
}

/// The same filters in [`PUBLISHED`], with the FAQ's built bundle where there is one: all at once, because an edge that watches the
/// folder must not publish a FAQ without its vectors in between.
fn publish(root: &Path, bundle: Option<&Path>) -> anyhow::Result<()> {
    artifacts(root, PUBLISHED, bundle)
}

fn artifacts(root: &Path, folder: &str, bundle: Option<&Path>) -> anyhow::Result<()> {
    let built = target_folder(root);
    for filter in FILTERS {
        let bundle = bundle.filter(|_| filter.slot == "faq");
        component(&built, &format!("component-{}", filter.slot))
            .and_then(|component| artifact(root, folder, filter, &component, bundle))
            .with_context(|| format!("filter {}", filter.slot))?;
    }
    Ok(())
}

/// The crates that are only ever compiled for [`TARGET`]: filters, those of the tests, and what they share.
pub(crate) fn guest_packages() -> Vec<String> {
    let filters = FILTERS.iter().map(|filter| format!("component-{}", filter.slot));
    filters.chain(TEST_GUESTS.iter().chain(&["guest"]).map(|name| (*name).to_owned())).collect()
}

/// The filters of the tests, as components below `target/test-guests`.
pub(crate) fn test_guests(root: &Path) -> anyhow::Result<()> {
    let mut build = cargo(root);
    build.args(["build", "--target", TARGET, "--profile", "guest"]);
    for guest in TEST_GUESTS {
        build.args(["--package", guest]);
    }
    build_quietly(&mut build)?;
    let folder = root.join("target/test-guests");
    make_folder(&folder)?;
    let built = target_folder(root);
    for guest in TEST_GUESTS {
        write_if_changed(&folder.join(format!("{guest}.wasm")), &component(&built, guest)?)?;
    }
    Ok(())
}

/// A folder that an edge can publish: the component, its settings and its assets. It lies in `folder`, which is one of `root`.
fn artifact(
    root: &Path,
    folder: &str,
    filter: &Filter,
    component: &[u8],
    bundle: Option<&Path>,
) -> anyhow::Result<()> {
    let folder = root.join(folder).join(filter.slot);
    let assets = folder.join("assets");
    make_folder(&assets)?;
    write_if_changed(&folder.join("filter.wasm"), component)?;
    let settings = root.join("components").join(filter.slot).join("settings.json");
    write_if_changed(&folder.join("settings.json"), &read(&settings)?)?;
    let mut names = Vec::new();
    for (from, to) in filter.assets {
        for (file, name) in asset_files(&root.join(from), to)? {
            write_if_changed(&assets.join(&name), &read(&file)?)?;
            names.push(name);
        }
    }
    if let Some(bundle) = bundle {
        write_if_changed(&assets.join(BUNDLE), &read(bundle)?)?;
        names.push(BUNDLE.into());
    }
    remove_others(&assets, &names)
}

/// Where [`filters`] has built them.
pub(crate) fn filters_folder(root: &Path) -> PathBuf {
    root.join(BUILT)
}

/// Every file of the artifacts that [`filters`] has built, and their folders.
pub(crate) fn artifact_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for filter in FILTERS {
        let folder = filters_folder(root).join(filter.slot);
        for folder in [folder.join("assets"), folder] {
            files.extend(entries(&folder)?.iter().map(fs::DirEntry::path).filter(|path| path.is_file()));
            // Changes when a file is taken out.
            files.push(folder);
        }
    }
    Ok(files)
}

/// The files of an asset, each with its name among the assets: those of a folder keep theirs.
fn asset_files(from: &Path, to: &str) -> anyhow::Result<Vec<(PathBuf, OsString)>> {
    if !from.is_dir() {
        return Ok(vec![(from.to_owned(), to.into())]);
    }
    Ok(entries(from)?.iter().map(|entry| (entry.path(), entry.file_name())).collect())
}

/// A rule file that was renamed or taken out must not stay published.
fn remove_others(assets: &Path, names: &[OsString]) -> anyhow::Result<()> {
    for entry in entries(assets)?.iter().filter(|entry| !names.contains(&entry.file_name())) {
        let path = entry.path();
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// A core module of ours as a component. It imports what its world names and nothing else: no WASI.
fn component(built: &Path, package: &str) -> anyhow::Result<Vec<u8>> {
    let module = built.join(TARGET).join("guest").join(format!("{}.wasm", package.replace('-', "_")));
    ComponentEncoder::default().validate(true).module(&read(&module)?)?.encode()
}

/// Where cargo builds.
pub(crate) fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// An edge that watches the folder must not see a change where there is none.
fn write_if_changed(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|existing| existing == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn make_folder(path: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

/// What a folder holds.
fn entries(folder: &Path) -> anyhow::Result<Vec<fs::DirEntry>> {
    let listed: std::io::Result<Vec<_>> = fs::read_dir(folder).and_then(Iterator::collect);
    listed.with_context(|| format!("cannot list {}", folder.display()))
}

/// Packages with programs that run here. All of them are selected whichever is built: what is selected decides the features that
/// shared dependencies are compiled with, and each other selection would compile most of them anew.
const PROGRAMS: &[&str] =
    &["mangaassist-edge", "mangaassist-origin", "demo-site", "bench", "conformance", "mangactl"];

/// The edge, the origin, the demo's site, and what builds the FAQ.
const SERVERS: &[&str] = &["mangaassist-edge", "mangaassist-origin", "mangaassist-demo-site", "mangactl"];

/// Builds [`SERVERS`].
pub(crate) fn servers(root: &Path) -> anyhow::Result<()> {
    say("building the edge and the origin (the first time takes some minutes)");
    run_command(&mut programs(root, SERVERS))
}

/// Builds some of [`PROGRAMS`].
pub(crate) fn programs(root: &Path, names: &[&str]) -> Command {
    let mut command = cargo(root);
    command.args(["build", "--release"]);
    for package in PROGRAMS {
        command.args(["--package", package]);
    }
    for name in names {
        command.args(["--bin", name]);
    }
    command
}

/// A program that was built.
pub(crate) fn program(root: &Path, name: &str) -> Command {
    let mut command = Command::new(target_folder(root).join("release").join(name));
    command.current_dir(root);
    command
}

/// Whether the widget can be built, where it has to be. To be asked before all that takes long: what is missing is for a person to install.
pub(crate) fn widget_can_be_built(root: &Path) -> anyhow::Result<()> {
    if widget_is_fresh(&root.join("widget")) { Ok(()) } else { setup::node() }
}

/// The widget, when it is older than its sources.
pub(crate) fn widget(root: &Path) -> anyhow::Result<()> {
    let widget = root.join("widget");
    if widget_is_fresh(&widget) {
        return Ok(());
    }
    setup::npm(root)?;
    say("building the widget");
    run_quietly(Command::new("npm").args(["run", "build"]).current_dir(&widget))
}

/// Whether the widget was built after its sources were written.
fn widget_is_fresh(widget: &Path) -> bool {
    let built = setup::modified(&widget.join("dist/index.html"));
    let newest = [
        "src",
        "index.html",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "vite.config.ts",
        "public",
    ]
    .iter()
    .filter_map(|name| newest(&widget.join(name)))
    .max();
    built.is_some() && built >= newest
}

/// When a file, or the newest file in a folder, was written.
fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return setup::modified(path);
    }
    // The folder's own time changes when a file is taken out.
    let files = fs::read_dir(path).ok()?.flatten().filter_map(|entry| newest(&entry.path()));
    files.chain(setup::modified(path)).max()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    const FILTER: Filter =
        Filter { slot: "waf", assets: &[("rules", ""), ("shop/faq.jsonl", "questions.jsonl")] };

    /// A project with the sources of [`FILTER`].
    fn project() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("components/waf/settings.json", "{}"),
            ("rules/10-first.conf", "one"),
            ("rules/20-second.conf", "two"),
            ("shop/faq.jsonl", "three"),
        ] {
            write(&root.path().join(name), text);
        }
        root
    }

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn published(root: &TempDir, name: &str) -> PathBuf {
        root.path().join(PUBLISHED).join("waf").join(name)
    }

    fn published_assets(root: &TempDir) -> Vec<OsString> {
        let mut names: Vec<_> =
            entries(&published(root, "assets")).unwrap().iter().map(fs::DirEntry::file_name).collect();
        names.sort();
        names
    }

    fn at(time_s: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(time_s)
    }

    fn set_time(path: &Path, time_s: u64) {
        // A folder is opened to be read.
        File::options()
            .read(true)
            .write(!path.is_dir())
            .open(path)
            .unwrap()
            .set_modified(at(time_s))
            .unwrap();
    }

    #[test]
    fn an_artifact_holds_component_settings_and_assets() {
        let root = project();
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap();
        assert_eq!(published_assets(&root), ["10-first.conf", "20-second.conf", "questions.jsonl"]);
        for (name, text) in [
            ("filter.wasm", "wasm"),
            ("settings.json", "{}"),
            ("assets/10-first.conf", "one"),
            ("assets/20-second.conf", "two"),
            ("assets/questions.jsonl", "three"),
        ] {
            assert_eq!(fs::read_to_string(published(&root, name)).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn only_what_changed_is_written_again() {
        let root = project();
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap();
        let files = ["filter.wasm", "settings.json", "assets/10-first.conf", "assets/questions.jsonl"];
        for name in files {
            set_time(&published(&root, name), 1_000);
        }
        write(&root.path().join("rules/10-first.conf"), "another");
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap();
        for name in files {
            let is_old = setup::modified(&published(&root, name)) == Some(at(1_000));
            assert_eq!(is_old, name != "assets/10-first.conf", "{name}");
        }
        assert_eq!(fs::read_to_string(published(&root, "assets/10-first.conf")).unwrap(), "another");
    }

    #[test]
    fn an_asset_that_was_taken_out_is_not_published_any_more() {
        let root = project();
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap();
        let rules = root.path().join("rules");
        fs::rename(rules.join("10-first.conf"), rules.join("15-first.conf")).unwrap();
        fs::remove_file(rules.join("20-second.conf")).unwrap();
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap();
        assert_eq!(published_assets(&root), ["15-first.conf", "questions.jsonl"]);
    }

    #[test]
    fn a_built_bundle_goes_with_its_filter_and_stays_until_there_is_none() {
        let root = project();
        let bundle = root.path().join("built");
        write(&bundle, "bundle");
        for _ in 0..2 {
            artifact(root.path(), PUBLISHED, &FILTER, b"wasm", Some(&bundle)).unwrap();
            assert_eq!(fs::read_to_string(published(&root, "assets/faq.bundle")).unwrap(), "bundle");
            set_time(&published(&root, "assets/faq.bundle"), 1_000);
        }
        assert_eq!(setup::modified(&published(&root, "assets/faq.bundle")), Some(at(1_000)));
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap();
        assert!(!published(&root, "assets/faq.bundle").exists());
    }

    #[test]
    fn what_is_built_beside_a_running_shop_changes_nothing_of_it() {
        let root = project();
        let bundle = root.path().join("built");
        write(&bundle, "bundle");
        artifact(root.path(), PUBLISHED, &FILTER, b"wasm", Some(&bundle)).unwrap();
        let files =
            ["filter.wasm", "assets/10-first.conf", "assets/faq.bundle"].map(|name| published(&root, name));
        files.iter().for_each(|file| set_time(file, 1_000));
        // Somebody tests what has changed since, without a model.
        write(&root.path().join("rules/10-first.conf"), "another");
        artifact(root.path(), BUILT, &FILTER, b"newer", None).unwrap();
        for file in &files {
            assert_eq!(setup::modified(file), Some(at(1_000)), "{}", file.display());
        }
        let built = filters_folder(root.path()).join("waf");
        assert_eq!(fs::read_to_string(built.join("filter.wasm")).unwrap(), "newer");
        assert!(!built.join("assets/faq.bundle").exists());
    }

    #[test]
    fn a_running_shop_watches_the_folder_that_is_published_to() {
        let config = fs::read_to_string(crate::root().join("config/edge.toml")).unwrap();
        assert!(config.contains(&format!("\nfolder = \"../{PUBLISHED}\"\n")), "{PUBLISHED}");
        assert!(!config.contains(BUILT), "{BUILT}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let root = project();
        fs::create_dir(root.path().join("rules/nested")).unwrap();
        let error = artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap_err().to_string();
        assert!(error.ends_with("rules/nested"), "{error}");

        let root = project();
        fs::remove_file(root.path().join("shop/faq.jsonl")).unwrap();
        let error = artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap_err().to_string();
        assert!(error.ends_with("shop/faq.jsonl"), "{error}");

        let error = component(root.path(), "component-guest-session").unwrap_err().to_string();
        assert!(error.ends_with("wasm32-unknown-unknown/guest/component_guest_session.wasm"), "{error}");
    }

    #[test]
    fn what_cannot_be_taken_out_is_named() {
        let root = project();
        fs::create_dir_all(published(&root, "assets/stale")).unwrap();
        let error = artifact(root.path(), PUBLISHED, &FILTER, b"wasm", None).unwrap_err().to_string();
        assert!(error.ends_with("assets/stale"), "{error}");
    }

    #[test]
    fn the_widget_is_built_when_it_is_older_than_a_source() {
        let folder = tempfile::tempdir().unwrap();
        let widget = folder.path();
        let (source, built) = (widget.join("src/ui/chat.tsx"), widget.join("dist/index.html"));
        for (path, time_s) in [(&source, 1_000), (&widget.join("package-lock.json"), 1_500)] {
            write(path, "");
            set_time(path, time_s);
        }
        let folders = [widget.join("src/ui"), widget.join("src")];
        folders.iter().for_each(|folder| set_time(folder, 1_000));
        assert!(!widget_is_fresh(widget), "it was never built");
        write(&built, "");
        set_time(&built, 1_500);
        assert!(widget_is_fresh(widget));
        set_time(&folders[0], 2_000);
        assert!(!widget_is_fresh(widget), "a source was taken out");
        set_time(&folders[0], 1_000);
        set_time(&source, 2_000);
        assert!(!widget_is_fresh(widget));
    }

    fn folders(path: &Path) -> Vec<String> {
        let names = entries(path).unwrap().into_iter().map(|entry| entry.file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn every_filter_of_the_project_is_built_with_assets_that_are_there() {
        let root = crate::root();
        let mut slots: Vec<&str> = FILTERS.iter().map(|filter| filter.slot).collect();
        slots.push("guest");
        slots.extend(spin::packages().iter().map(|package| package.trim_start_matches("component-")));
        slots.sort_unstable();
        assert_eq!(folders(&root.join("components")), slots);
        for (from, _) in FILTERS.iter().flat_map(|filter| filter.assets) {
            assert!(root.join(from).exists(), "{from}");
        }
    }

    #[test]
    fn every_program_is_one_of_the_packages_that_are_selected() {
        let root = crate::root();
        let folders = ["edge", "origin", "demo", "bench", "conformance", "ctl"];
        let manifests: Vec<String> =
            folders.map(|folder| fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap()).into();
        let is_named =
            |name: &&str| manifests.iter().any(|manifest| manifest.contains(&format!("name = \"{name}\"\n")));
        for name in PROGRAMS.iter().chain(SERVERS) {
            assert!(is_named(name), "{name}");
        }
    }

    #[test]
    fn every_guest_of_the_tests_is_built() {
        let guests = folders(&crate::root().join("tests/guests"));
        let guests: Vec<String> = guests.iter().map(|name| format!("guest-{name}")).collect();
        assert_eq!(guests, TEST_GUESTS);
    }
}
