//! Sets up what is missing, each thing by its own means: wasm targets by rustup, packages of the system by apt where we are root,
//! npm packages by npm from the lock file. What is there is left alone.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process::{cargo, output, run_quietly};
use crate::say;

/// The targets of filters.
const TARGETS: &[&str] = &["wasm32-unknown-unknown", "wasm32-wasip2"];

/// A package of the system: how to tell that it is there, and its name for apt.
struct SystemPackage {
    is_there: fn() -> bool,
    name: &'static str,
    why: &'static str,
}

/// What the build needs.
const BUILD_PACKAGES: &[SystemPackage] = &[
    SystemPackage { is_there: || has("cmake"), name: "cmake", why: "builds zlib-ng for the proxy" },
    SystemPackage { is_there: || has("cc"), name: "build-essential", why: "compiles C libraries" },
    SystemPackage { is_there: || has("pkg-config"), name: "pkg-config", why: "finds OpenSSL" },
    SystemPackage { is_there: has_openssl, name: "libssl-dev", why: "TLS of the proxy" },
];

/// What the tests need beside.
const TEST_PACKAGES: &[SystemPackage] = &[SystemPackage {
    is_there: || has("chromium"),
    name: "chromium",
    why: "the browser of the widget's tests",
}];

fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).exists()))
}

fn has_openssl() -> bool {
    has("pkg-config") && output(Command::new("pkg-config").args(["--exists", "openssl"])).is_some()
}

/// What the build needs.
pub(crate) fn for_build(root: &Path) -> anyhow::Result<()> {
    targets(root)?;
    packages(BUILD_PACKAGES)
}

/// What the tests need beside.
pub(crate) fn for_tests(root: &Path) -> anyhow::Result<()> {
    for_build(root)?;
    packages(TEST_PACKAGES)?;
    if output(cargo(root).args(["nextest", "--version"])).is_none() {
        say("installing cargo-nextest (the test runner)");
        run_quietly(cargo(root).args(["install", "--locked", "cargo-nextest", "--version", "0.9.143"]))?;
    }
    Ok(())
}

fn targets(root: &Path) -> anyhow::Result<()> {
    let installed = output(Command::new("rustup").args(["target", "list", "--installed"]).current_dir(root))
        .context("rustup is missing: install Rust from rustup first")?;
    for target in TARGETS.iter().filter(|target| !installed.lines().any(|line| line == **target)) {
        say(&format!("adding the Rust target {target}"));
        run_quietly(Command::new("rustup").args(["target", "add", target]).current_dir(root))?;
    }
    Ok(())
}

fn packages(packages: &[SystemPackage]) -> anyhow::Result<()> {
    let missing: Vec<_> = packages.iter().filter(|package| !(package.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    let is_root = output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root || !has("apt-get") {
        bail!("missing: {}. Install them, for example: sudo apt-get install -y {0}", names.join(" "));
    }
    for package in &missing {
        say(&format!("installing {} ({})", package.name, package.why));
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    run_quietly(&mut apt(&["update", "-qq"]))?;
    run_quietly(apt(&["install", "-y", "-qq", "--no-install-recommends"]).args(&names))
}

/// The oldest Node.js that Vite runs on.
const NODE: (u32, u32) = (20, 19);

fn has_node() -> bool {
    let version = output(Command::new("node").arg("--version")).unwrap_or_default();
    let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= NODE
}

/// The widget's packages, from its lock file.
pub(crate) fn npm(root: &Path) -> anyhow::Result<()> {
    let widget = root.join("widget");
    let stamp = widget.join("node_modules/.package-lock.json");
    let lock = widget.join("package-lock.json");
    let is_fresh = modified(&stamp).zip(modified(&lock)).is_some_and(|(stamp, lock)| stamp >= lock);
    if is_fresh {
        return Ok(());
    }
    if !has("npm") || !has_node() {
        bail!("the widget is built with Node.js {}.{} or later and npm: install them", NODE.0, NODE.1);
    }
    say("installing the widget's npm packages");
    run_quietly(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&widget))
}

/// When a file was written.
pub(crate) fn modified(path: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
