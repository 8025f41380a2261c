//! A process beside us, until we end it.

use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::{LOOK_TIME, describe, lines, signal_group};
use crate::stop::Stop;

/// A process beside us, and whatever it starts. Dropping it ends them, politely at first; at once when we are told to stop a second
/// time.
pub(crate) struct Beside {
    name: &'static str,
    child: Child,
    end_time: Duration,
    stop: Stop,
    logs: Vec<JoinHandle<()>>,
}

impl Beside {
    /// Starts a process. It has `end_time` to end after it was asked to. Its log lines go to `line`, one at a time.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        end_time: Duration,
        stop: &Stop,
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
        Ok(Self { name, child, end_time, stop: stop.clone(), logs })
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
        let may_wait = |asked: Instant| asked.elapsed() < self.end_time && !self.stop.is_urgent();
        while matches!(self.child.try_wait(), Ok(None)) && may_wait(asked) {
            std::thread::sleep(LOOK_TIME);
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

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::process::tests::{PATIENCE, shell};

    fn beside(script: &str, end_time: Duration) -> (Beside, Receiver<String>) {
        beside_until(script, end_time, &Stop::default())
    }

    fn beside_until(script: &str, end_time: Duration, stop: &Stop) -> (Beside, Receiver<String>) {
        let (sender, lines) = channel();
        let process = Beside::start("script", &mut shell(script), end_time, stop, move |line| {
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
    fn a_second_stop_ends_at_once_what_does_not_listen_and_the_first_does_not() {
        let stop = Stop::default();
        stop.tell(libc::SIGINT);
        let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
        let (mut process, lines) = beside_until(script, 2 * PATIENCE, &stop);
        let (mut next, more) = beside_until(script, 2 * PATIENCE, &stop);
        assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "ready");
        assert_eq!(more.recv_timeout(PATIENCE).unwrap(), "ready");
        let (asked, told) = (Instant::now(), Duration::from_millis(300));
        let second = std::thread::spawn(move || {
            std::thread::sleep(told);
            stop.tell(libc::SIGINT);
        });
        assert_eq!(process.end().unwrap().signal(), Some(libc::SIGKILL));
        assert!(asked.elapsed() >= told, "one stop leaves it its time");
        second.join().unwrap();
        // The rest is ended at once as well.
        assert_eq!(next.end().unwrap().signal(), Some(libc::SIGKILL));
        assert!(asked.elapsed() < PATIENCE);
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let mut missing = Command::new("/nowhere/program");
        let started = Beside::start("one", &mut missing, PATIENCE, &Stop::default(), |_| {});
        assert!(started.is_err_and(|error| error.to_string().contains("cannot run /nowhere/program")));
    }
}
