//! Runs the shop: edge, origin and widget, on one printed address, until Ctrl-C.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use identity::keyring::Keyring;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use crate::process::Beside;
use crate::{build, say};

/// How long edge and origin have to start.
const START_TIME: Duration = Duration::from_secs(60);
/// How often the servers are looked at.
const WATCH_TIME: Duration = Duration::from_millis(300);
/// How long a demo token is good for, in seconds.
const TOKEN_S: u64 = 7 * 24 * 3600;
/// Keys of the demo. Made at the first start, in base64.
const KEYS: &[&str] = &["session-1", "shop-1", "internal-1"];

#[derive(Args)]
pub(crate) struct UpArguments {
    /// Print the servers' log lines
    #[arg(long)]
    log: bool,
}

#[derive(Args)]
pub(crate) struct TokenArguments {
    /// A customer of shop/customers.jsonl
    #[arg(long, default_value = "C1001")]
    customer: String,
}

/// Builds what is missing and runs the shop.
pub(crate) fn run(root: &Path, arguments: &UpArguments) -> anyhow::Result<()> {
    let started = Instant::now();
    build::everything(root)?;
    prepare(root)?;
    let (stop, stopped) = channel();
    on_interrupt(stop)?;

    say("starting the shop's site, the origin and the edge");
    let mut site = server(root, "demo-site", &["--shop", "shop"], arguments.log)?;
    let mut origin = server(root, "origin", &["serve", "--config", "config/origin.toml"], arguments.log)?;
    let mut edge = server(root, "edge", &["serve", "--config", "config/edge.toml"], arguments.log)?;
    announce(&edge.listening, started);
    while stopped.recv_timeout(WATCH_TIME) == Err(RecvTimeoutError::Timeout) {
        site.process.check()?;
        origin.process.check()?;
        edge.process.check()?;
    }
    say("stopping");
    // The edge first: what it still holds goes to the origin.
    drop(edge);
    drop(origin);
    drop(site);
    Ok(())
}

struct Server {
    process: Beside,
    listening: Value,
}

fn server(root: &Path, name: &'static str, arguments: &[&str], show: bool) -> anyhow::Result<Server> {
    let program = build::target_folder(root).join("release").join(format!("mangaassist-{name}"));
    let log_path = root.join(".run").join(format!("{name}.log"));
    let mut log = std::fs::File::create(&log_path)?;
    let (listening, heard) = channel();
    let mut process =
        Beside::start(name, Command::new(program).args(arguments).current_dir(root), move |line| {
            if show {
                eprintln!("{line}");
            }
            // A full disk must not end the shop.
            let _ = writeln!(log, "{line}");
            let value: Value = serde_json::from_str(line).unwrap_or_default();
            if value["message"] == "listening" {
                // Only the first is waited for.
                let _ = listening.send(value);
            }
        })?;
    let deadline = Instant::now() + START_TIME;
    loop {
        match heard.recv_timeout(Duration::from_millis(100)) {
            Ok(listening) => return Ok(Server { process, listening }),
            Err(_) if Instant::now() > deadline => {
                bail!("the {name} did not start in time; see {}", log_path.display())
            }
            Err(_) => process.check().with_context(|| {
                let log = std::fs::read_to_string(&log_path).unwrap_or_default();
                format!("the {name} says: {}", log.lines().last().unwrap_or_default())
            })?,
        }
    }
}

fn announce(listening: &Value, started: Instant) {
    let address = |name: &str| listening[name].as_str().unwrap_or("?").to_owned();
    println!();
    println!("  MangaAssist is open after {:.1} s", started.elapsed().as_secs_f64());
    println!();
    println!("    shop      http://{}/", address("http"));
    println!(
        "    over TLS  https://{}/   (a certificate of this machine's own; your browser will ask)",
        address("https")
    );
    println!("    metrics   http://{}/metrics", address("admin"));
    println!("    logs      .run/edge.log, .run/origin.log");
    println!();
    println!(
        "  Try: \"How long do I have to return a book?\", \"Recommend a dark mystery like Monster\", \"送料はいくらですか\""
    );
    println!("  Ctrl-C ends it.");
    println!();
}

/// Ends the shop at Ctrl-C, a polite kill or the end of its terminal, from a thread that waits for them.
fn on_interrupt(stop: Sender<()>) -> anyhow::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([libc::SIGINT, libc::SIGTERM, libc::SIGHUP])?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            // Nobody waits any more when the shop is ending by itself.
            let _ = stop.send(());
        }
    });
    Ok(())
}

/// Keys, and the demo's customers with tokens to sign in with.
pub(crate) fn prepare(root: &Path) -> anyhow::Result<()> {
    let keys = root.join(".run/keys");
    std::fs::create_dir_all(&keys)?;
    for name in KEYS {
        make_key(&keys.join(format!("{name}.key")))?;
    }
    let demo = root.join(".run/demo");
    std::fs::create_dir_all(&demo)?;
    let mut customers = Vec::new();
    for line in std::fs::read_to_string(root.join("shop/customers.jsonl"))?.lines() {
        let customer: Value = serde_json::from_str(line)?;
        let id = customer["id"].as_str().context("a customer has no id")?;
        customers.push(json!({ "id": id, "name": customer["name"], "token": mint(root, id)? }));
    }
    std::fs::write(demo.join("customers.json"), serde_json::to_vec(&customers)?)?;
    Ok(())
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut secret = [0; 32];
    SystemRandom::new().fill(&mut secret).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => Ok(writeln!(file, "{}", STANDARD.encode(secret))?),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}

/// A token as the shop's identity provider would give it.
fn mint(root: &Path, customer: &str) -> anyhow::Result<String> {
    let path = root.join(".run/keys/shop-1.key");
    let text =
        std::fs::read_to_string(&path).context("run `cargo xtask up` once: it makes the demo's keys")?;
    let keys = Keyring::default().with_secret("shop-1", &STANDARD.decode(text.trim())?)?;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({
        "iss": "https://shop.example",
        "aud": "mangaassist",
        "sub": customer,
        "tier": "customer",
        "iat": now_s,
        "exp": now_s + TOKEN_S,
    });
    Ok(identity::jwt::sign_hs256(&claims, "shop-1", &keys)?)
}

/// Prints a token.
pub(crate) fn token(root: &Path, arguments: &TokenArguments) -> anyhow::Result<()> {
    println!("{}", mint(root, &arguments.customer)?);
    Ok(())
}
