//! Runs other programs: to their end, or beside us until we end them. Nothing is left running.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long a process has to end after it was asked to.
const END_TIME: Duration = Duration::from_secs(10);

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

/// A process beside us. Dropping it ends it, politely at first.
pub(crate) struct Beside {
    name: &'static str,
    child: Child,
    logs: Vec<JoinHandle<()>>,
}

impl Beside {
    /// Starts a process. Its log lines go to `line`, one at a time.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
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
        Ok(Self { name, child, logs })
    }

    /// Whether it still runs.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}); its log says why", self.name),
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        terminate(&self.child);
        let asked = Instant::now();
        while asked.elapsed() < END_TIME {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // It has ended, or it did not listen. Either call fails only when there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for log in self.logs.drain(..) {
            let _ = log.join();
        }
    }
}

/// Hands on every line of a stream, from a thread of its own.
fn read_lines<L: FnMut(&str) + Send + 'static>(
    stream: impl std::io::Read + Send + 'static,
    line: Arc<Mutex<L>>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for text in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            (*line)(&text);
        }
    })
}

/// Asks a process to end. `kill` from coreutils keeps this crate free of unsafe code.
fn terminate(child: &Child) {
    let _ = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
}
