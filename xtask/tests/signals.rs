//! The tool itself, told to stop while it builds, and where something is missing: with a `cargo` of the test in place of the real one.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes on a busy machine, and shorter than the build does.
const PATIENCE: Duration = Duration::from_secs(60);
/// A build that never ends, with a compiler beside it.
const CARGO: &str = "touch began; sleep 600 & wait";
/// What the set-up looks for.
const TOOLS: &[(&str, &str)] = &[
    ("rustup", "echo wasm32-unknown-unknown; echo wasm32-wasip2"),
    ("cmake", "exit 0"),
    ("cc", "exit 0"),
    ("pkg-config", "exit 0"),
    ("node", "echo v22.14.0"),
    ("npm", "exit 0"),
];
/// A Node.js that the widget cannot be built with.
const OLD_NODE: (&str, &str) = ("node", "echo v18.20.8");

fn script(path: &Path, text: &str) {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).expect("the machine lets a test do that");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the machine lets a test do that");
}

/// `cargo xtask build` in a project of its own, with these tools beside or in place of [`TOOLS`].
fn build(project: &TempDir, others: &[(&str, &str)]) -> Child {
    let tools = project.path().join("tools");
    fs::create_dir(&tools).expect("the machine lets a test do that");
    TOOLS.iter().chain(others).for_each(|(name, text)| script(&tools.join(name), text));
    let cargo = project.path().join("cargo");
    script(&cargo, CARGO);
    let path = std::env::var_os("PATH").expect("the machine lets a test do that");
    let path = std::env::join_paths([tools].into_iter().chain(std::env::split_paths(&path)))
        .expect("the machine lets a test do that");
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("build")
        .env("CARGO", cargo)
        .env("CARGO_MANIFEST_DIR", project.path().join("xtask"))
        .env_remove("CARGO_TARGET_DIR")
        .env("PATH", path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the machine lets a test do that")
}

fn signal(process: &Child, signal: &str) {
    let kill = ["-c", r#"kill -s "$1" "$2""#, "sh", signal, &process.id().to_string()];
    assert!(Command::new("sh").args(kill).status().expect("the machine lets a test do that").success());
}

#[test]
fn a_stop_during_a_build_ends_the_build_and_what_it_started() {
    for (name, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let project = tempfile::tempdir().expect("the machine lets a test do that");
        let mut xtask = build(&project, &[]);
        let (started, began) = (Instant::now(), project.path().join("began"));
        while !began.exists() {
            assert!(started.elapsed() < PATIENCE, "the build does not begin");
            std::thread::sleep(Duration::from_millis(10));
        }
        let (ended, has_ended) = channel::<()>();
        let mut stderr = xtask.stderr.take().unwrap();
        let reading = std::thread::spawn(move || {
            let _ended = ended;
            let mut said = String::new();
            // It ends when the last process that holds the stream is gone.
            stderr.read_to_string(&mut said).unwrap();
            said
        });
        signal(&xtask, name);
        assert_eq!(
            has_ended.recv_timeout(PATIENCE),
            Err(RecvTimeoutError::Disconnected),
            "something still runs"
        );
        assert_eq!(xtask.wait().unwrap().code(), Some(code), "{name}");
        assert!(reading.join().unwrap().ends_with("xtask: stopped\n"));
    }
}

#[test]
fn what_only_a_person_can_install_is_told_before_anything_is_built() {
    let project = tempfile::tempdir().expect("the machine lets a test do that");
    let output = build(&project, &[OLD_NODE]).wait_with_output().expect("the machine lets a test do that");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("Node.js 20.19 or later"), "{said}");
    assert!(!project.path().join("began").exists(), "cargo was run first");
}
