//! Runs other programs: to their end, or beside us until we end them. Nothing is left running.

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Runs to the end, showing what it prints.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = describe(command);
    let status = command.status().with_context(|| format!("cannot run {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// Runs to the end; what it prints is only shown when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> anyhow::Result<()> {
    let name = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("{name} failed ({})", output.status);
    }
    Ok(())
}

/// What it prints, when it runs and succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn describe(command: &Command) -> String {
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    format!("{} {}", command.get_program().to_string_lossy(), arguments.join(" "))
}

/// `cargo`, the one that runs us.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// The lines of a stream. Bytes that are no text are replaced: they end neither a line nor the stream.
pub(crate) fn lines(stream: impl Read) -> impl Iterator<Item = String> {
    BufReader::new(stream)
        .split(b'\n')
        .map_while(Result::ok)
        .map(|line| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
}

/// A process beside us, and whatever it starts. Dropping it ends them, politely at first.
pub(crate) struct Beside {
    name: &'static str,
    child: Child,
    end_time: Duration,
    logs: Vec<JoinHandle<()>>,
}

impl Beside {
    /// Starts a process. It has `end_time` to end after it was asked to. Its log lines go to `line`, one at a time.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        end_time: Duration,
        line: impl FnMut(&str) + Send + 'static,
    ) -> anyhow::Result<Self> {
        // A group of its own: Ctrl-C in a terminal goes to us, and we end what we started in its order.
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", describe(command)))?;
        let stdout = child.stdout.take().context("no standard output")?;
        let stderr = child.stderr.take().context("no standard error")?;
        let line = Arc::new(Mutex::new(line));
        let logs = vec![read_lines(stdout, Arc::clone(&line)), read_lines(stderr, line)];
        Ok(Self { name, child, end_time, logs })
    }

    /// Whether it still runs.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}); its log says why", self.name),
        }
    }

    /// Ends it, and waits until its last line is handed on. Tells how it ended.
    pub(crate) fn end(&mut self) -> std::io::Result<ExitStatus> {
        if self.logs.is_empty() {
            // Ended before: its number may be another's by now.
            return self.child.wait();
        }
        signal_group(&self.child, "TERM");
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && asked.elapsed() < self.end_time {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Who is left did not listen, or was left behind by the process that started it. It would hold the streams open.
        signal_group(&self.child, "KILL");
        // It fails only when there is nothing left to end.
        let _ = self.child.kill();
        let status = self.child.wait();
        for log in self.logs.drain(..) {
            let _ = log.join();
        }
        status
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Hands on every line of a stream, from a thread of its own.
fn read_lines<L: FnMut(&str) + Send + 'static>(
    stream: impl Read + Send + 'static,
    line: Arc<Mutex<L>>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for text in lines(stream) {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            (*line)(&text);
        }
    })
}

/// Signals a process with all that it started: the group that it leads. The shell's own `kill` keeps this crate free of unsafe
/// code, and is there where the program `kill` is not.
fn signal_group(leader: &Child, signal: &str) {
    // It fails when nobody is left, which is what is wanted.
    let _ = Command::new("sh")
        .args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", signal, &leader.id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// Longer than anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn beside(script: &str, end_time: Duration) -> (Beside, Receiver<String>) {
        let (sender, lines) = channel();
        let process = Beside::start("script", &mut shell(script), end_time, move |line| {
            let _ = sender.send(line.to_owned());
        })
        .unwrap();
        (process, lines)
    }

    #[test]
    fn a_process_that_listens_ends_by_itself() {
        let script = "trap 'echo ended; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        let (mut process, lines) = beside(script, PATIENCE);
        assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "ready");
        process.check().unwrap();
        assert_eq!(process.end().unwrap().code(), Some(0));
        assert!(lines.iter().any(|line| line == "ended"));
    }

    #[test]
    fn a_process_that_does_not_listen_is_killed_after_its_time() {
        let end_time = Duration::from_millis(300);
        let (mut process, lines) = beside("trap '' TERM; echo ready; while :; do sleep 0.05; done", end_time);
        assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "ready");
        let asked = Instant::now();
        let status = process.end().unwrap();
        assert!(asked.elapsed() >= end_time);
        assert_eq!(status.signal(), Some(libc::SIGKILL));
    }

    #[test]
    fn what_a_process_started_ends_with_it() {
        // It holds the streams, so that `end` returns only when it is gone.
        let script = "sh -c 'trap \"\" TERM; echo ready; exec sleep 120' & wait";
        let (mut process, lines) = beside(script, PATIENCE);
        assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "ready");
        let asked = Instant::now();
        assert_eq!(process.end().unwrap().signal(), Some(libc::SIGTERM));
        assert!(asked.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn what_a_process_left_behind_ends_when_it_is_dropped() {
        let (process, lines) = beside("sleep 120 & echo ready", PATIENCE);
        assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "ready");
        let asked = Instant::now();
        drop(process);
        assert!(asked.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn every_line_of_both_streams_is_handed_on() {
        let script = r"for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf 'caf\351\r\nlast'";
        let (_process, lines) = beside(script, PATIENCE);
        let mut lines: Vec<String> = lines.iter().collect();
        lines.sort();
        assert_eq!(lines, ["caf\u{fffd}", "err 1", "err 2", "err 3", "last", "out 1", "out 2", "out 3"]);
    }

    #[test]
    fn a_process_that_ended_is_told_with_its_status() {
        let (mut process, _lines) = beside("exit 3", PATIENCE);
        let started = Instant::now();
        let error = loop {
            match process.check() {
                Err(error) => break error,
                Ok(()) => assert!(started.elapsed() < PATIENCE),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(error.to_string(), "script ended (exit status: 3); its log says why");
        assert_eq!(process.end().unwrap().code(), Some(3));
        assert_eq!(process.end().unwrap().code(), Some(3));
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run(&mut Command::new("/nowhere/program")).unwrap_err();
        assert!(error.to_string().contains("cannot run /nowhere/program"), "{error}");
        let started = Beside::start("one", &mut Command::new("/nowhere/program"), PATIENCE, |_| {});
        assert!(started.is_err_and(|error| error.to_string().contains("cannot run /nowhere/program")));
    }

    #[test]
    fn a_command_that_fails_is_named_with_its_status() {
        for run in [run, run_quietly] {
            run(&mut shell("true")).unwrap();
            let error = run(&mut shell("exit 4")).unwrap_err();
            assert_eq!(error.to_string(), "sh -c exit 4 failed (exit status: 4)");
        }
    }

    #[test]
    fn output_is_there_when_the_command_succeeds() {
        assert_eq!(output(&mut shell("echo out; echo err >&2")).as_deref(), Some("out\n"));
        assert_eq!(output(&mut shell("echo out; exit 1")), None);
        assert_eq!(output(&mut Command::new("/nowhere/program")), None);
    }
}
