//! `docs/spin.md`, from nothing to a request: each of its commands is run. `spin build` and `spin up` are Spin's; without it the first
//! is the manifest's own command, which `cargo xtask test` has run, and the second is our host.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::fixture::{FakeOrigin, SpinShop, root};

/// Where Spin listens when it is told nothing else.
const ADDRESS: &str = "127.0.0.1:3000";

/// The commands in order: the fenced blocks of shell.
fn commands() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/spin.md")).expect("docs/spin.md is there");
    let blocks = text.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().trim().to_owned()).collect()
}

/// Runs a command in a shell, against this shop in place of Spin's own address.
async fn run(command: &str, address: &str, folder: &Path) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", &command.replace(ADDRESS, address)]).current_dir(folder);
    let output = tokio::task::spawn_blocking(move || shell.output()).await;
    let output = output.expect("the command is waited for").expect("a shell is there");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("our answers are UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_document_does_what_it_says() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = SpinShop::with_origin(&origin).variable("key_internal1", "").await;
    let (folder, address) = (TempDir::new().expect("a temporary folder"), shop.address.to_string());
    let expected: &[(&str, &str)] = &[
        ("spin build", ""),
        ("spin up", ""),
        ("/v1/chat/init", "\"session_id\""),
        ("f8a11", "\"source\":\"faq-edge\""),
        ("f8a12", "event: done"),
        ("script", "\"code\":\"blocked\""),
        ("SPIN_VARIABLE_KEY_INTERNAL1", ""),
    ];
    let commands = commands();
    assert_eq!(commands.len(), expected.len(), "a command of docs/spin.md is not run: {commands:?}");
    for (command, (part, answer)) in commands.iter().zip(expected) {
        assert!(command.contains(part), "{command} is not the one with {part}");
        if command.ends_with("spin build") || command.ends_with("spin up") {
            assert_eq!(*answer, "", "what these do is seen in the answers of the shop");
            continue;
        }
        let printed = run(command, &address, folder.path()).await;
        assert!(printed.contains(answer), "{command}: {printed}");
    }
}

#[test]
fn what_spin_builds_is_what_the_tests_run() {
    let manifest = std::fs::read_to_string(root().join("spin.toml")).expect("spin.toml is there");
    let manifest = spin_host::manifest::Manifest::read(&manifest).expect("spin.toml is a manifest");
    let component = manifest.component().expect("one component serves every path");
    let build = component.build.as_ref().expect("the component is built by a command");
    assert_eq!(build.command, "cargo xtask build --spin");
    assert!(root().join(&component.source).is_file());
    for files in &component.files {
        assert!(root().join(&files.source).is_dir(), "{}", files.source.display());
    }
}

#[test]
fn the_document_names_every_variable_and_no_other_one() {
    let text = std::fs::read_to_string(root().join("docs/spin.md")).expect("docs/spin.md is there");
    let manifest = std::fs::read_to_string(root().join("spin.toml")).expect("spin.toml is there");
    let manifest = spin_host::manifest::Manifest::read(&manifest).expect("spin.toml is a manifest");
    let named: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let mut named: Vec<&str> = named;
    named.sort_unstable();
    let variables: Vec<&str> = manifest.variables.keys().map(String::as_str).collect();
    let mut variables = variables;
    variables.sort_unstable();
    assert_eq!(named, variables);
    for variable in manifest.variables.values().filter(|variable| variable.secret) {
        assert_eq!(variable.default.as_deref(), Some(""), "a secret has no value in the manifest");
    }
}
