//! The shop's servers: started one after the other, watched, and ended in the opposite order.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::process::Beside;
use crate::stop::Stop;

/// How long a server has to end after it was asked to.
const END_TIME: Duration = Duration::from_secs(10);
/// How often the servers are looked at.
const WATCH_TIME: Duration = Duration::from_millis(100);

/// A server to start.
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) command: Command,
    /// Where its lines go.
    pub(super) log: PathBuf,
    /// Whether they are printed as well.
    pub(super) show: bool,
    /// How long it has to say that it listens.
    pub(super) start_time: Duration,
}

/// A server that listens.
struct Server {
    name: &'static str,
    process: Beside,
    listening: Value,
}

/// Servers that run, in the order of their start.
pub(super) struct Servers {
    all: Vec<Server>,
    stop: Stop,
}

impl Servers {
    /// Starts them, each when the one before it listens. None when we were told to stop before the last one did.
    pub(super) fn start(plans: &mut [Plan], stop: &Stop) -> anyhow::Result<Option<Self>> {
        let mut servers = Self { all: Vec::new(), stop: stop.clone() };
        for plan in plans {
            let Some(server) = start(plan, stop)? else { return Ok(None) };
            servers.all.push(server);
        }
        Ok(Some(servers))
    }

    /// What a server said when it began to listen.
    pub(super) fn listening(&self, name: &str) -> Option<&Value> {
        self.all.iter().find(|server| server.name == name).map(|server| &server.listening)
    }

    /// Waits until we are told to stop. A server that ends by itself is an error.
    pub(super) fn watch(&mut self) -> anyhow::Result<()> {
        while !self.stop.wait(WATCH_TIME) {
            for server in &mut self.all {
                server.process.check()?;
            }
        }
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // The last one first: what the edge still holds goes to the origin.
        while let Some(server) = self.all.pop() {
            drop(server);
        }
    }
}

