//! Sets up what is missing, each thing by its own means: wasm targets by rustup, packages of the system by apt where we are root,
//! npm packages by npm from the lock file. What is there is left alone.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
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
    is_there: || browser().is_some(),
    name: CHROMIUM,
    why: "the browser of the widget's tests",
}];

/// What the firewall's benchmark runs beside the edge. It starts a process of its own; a service that the package starts is not used.
const WAF_BENCH_PACKAGES: &[SystemPackage] = &[
    SystemPackage { is_there: has_nginx, name: "nginx", why: "the server that the edge is measured against" },
    SystemPackage {
        is_there: has_modsecurity,
        name: "libnginx-mod-http-modsecurity",
        why: "its firewall, libmodsecurity3",
    },
];

fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| is_on(&path, program))
}

/// Whether a folder of a search path holds a program.
fn is_on(path: &OsStr, program: &str) -> bool {
    find_on(path, program.as_ref()).is_some()
}

/// Where a program is: in a folder of a search path, or where a whole path says.
fn find_on(path: &OsStr, program: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(program)).find(|program| program.is_file())
}

/// The browser that is started when none is named, and the package that it comes with.
const CHROMIUM: &str = "chromium";
/// The variable that names another browser: by its path, or by a name on the search path.
pub(crate) const BROWSER: &str = "CHROMIUM";

/// The browser of the widget's tests. They start this one and look for no other.
pub(crate) fn browser() -> Option<PathBuf> {
    browser_of(named_browser(), &std::env::var_os("PATH").unwrap_or_default())
}

fn named_browser() -> Option<OsString> {
    std::env::var_os(BROWSER).filter(|name| !name.is_empty())
}

fn browser_of(named: Option<OsString>, path: &OsStr) -> Option<PathBuf> {
    find_on(path, &named.unwrap_or_else(|| CHROMIUM.into()))
}

fn has_openssl() -> bool {
    has("pkg-config") && output(Command::new("pkg-config").args(["--exists", "openssl"])).is_some()
}

/// As Debian places it: `/usr/sbin` is not on everybody's path.
fn has_nginx() -> bool {
    Path::new("/usr/sbin/nginx").is_file()
}

fn has_modsecurity() -> bool {
    Path::new("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so").is_file()
}

/// What the build needs.
pub(crate) fn for_build(root: &Path) -> anyhow::Result<()> {
    targets(root)?;
    packages(BUILD_PACKAGES)
}

/// What the tests need beside.
pub(crate) fn for_tests(root: &Path) -> anyhow::Result<()> {
    if let Some(named) = named_browser()
        && browser().is_none()
    {
        bail!("{BROWSER} names {}, and there is no such program", named.display());
    }
    for_build(root)?;
    packages(TEST_PACKAGES)?;
    if output(cargo(root).args(["nextest", "--version"])).is_none() {
        say("installing cargo-nextest (the test runner)");
        run_quietly(cargo(root).args(["install", "--locked", "cargo-nextest", "--version", "0.9.143"]))?;
    }
    Ok(())
}

/// What the firewall's benchmark needs beside.
pub(crate) fn for_waf_bench() -> anyhow::Result<()> {
    packages(WAF_BENCH_PACKAGES)
}

/// The targets of WebAssembly.
pub(crate) fn targets(root: &Path) -> anyhow::Result<()> {
    targets_of(root, None)
}

/// The same for a toolchain that is not the one that builds.
pub(crate) fn targets_of(root: &Path, toolchain: Option<&str>) -> anyhow::Result<()> {
    let rustup = |arguments: &[&str]| {
        let mut command = Command::new("rustup");
        command.arg("target").args(arguments).current_dir(root);
        command.args(toolchain.iter().flat_map(|name| ["--toolchain", *name]));
        command
    };
    let installed = output(&mut rustup(&["list", "--installed"]))
        .context("rustup is missing: install Rust from rustup first")?;
    for target in missing_targets(&installed) {
        say(&format!("adding the Rust target {target}"));
        run_quietly(&mut rustup(&["add", target]))?;
    }
    Ok(())
}

/// The targets that are not in rustup's list, which has one a line.
fn missing_targets(installed: &str) -> Vec<&'static str> {
    TARGETS.iter().copied().filter(|target| !installed.lines().any(|line| line.trim() == *target)).collect()
}

fn packages(packages: &[SystemPackage]) -> anyhow::Result<()> {
    provide(packages, may_install)
}

/// Whether packages of the system are ours to install.
fn may_install() -> bool {
    let is_root = output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    is_root && has("apt-get")
}

