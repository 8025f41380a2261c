//! `docs/spin.md`, from a clone to a request: each of its commands is run, in a shell and in its order. Where Spin 4.1 or later is
//! installed, `spin build` and `spin up` are Spin's own. Elsewhere a script stands in for it: `spin build` is the manifest's command, which
//! `cargo xtask test` has run before any test, and `spin up` opens our host with the variables that the command sets. What
//! installs something on a machine is in blocks of another kind, and no test runs it.

use std::net::SocketAddr;

use tempfile::TempDir;

use crate::fixture::{FakeOrigin, Shell, SpinShop, SpinUp, commands_of, root, secret_base64};

/// Where Spin listens when it is told nothing else.
const ADDRESS: &str = "127.0.0.1:3000";

/// The commands in their order: what each has in it, and what it prints, among other things.
const COMMANDS: &[(&str, &str)] = &[
    ("spin build", ""),
    ("spin up", ""),
    ("/v1/chat/init", "\"session_id\""),
    ("f8a11", "\"source\":\"faq-edge\""),
    ("f8a12", "event: done"),
    ("script", "\"code\":\"blocked\""),
    ("SPIN_VARIABLE_KEY_INTERNAL1", ""),
    ("f8a13", "Try Berserk."),
    ("SPIN_VARIABLE_KEY_SHOP1", ""),
    ("cargo xtask token", "\"tier\":\"customer\""),
];

/// Stands in for Spin: `up` notes what it is told.
const NO_SPIN: &str = r#"case "$1" in
build) ;;
up) env | sed -n 's/^SPIN_VARIABLE_//p' > variables ;;
*) echo "a test does not run: spin $*" >&2; exit 1 ;;
esac"#;

/// Spin itself, with this project, a port and a state of the test.
fn spin(address: SocketAddr, state: &TempDir) -> String {
    let (root, state) = (root(), state.path().display());
    let root = root.display();
    format!(
        r#"PATH="$MACHINE_PATH"
cd '{root}'
case "$1" in
build) exec spin build ;;
up) exec spin up --quiet --from '{root}/spin.toml' --listen {address} --state-dir '{state}' ;;
*) echo "a test does not run: spin $*" >&2; exit 1 ;;
esac"#
    )
}

/// The shop that the last `spin up` has opened.
enum Open {
    Nothing,
    InOurHost(SpinShop),
    InSpin(SpinUp),
}

/// Somebody who follows the document.
struct Reader {
    shell: Shell,
    origin: FakeOrigin,
    /// Where Spin is to listen; none where it is not installed.
    spin_at: Option<SocketAddr>,
    open: Open,
}

impl Reader {
    fn address(&self) -> String {
        match &self.open {
            Open::Nothing => ADDRESS.to_owned(),
            Open::InOurHost(shop) => shop.address.to_string(),
            Open::InSpin(spin) => spin.address.to_string(),
        }
    }

    /// Ends the shop that is open and opens it as this command says.
    async fn up(&mut self, command: &str) {
        let before = std::mem::replace(&mut self.open, Open::Nothing);
        self.open = match self.spin_at {
            Some(address) => {
                // It has the port.
                drop(before);
                let mut up = self.shell.command(command);
                up.env("SPIN_VARIABLE_ORIGIN_URL", format!("http://{}", self.origin.address()));
                Open::InSpin(SpinUp::by(up, address).await)
            }
            None => Open::InOurHost(self.up_in_our_host(command, &before).await),
        };
    }

    async fn up_in_our_host(&self, command: &str, before: &Open) -> SpinShop {
        self.shell.run(command).await;
        let told = std::fs::read_to_string(self.shell.folder().join("variables")).expect("`spin up` was run");
        let keys = ["key_internal1", "key_session1", "key_shop1"];
        let opening = SpinShop::with_origin(&self.origin);
        let opening = keys.iter().fold(opening, |opening, key| opening.variable(key, ""));
        let set = told.lines().filter_map(|line| line.split_once('='));
        let opening =
            set.fold(opening, |opening, (name, value)| opening.variable(&name.to_ascii_lowercase(), value));
        match before {
            Open::InOurHost(before) => opening.sharing(before).await,
            Open::Nothing | Open::InSpin(_) => opening.await,
        }
    }
}

async fn every_command_does_what_it_says(shell: Shell, spin_at: Option<SocketAddr>) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    for key in ["internal-1", "shop-1"] {
        shell.write(&format!(".run/keys/{key}.key"), &secret_base64(key));
    }
    let mut reader = Reader { shell, origin, spin_at, open: Open::Nothing };
    let commands = commands_of("docs/spin.md");
    assert_eq!(commands.len(), COMMANDS.len(), "a command of docs/spin.md is not run: {commands:?}");
    for (command, (part, answer)) in commands.iter().zip(COMMANDS) {
        assert!(command.contains(part), "{command} is not the one with {part}");
        if command.ends_with("spin up") {
            reader.up(command).await;
            continue;
        }
        let printed = reader.shell.run(&command.replace(ADDRESS, &reader.address())).await;
        assert!(printed.contains(answer), "{command}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_document_does_what_it_says() {
    every_command_does_what_it_says(Shell::new().with_tool("spin", NO_SPIN), None).await;
}

mod spin_up {
    use super::{Shell, every_command_does_what_it_says, spin};
    use crate::fixture::{free_address, has_spin};

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs spin 4.1 or later on the PATH"]
    async fn every_command_of_the_document_does_what_it_says() {
        if !has_spin() {
            return;
        }
        let state = tempfile::tempdir().expect("a temporary folder");
        let address = free_address();
        let shell = Shell::new().with_tool("spin", &spin(address, &state));
        every_command_does_what_it_says(shell, Some(address)).await;
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