fn start(plan: &mut Plan, stop: &Stop) -> anyhow::Result<Option<Server>> {
    let Plan { name, ref mut command, ref log, show, start_time } = *plan;
    let mut file = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let (listens, heard) = channel();
    let mut process = Beside::start(name, command, END_TIME, stop, move |line| {
        if show {
            eprintln!("{line}");
        }
        // A full disk must not end the shop.
        let _ = writeln!(file, "{line}");
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        if value["message"] == "listening" {
            // Only the first is waited for.
            let _ = listens.send(value);
        }
    })?;
    let deadline = Instant::now() + start_time;
    loop {
        match heard.recv_timeout(WATCH_TIME) {
            Ok(listening) => return Ok(Some(Server { name, process, listening })),
            // It has closed its streams, and will not say it any more.
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop.signal().is_some() {
            return Ok(None);
        }
        if process.check().is_err() {
            break;
        }
        if Instant::now() > deadline {
            bail!("the {name} did not start in time; see {}", log.display());
        }
    }
    // Its last line is in the log when it has ended.
    let status = process.end()?;
    let lines = std::fs::read_to_string(log).unwrap_or_default();
    bail!("the {name} ended ({status}) and says: {}", lines.lines().next_back().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;

    /// Longer than anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);
    /// What a server does until it is asked to end.
    const SERVE: &str = "while :; do sleep 0.05; done";

    /// A shell script as a server.
    fn plan(folder: &Path, name: &'static str, script: &str) -> Plan {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder);
        Plan { name, command, log: folder.join(format!("{name}.log")), show: false, start_time: PATIENCE }
    }

    /// One that listens, serves, and notes when it ends.
    fn serving(folder: &Path, name: &'static str) -> Plan {
        let listens = format!(r#"echo starting; echo '{{"message":"listening","http":"of {name}"}}'"#);
        plan(folder, name, &format!("trap 'echo {name} >> ended; exit 0' TERM; {listens}; {SERVE}"))
    }

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    /// Those that ended after they were asked to, in the order of their ends.
    fn ended(folder: &TempDir) -> String {
        fs::read_to_string(folder.path().join("ended")).unwrap_or_default()
    }

    fn started(plans: &mut [Plan]) -> Servers {
        started_until(plans, &Stop::default())
    }

    fn started_until(plans: &mut [Plan], stop: &Stop) -> Servers {
        Servers::start(plans, stop).unwrap().expect("they are not stopped")
    }

    fn failure(plans: &mut [Plan]) -> String {
        let Err(error) = Servers::start(plans, &Stop::default()) else { panic!("they started") };
        error.to_string()
    }

    #[test]
    fn a_server_has_started_when_it_listens() {
        let folder = folder();
        let servers = started(&mut [serving(folder.path(), "edge")]);
        assert_eq!(servers.listening("edge").unwrap()["http"], "of edge");
        assert_eq!(servers.listening("origin"), None);
        let log = fs::read_to_string(folder.path().join("edge.log")).unwrap();
        assert!(log.starts_with("starting\n"), "{log}");
    }

    #[test]
    fn each_starts_when_the_one_before_it_listens() {
        let folder = folder();
        let path = folder.path();
        let first = plan(
            path,
            "origin",
            &format!(r#"sleep 0.1; touch up; echo '{{"message":"listening"}}'; {SERVE}"#),
        );
        let second = plan(
            path,
            "edge",
            &format!(r#"test -e up || exit 1; echo '{{"message":"listening"}}'; {SERVE}"#),
        );
        let servers = started(&mut [first, second]);
        assert!(servers.listening("edge").is_some());
    }

    #[test]
    fn they_end_in_the_opposite_order() {
        let folder = folder();
        let mut plans = ["demo-site", "origin", "edge"].map(|name| serving(folder.path(), name));
        drop(started(&mut plans));
        assert_eq!(ended(&folder), "edge\norigin\ndemo-site\n");
    }

    #[test]
    fn a_server_that_ends_early_is_told_with_what_it_says_and_the_others_end() {
        let folder = folder();
        let failing = plan(folder.path(), "edge", "echo reading; echo 'no such key: listen' >&2; exit 64");
        let error = failure(&mut [serving(folder.path(), "origin"), failing]);
        assert!(error.starts_with("the edge ended (exit status: 64) and says: "), "{error}");
        assert_eq!(ended(&folder), "origin\n");
    }

    #[test]
    fn the_last_line_of_a_server_that_ends_early_is_told() {
        let folder = folder();
        let error = failure(&mut [plan(folder.path(), "edge", "echo reading; echo 'no such key'; exit 64")]);
        assert!(error.ends_with("says: no such key"), "{error}");
    }

    #[test]
    fn a_server_that_does_not_listen_in_time_is_told() {
        let folder = folder();
        let mut slow = plan(folder.path(), "edge", SERVE);
        slow.start_time = Duration::from_millis(200);
        let error = failure(&mut [slow]);
        assert!(error.starts_with("the edge did not start in time; see "), "{error}");
    }

    #[test]
    fn a_server_that_closes_its_streams_is_not_waited_for() {
        let folder = folder();
        let error = failure(&mut [plan(folder.path(), "edge", &format!("exec >/dev/null 2>&1; {SERVE}"))]);
        assert!(error.starts_with("the edge ended (signal: 15"), "{error}");
    }

    #[test]
    fn a_stop_ends_all() {
        let folder = folder();
        let stop = Stop::default();
        let mut plans = ["origin", "edge"].map(|name| serving(folder.path(), name));
        let mut servers = started_until(&mut plans, &stop);
        stop.tell(libc::SIGINT);
        servers.watch().unwrap();
        assert_eq!(ended(&folder), "");
        drop(servers);
        assert_eq!(ended(&folder), "edge\norigin\n");
    }

    #[test]
    fn a_second_stop_ends_all_at_once() {
        let folder = folder();
        let stop = Stop::default();
        let slow = r#"trap "" TERM; echo '{"message":"listening"}'"#;
        let mut plans = ["origin", "edge"].map(|name| plan(folder.path(), name, &format!("{slow}; {SERVE}")));
        let servers = started_until(&mut plans, &stop);
        stop.tell(libc::SIGINT);
        stop.tell(libc::SIGINT);
        let asked = Instant::now();
        drop(servers);
        assert!(asked.elapsed() < END_TIME, "they had time to end");
    }

    #[test]
    fn a_stop_is_heard_while_a_server_starts() {
        let folder = folder();
        let stop = Stop::default();
        stop.tell(libc::SIGINT);
        let started = Servers::start(&mut [plan(folder.path(), "edge", SERVE)], &stop);
        assert!(started.unwrap().is_none());
    }

    #[test]
    fn a_server_that_ends_by_itself_ends_the_others() {
        let folder = folder();
        let path = folder.path();
        let script = r#"echo '{"message":"listening"}'; sleep 0.2; exit 5"#;
        let mut servers = started(&mut [serving(path, "origin"), plan(path, "edge", script)]);
        let error = servers.watch().unwrap_err();
        assert_eq!(error.to_string(), "edge ended (exit status: 5); its log says why");
        drop(servers);
        assert_eq!(ended(&folder), "origin\n");
    }
}
