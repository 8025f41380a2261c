//! Runs the shop: edge, origin and widget, on one printed address, until Ctrl-C.

mod demo;
mod servers;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

pub(crate) use self::demo::{TokenArguments, token};
use self::servers::{Plan, Servers};
use crate::stop::Stop;
use crate::{build, say};

/// How long a server has to start.
const START_TIME: Duration = Duration::from_secs(60);
/// The servers and their arguments, in the order of their start: each needs the ones before it.
const SERVERS: &[(&str, &[&str])] = &[
    ("demo-site", &["--shop", "shop"]),
    ("origin", &["serve", "--config", "config/origin.toml"]),
    ("edge", &["serve", "--config", "config/edge.toml"]),
];

#[derive(Args)]
pub(crate) struct UpArguments {
    /// Print the servers' log lines
    #[arg(long)]
    log: bool,
}

/// Builds what is missing and runs the shop.
pub(crate) fn run(root: &Path, arguments: &UpArguments) -> anyhow::Result<()> {
    let started = Instant::now();
    build::everything(root)?;
    demo::prepare(root)?;
    let stop = Stop::of_process();

    say("starting the shop's site, the origin and the edge");
    let programs = build::target_folder(root).join("release");
    let Some(mut servers) = Servers::start(&mut plans(root, &programs, arguments.log), &stop)? else {
        say("stopped before all had started");
        return Ok(());
    };
    let listening = servers.listening("edge").context("the edge does not listen")?;
    println!("{}", announcement(listening, started.elapsed()));
    servers.watch()?;
    say("stopping (Ctrl-C again ends it at once)");
    Ok(())
}

fn plans(root: &Path, programs: &Path, show: bool) -> Vec<Plan> {
    let plan = |&(name, arguments): &(&'static str, &[&str])| {
        let mut command = Command::new(programs.join(format!("mangaassist-{name}")));
        command.args(arguments).current_dir(root);
        let log = root.join(".run").join(format!("{name}.log"));
        Plan { name, command, log, show, start_time: START_TIME }
    };
    SERVERS.iter().map(plan).collect()
}

/// What is told when the shop is open, by what the edge said when it began to listen.
fn announcement(listening: &Value, after: Duration) -> String {
    let address = |name: &str| listening[name].as_str().unwrap_or("?").to_owned();
    let lines = [
        String::new(),
        format!("  MangaAssist is open after {:.1} s", after.as_secs_f64()),
        String::new(),
        format!("    shop      http://{}/", address("http")),
        format!(
            "    over TLS  https://{}/   (a certificate of this machine's own; your browser will ask)",
            address("https")
        ),
        format!("    metrics   http://{}/metrics", address("admin")),
        "    logs      .run/edge.log, .run/origin.log".to_owned(),
        String::new(),
        "  Try: \"How long do I have to return a book?\", \"Recommend a dark mystery like Monster\", \"送料はいくらですか\""
            .to_owned(),
        "  Ctrl-C ends it.".to_owned(),
        String::new(),
    ];
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_servers_start_from_the_back_with_configurations_that_are_there() {
        let root = crate::root();
        let plans = plans(&root, Path::new("/programs"), false);
        let names: Vec<_> = plans.iter().map(|plan| plan.name).collect();
        assert_eq!(names, ["demo-site", "origin", "edge"]);
        assert_eq!(plans[2].command.get_program(), "/programs/mangaassist-edge");
        assert_eq!(plans[2].log, root.join(".run/edge.log"));
        for plan in &plans {
            let arguments: Vec<_> = plan.command.get_args().collect();
            let file = root.join(arguments[arguments.len() - 1]);
            assert!(file.exists(), "{}: {}", plan.name, file.display());
        }
    }

    #[test]
    fn the_announcement_names_the_addresses() {
        let listening =
            json!({ "http": "127.0.0.1:8080", "https": "127.0.0.1:8443", "admin": "127.0.0.1:9090" });
        let text = announcement(&listening, Duration::from_millis(1_640));
        for part in ["open after 1.6 s", "http://127.0.0.1:8080/", "https://127.0.0.1:8443/", ":9090/metrics"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(announcement(&Value::Null, Duration::ZERO).contains("http://?/"));
    }
}
