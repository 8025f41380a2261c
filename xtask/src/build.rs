//! Builds the filters, the servers and the widget.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::Context as _;
use wit_component::ComponentEncoder;

use crate::process::{cargo, run, run_quietly};
use crate::{say, setup};

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
    Filter { slot: "faq", assets: &[("shop/faq.jsonl", "faq.jsonl")] },
];

/// The filters of the tests.
const TEST_GUESTS: &[&str] = &["guest-misbehave", "guest-spoiler", "guest-ungranted"];

/// Everything, from whatever is missing.
pub(crate) fn everything(root: &Path) -> anyhow::Result<()> {
    setup::for_build(root)?;
    filters(root)?;
    servers(root)?;
    widget(root)
}

/// The five filters, as artifacts below `target/filters`.
pub(crate) fn filters(root: &Path) -> anyhow::Result<()> {
    say("building the filters");
    let mut build = cargo(root);
    build.args(["build", "--quiet", "--target", TARGET, "--profile", "guest"]);
    for filter in FILTERS {
        build.arg("--package").arg(format!("component-{}", filter.slot));
    }
    run(&mut build)?;
    for filter in FILTERS {
        artifact(root, filter).with_context(|| format!("filter {}", filter.slot))?;
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
    build.args(["build", "--quiet", "--target", TARGET, "--profile", "guest"]);
    for guest in TEST_GUESTS {
        build.args(["--package", guest]);
    }
    run(&mut build)?;
    let folder = root.join("target/test-guests");
    std::fs::create_dir_all(&folder)?;
    for guest in TEST_GUESTS {
        write_if_changed(&folder.join(format!("{guest}.wasm")), &component(root, guest)?)?;
    }
    Ok(())
}

fn artifact(root: &Path, filter: &Filter) -> anyhow::Result<()> {
    let folder = root.join("target/filters").join(filter.slot);
    std::fs::create_dir_all(folder.join("assets"))?;
    write_if_changed(&folder.join("filter.wasm"), &component(root, &format!("component-{}", filter.slot))?)?;
    let settings = root.join("components").join(filter.slot).join("settings.json");
    write_if_changed(&folder.join("settings.json"), &std::fs::read(&settings)?)?;
    let assets = folder.join("assets");
    let mut names = Vec::new();
    for (from, to) in filter.assets {
        let from = root.join(from);
        if from.is_dir() {
            for entry in std::fs::read_dir(&from)? {
                let entry = entry?;
                write_if_changed(&assets.join(entry.file_name()), &std::fs::read(entry.path())?)?;
                names.push(entry.file_name());
            }
        } else {
            write_if_changed(&assets.join(to), &std::fs::read(&from)?)?;
            names.push((*to).into());
        }
    }
    // A rule file that was renamed or taken out must not stay published.
    for entry in std::fs::read_dir(&assets)? {
        let entry = entry?;
        if !names.contains(&entry.file_name()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A core module of ours as a component. It imports what its world names and nothing else: no WASI.
fn component(root: &Path, package: &str) -> anyhow::Result<Vec<u8>> {
    let module =
        target_folder(root).join(TARGET).join("guest").join(format!("{}.wasm", package.replace('-', "_")));
    let module = std::fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

/// Where cargo builds.
pub(crate) fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// An edge that watches the folder must not see a change where there is none.
fn write_if_changed(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if std::fs::read(path).is_ok_and(|existing| existing == bytes) {
        return Ok(());
    }
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The edge, the origin and the demo's site.
pub(crate) fn servers(root: &Path) -> anyhow::Result<()> {
    say("building the edge and the origin (the first time takes some minutes)");
    let packages =
        ["--package", "mangaassist-edge", "--package", "mangaassist-origin", "--package", "demo-site"];
    run(cargo(root).args(["build", "--release"]).args(packages))
}

/// The widget, when it is older than its sources.
pub(crate) fn widget(root: &Path) -> anyhow::Result<()> {
    let widget = root.join("widget");
    let built = setup::modified(&widget.join("dist/index.html"));
    let newest = ["src", "index.html", "package-lock.json", "vite.config.ts", "public"]
        .iter()
        .filter_map(|name| newest(&widget.join(name)))
        .max();
    if built.is_some() && built >= newest {
        return Ok(());
    }
    setup::npm(root)?;
    say("building the widget");
    run_quietly(Command::new("npm").args(["run", "build"]).current_dir(&widget))
}

fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return setup::modified(path);
    }
    std::fs::read_dir(path).ok()?.flatten().filter_map(|entry| newest(&entry.path())).max()
}
