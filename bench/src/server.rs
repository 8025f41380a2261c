//! A server as a process of its own, so that the CPU it takes is told apart from ours.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// Longest that a server may take until it accepts connections: it may have a rule set to compile.
const ACCEPT_MAX: Duration = Duration::from_secs(60);
/// How often that is tried.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    child: Child,
    /// Its public address.
    pub(crate) http: SocketAddr,
    /// From its start to its listeners being bound.
    pub(crate) ready_after: Duration,
}

/// What a server says, line by line.
struct Lines(Box<dyn Iterator<Item = std::io::Result<String>> + Send>);

impl Lines {
    fn of(output: impl std::io::Read + Send + 'static) -> Self {
        Self(Box::new(BufReader::new(output).lines()))
    }
}

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A program that was built beside this one.
pub(crate) fn beside(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

impl Server {
    /// Starts the edge that was built beside this program.
    pub(crate) fn start(config: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(beside("mangaassist-edge")?);
        command.args(["serve", "--config"]).arg(config);
        Self::of(command)
    }

    /// Starts a server that says in its log where it listens.
    pub(crate) fn of(mut command: Command) -> anyhow::Result<Self> {
        command.stderr(Stdio::piped());
        Self::listening(command, "http", |child| child.stderr.take().map(Lines::of))
    }

    /// Starts a server that says on its standard output where it listens, under this name.
    pub(crate) fn of_stdout(mut command: Command, name: &str) -> anyhow::Result<Self> {
        command.stdout(Stdio::piped());
        Self::listening(command, name, |child| child.stdout.take().map(Lines::of))
    }

    /// Starts a server that says nothing, at an address that it was told.
    pub(crate) fn of_silent(mut command: Command, http: SocketAddr) -> anyhow::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let started = Instant::now();
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot run {program}"))?;
        // From here on whatever happens ends it.
        let mut server = Self { child, http, ready_after: Duration::ZERO };
        while TcpStream::connect(http).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{program} ended before it listened: {status}");
            }
            ensure!(started.elapsed() < ACCEPT_MAX, "{program} accepts no connection at {http}");
            std::thread::sleep(ACCEPT_PAUSE);
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    fn listening(
        mut command: Command,
        name: &str,
        output: impl FnOnce(&mut Child) -> Option<Lines>,
    ) -> anyhow::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let started = Instant::now();
        let mut child =
            command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot run {program}"))?;
        let mut lines = output(&mut child).context("no output")?;
        let http = loop {
            let Some(line) = lines.0.next().transpose()? else { bail!("{program} ended before it listened") };
            let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if value["message"] == "listening" {
                break value[name].as_str().context("no address")?.parse()?;
            }
            if value.is_null() {
                eprintln!("{line}");
            }
        };
        let ready_after = started.elapsed();
        // The rest of its log is read and dropped, or its pipe would fill.
        std::thread::spawn(move || lines.0.map_while(Result::ok).for_each(drop));
        Ok(Self { child, http, ready_after })
    }

    /// CPU time that its threads have had so far, from the kernel's scheduler: exact to nanoseconds, unlike `utime`.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(tasks)? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            nanoseconds +=
                text.split_whitespace().next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Bytes of memory that it has resident now (proc(5), `VmRSS`).
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself, or it ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