/// Installs the packages that are missing where that is allowed, else names them.
fn provide(packages: &[SystemPackage], may_install: impl FnOnce() -> bool) -> anyhow::Result<()> {
    let missing: Vec<_> = packages.iter().filter(|package| !(package.is_there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    if !may_install() {
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
    let printed = output(Command::new("node").arg("--version"));
    printed.and_then(|printed| node_version(&printed)).is_some_and(|version| version >= NODE)
}

/// The first two numbers of `v22.14.0`.
fn node_version(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.trim().trim_start_matches('v').split('.');
    let mut number = || numbers.next()?.parse::<u32>().ok();
    Some((number()?, number()?))
}

/// Node.js and npm, which are not ours to install.
pub(crate) fn node() -> anyhow::Result<()> {
    if !has("npm") || !has_node() {
        bail!("the widget is built with Node.js {}.{} or later and npm: install them", NODE.0, NODE.1);
    }
    Ok(())
}

/// The widget's packages, from its lock file.
pub(crate) fn npm(root: &Path) -> anyhow::Result<()> {
    let widget = root.join("widget");
    if npm_is_fresh(&widget) {
        return Ok(());
    }
    node()?;
    say("installing the widget's npm packages");
    run_quietly(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&widget))
}

/// Whether what is installed is at least as new as the lock file.
fn npm_is_fresh(widget: &Path) -> bool {
    let installed = modified(&widget.join("node_modules/.package-lock.json"));
    let locked = modified(&widget.join("package-lock.json"));
    installed.zip(locked).is_some_and(|(installed, locked)| installed >= locked)
}

/// When a file was written.
pub(crate) fn modified(path: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::*;

    const THERE: SystemPackage = SystemPackage { is_there: || true, name: "there", why: "is there" };
    const CMAKE: SystemPackage = SystemPackage { is_there: || false, name: "cmake", why: "builds" };
    const CHROMIUM: SystemPackage = SystemPackage { is_there: || false, name: "chromium", why: "browses" };

    #[test]
    fn only_the_targets_that_are_missing_are_added() {
        assert_eq!(missing_targets(""), TARGETS);
        assert_eq!(missing_targets("wasm32-wasip2\nx86_64-unknown-linux-gnu\n"), ["wasm32-unknown-unknown"]);
        assert_eq!(missing_targets("wasm32-unknown-unknown-more\nwasm32-wasip2"), ["wasm32-unknown-unknown"]);
        assert!(missing_targets("wasm32-unknown-unknown\r\nwasm32-wasip2\r\n").is_empty());
    }

    #[test]
    fn who_may_not_install_is_told_what_to_install() {
        let error = provide(&[THERE, CMAKE, CHROMIUM], || false).unwrap_err().to_string();
        assert!(error.contains("missing: cmake chromium."), "{error}");
        assert!(error.contains("apt-get install -y cmake chromium"), "{error}");
        assert!(!error.contains("there"), "{error}");
    }

    #[test]
    fn nobody_is_asked_when_nothing_is_missing() {
        provide(&[THERE], || panic!("there is nothing to install")).unwrap();
        provide(&[], || panic!("there is nothing to install")).unwrap();
    }

    #[test]
    fn a_program_is_looked_for_in_every_folder_of_the_path() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(second.path().join("cmake"), "").unwrap();
        fs::create_dir(first.path().join("cc")).unwrap();
        let path = std::env::join_paths([first.path(), second.path()]).unwrap();
        assert!(is_on(&path, "cmake"));
        assert!(!is_on(&path, "cc"), "a folder is no program");
        assert!(!is_on(&path, "pkg-config"));
        assert!(!is_on(OsStr::new(""), "no-such-program"));
    }

    #[test]
    fn the_browser_is_the_one_that_is_named_or_else_the_one_on_the_path() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().as_os_str();
        assert_eq!(browser_of(None, path), None);
        let (ours, other) = (folder.path().join("chromium"), folder.path().join("chrome"));
        let third = elsewhere.path().join("chrome");
        [&ours, &other, &third].iter().for_each(|file| fs::write(file, "").unwrap());
        assert_eq!(browser_of(None, path), Some(ours));
        assert_eq!(browser_of(Some("chrome".into()), path), Some(other));
        assert_eq!(browser_of(Some(third.clone().into()), path), Some(third));
        assert_eq!(browser_of(Some("/nowhere/chrome".into()), path), None, "no other one is taken for it");
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(node_version("v22.14.0\n"), Some((22, 14)));
        assert_eq!(node_version("v24.0.0-nightly20260101\n"), Some((24, 0)));
        assert_eq!(node_version("20.19.5"), Some((20, 19)));
        assert_eq!(node_version("node: not found"), None);
        assert_eq!(node_version(""), None);
    }

    #[test]
    fn a_node_that_is_too_old_is_seen_by_its_minor_number_as_well() {
        for (printed, is_enough) in [
            ("v18.20.8", false),
            ("v20.9.0", false),
            ("v20.18.3", false),
            ("v20.19.0", true),
            ("v21.0.0", true),
            ("v22.12.0", true),
        ] {
            assert_eq!(node_version(printed) >= Some(NODE), is_enough, "{printed}");
        }
    }

    #[test]
    fn every_npm_package_of_the_widget_is_pinned_to_one_version() {
        let read = |name: &str| -> serde_json::Value {
            let text = fs::read_to_string(crate::root().join("widget").join(name)).unwrap();
            serde_json::from_str(&text).unwrap()
        };
        let (manifest, lock) = (read("package.json"), read("package-lock.json"));
        for kind in ["dependencies", "devDependencies"] {
            assert_eq!(lock["packages"][""][kind], manifest[kind]);
            for (name, version) in manifest[kind].as_object().unwrap() {
                let locked = &lock["packages"][format!("node_modules/{name}")]["version"];
                assert_eq!(version, locked, "{name}");
            }
        }
    }

    /// Writes a file with a time of its own, in seconds.
    fn write_at(path: &Path, time_s: u64) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time_s);
        File::create(path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn the_widgets_packages_are_installed_again_after_the_lock_file_changed() {
        let widget = tempfile::tempdir().unwrap();
        let (lock, installed) =
            (widget.path().join("package-lock.json"), widget.path().join("node_modules/.package-lock.json"));
        write_at(&lock, 1_000);
        assert!(!npm_is_fresh(widget.path()), "nothing is installed");
        write_at(&installed, 1_000);
        assert!(npm_is_fresh(widget.path()));
        write_at(&lock, 2_000);
        assert!(!npm_is_fresh(widget.path()));
    }
}
