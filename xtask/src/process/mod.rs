//! Runs other programs: to their end, or beside us until we end them. Nothing is left running: each of them leads a process group of
//! its own, which a signal that we get is passed on to.

mod beside;

use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

pub(crate) use self::beside::Beside;
use crate::stop::Stop;

/// How often a process is looked at.
const LOOK_TIME: Duration = Duration::from_millis(20);
/// How long a program has to end after a signal was passed on. The test runner gives its tests ten seconds.
const END_TIME: Duration = Duration::from_secs(20);
/// How often something is said of a program that says nothing itself.
const PROGRESS_TIME: Duration = Duration::from_secs(15);

/// Runs to the end, showing what it prints.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    run_until(command, &Stop::of_process())
}

fn run_until(command: &mut Command, stop: &Stop) -> anyhow::Result<()> {
    let status = wait(&mut spawn(command, stop)?, stop, || {})?;
    succeeded(command, status)
}

/// Runs to the end and hands on every line of its standard error. Tells how it ended.
pub(crate) fn run_reading(
    command: &mut Command,
    mut line: impl FnMut(&str) + Send,
) -> anyhow::Result<ExitStatus> {
    let stop = Stop::of_process();
    let mut child = spawn(command.stderr(Stdio::piped()), &stop)?;
    let stderr = child.stderr.take().context("no standard error")?;
    std::thread::scope(|scope| {
        scope.spawn(move || lines(stderr).for_each(|text| line(&text)));
        wait(&mut child, &stop, || {})
    })
}

/// Runs to the end; what it prints is only shown when it fails. Now and then it is said that it runs.
pub(crate) fn run_quietly(command: &mut Command) -> anyhow::Result<()> {
    let progress = Progress::new(command, PROGRESS_TIME);
    run_quietly_until(command, &Stop::of_process(), progress, |line| eprintln!("{line}"))
}

fn run_quietly_until(
    command: &mut Command,
    stop: &Stop,
    mut progress: Progress,
    mut tell: impl FnMut(&str),
) -> anyhow::Result<()> {
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()), stop)?;
    let stdout = child.stdout.take().context("no standard output")?;
    let stderr = child.stderr.take().context("no standard error")?;
    let (status, printed) = std::thread::scope(|scope| {
        let printed = [scope.spawn(|| all(stdout)), scope.spawn(|| all(stderr))];
        let status = wait(&mut child, stop, || progress.line(None).iter().for_each(|line| tell(line)));
        (status, printed.map(|reader| reader.join().unwrap_or_default()))
    });
    let status = status?;
    if !status.success() {
        printed.iter().for_each(|text| tell(text.trim_end()));
    }
    succeeded(command, status)
}

/// Runs a build of cargo's to the end. What the compiler says is shown; instead of cargo's own lines, now and then how far it is.
pub(crate) fn build_quietly(command: &mut Command) -> anyhow::Result<()> {
    let progress = Progress::new(command, PROGRESS_TIME);
    // What is to be read by people still goes to standard error, in its colours.
    command.args(["--quiet", "--message-format", "json-render-diagnostics"]);
    build_quietly_until(command, &Stop::of_process(), progress, |line| eprintln!("{line}"))
}

fn build_quietly_until(
    command: &mut Command,
    stop: &Stop,
    mut progress: Progress,
    mut tell: impl FnMut(&str),
) -> anyhow::Result<()> {
    let mut child = spawn(command.stdout(Stdio::piped()), stop)?;
    let stdout = child.stdout.take().context("no standard output")?;
    let built = AtomicUsize::new(0);
    let count = |line: String| {
        if is_built(&line) {
            built.fetch_add(1, Ordering::Relaxed);
        }
    };
    let status = std::thread::scope(|scope| {
        scope.spawn(move || lines(stdout).for_each(count));
        wait(&mut child, stop, || {
            progress.line(Some(built.load(Ordering::Relaxed))).iter().for_each(|line| tell(line));
        })
    })?;
    succeeded(command, status)
}

/// Whether a message of cargo's tells of something that it has built just now.
fn is_built(message: &str) -> bool {
    let message: serde_json::Value = serde_json::from_str(message).unwrap_or_default();
    message["reason"] == "compiler-artifact" && message["fresh"] == false
}

/// What it prints, when it runs and succeeds. For programs that take no time.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `cargo`, the one that runs us.
pub(crate) fn cargo(root: &Path) -> Command {
    in_project(root, Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())))
}

/// `cargo` of a toolchain that is installed beside the one that runs us.
pub(crate) fn cargo_of(root: &Path, toolchain: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", toolchain, "cargo"]).env_remove("CARGO");
    in_project(root, command)
}

fn in_project(root: &Path, mut command: Command) -> Command {
    command.current_dir(root);
    // What `cargo run` says of this package is no business of the next build: build scripts that look at it (ring's) would be run
    // anew, with all that stands on them, whenever somebody called cargo without this tool in between.
    let of_this_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_this_package)) {
        command.env_remove(name);
    }
    command
}

/// The lines of a stream. Bytes that are no text are replaced: they end neither a line nor the stream.
pub(crate) fn lines(stream: impl Read) -> impl Iterator<Item = String> {
    BufReader::new(stream)
        .split(b'\n')
        .map_while(Result::ok)
        .map(|line| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
}

/// All that a stream says.
fn all(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    // What breaks off is told as far as it came.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn describe(command: &Command) -> String {
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    format!("{} {}", command.get_program().to_string_lossy(), arguments.join(" "))
}

fn succeeded(command: &Command, status: ExitStatus) -> anyhow::Result<()> {
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Starts a program that is waited for, unless we are to stop. It reads nothing: no key that is pressed is meant for it.
fn spawn(command: &mut Command, stop: &Stop) -> anyhow::Result<Child> {
    if stop.signal().is_some() {
        bail!("stopped");
    }
    let child = command.process_group(0).stdin(Stdio::null()).spawn();
    child.with_context(|| format!("cannot run {}", describe(command)))
}

/// Waits for the end of a process that leads its group, and calls `look` meanwhile. A signal that we get is passed on to the group; what
/// has not ended in [`END_TIME`] is killed.
///
/// # Errors
/// We were told to stop. There is nobody left of the group then.
fn wait(child: &mut Child, stop: &Stop, mut look: impl FnMut()) -> anyhow::Result<ExitStatus> {
    let mut passed_on = 0;
    let mut asked = None;
    loop {
        if let Some(status) = child.try_wait()? {
            if stop.signal().is_none() {
                return Ok(status);
            }
            // Whoever did not listen would go on without the one that started it.
            signal_group(child, "KILL");
            bail!("stopped");
        }
        if let Some(signal) = stop.signal().filter(|_| stop.times() > passed_on) {
            passed_on = stop.times();
            asked.get_or_insert_with(Instant::now);
            signal_group(child, name_of(signal));
        }
        if asked.is_some_and(|asked| asked.elapsed() > END_TIME) {
            signal_group(child, "KILL");
        }
        look();
        std::thread::sleep(LOOK_TIME);
    }
}

/// What `kill` calls a signal that ends us.
const fn name_of(signal: libc::c_int) -> &'static str {
    match signal {
        libc::SIGINT => "INT",
        libc::SIGHUP => "HUP",
        _ => "TERM",
    }
}

/// What is said now and then of a program that says nothing.
struct Progress {
    what: String,
    started: Instant,
    every: Duration,
    due: Duration,
}

impl Progress {
    fn new(command: &Command, every: Duration) -> Self {
        let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
        let task = command.get_args().next().map(|argument| argument.to_string_lossy());
        let task = task.filter(|task| !task.starts_with('-')).unwrap_or_default();
        let what = format!("{} {task}", program.to_string_lossy()).trim_end().to_owned();
        Self { what, started: Instant::now(), every, due: every }
    }

    /// The line that is due, if one is.
    fn line(&mut self, crates: Option<usize>) -> Option<String> {
        let elapsed = self.started.elapsed();
        if elapsed < self.due {
            return None;
        }
        self.due = elapsed + self.every;
        let crates = crates.map_or_else(String::new, |crates| format!(", {crates} crates built"));
        Some(format!("  {}: {} s{crates}", self.what, elapsed.as_secs()))
    }
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
    use std::sync::mpsc::channel;

    use super::*;

    /// Longer than anything here takes on a busy machine.
    pub(super) const PATIENCE: Duration = Duration::from_secs(30);

    pub(super) fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// Often enough for a test.
    fn often(command: &Command) -> Progress {
        Progress::new(command, Duration::from_millis(50))
    }

    #[test]
    fn a_signal_is_passed_on_as_it_is() {
        for (signal, name) in [(libc::SIGTERM, "TERM"), (libc::SIGINT, "INT"), (libc::SIGHUP, "HUP")] {
            let folder = tempfile::tempdir().unwrap();
            let script = "trap 'touch ended; exit 0' NAME; touch up; while :; do sleep 0.05; done";
            let mut command = shell(&script.replace("NAME", name));
            command.current_dir(folder.path());
            let (stop, up) = (Stop::default(), folder.path().join("up"));
            let told = stop.clone();
            let telling = std::thread::spawn(move || {
                let started = Instant::now();
                while !up.exists() && started.elapsed() < PATIENCE {
                    std::thread::sleep(LOOK_TIME);
                }
                told.tell(signal);
            });
            assert_eq!(run_until(&mut command, &stop).unwrap_err().to_string(), "stopped");
            telling.join().unwrap();
            assert!(folder.path().join("ended").exists(), "{name}");
        }
    }

    #[test]
    fn after_a_stop_nothing_is_started() {
        let folder = tempfile::tempdir().unwrap();
        let stop = Stop::default();
        stop.tell(libc::SIGTERM);
        let error = run_until(shell("touch started").current_dir(folder.path()), &stop).unwrap_err();
        assert_eq!(error.to_string(), "stopped");
        assert!(!folder.path().join("started").exists());
    }

    #[test]
    fn of_a_quiet_program_it_is_said_now_and_then_that_it_runs() {
        let mut said = Vec::new();
        let mut command = shell("echo nothing of it; sleep 0.5");
        let progress = often(&command);
        run_quietly_until(&mut command, &Stop::default(), progress, |line| said.push(line.to_owned()))
            .unwrap();
        assert!(said.len() >= 2, "{said:?}");
        assert!(said.iter().all(|line| line.starts_with("  sh: ") && line.ends_with(" s")), "{said:?}");
    }

    #[test]
    fn of_a_program_that_is_soon_done_nothing_is_said() {
        let mut command = shell("echo nothing of it");
        let progress = Progress::new(&command, PATIENCE);
        run_quietly_until(&mut command, &Stop::default(), progress, |line| panic!("{line}")).unwrap();
    }

    #[test]
    fn what_a_quiet_program_printed_is_shown_when_it_fails() {
        let mut said = Vec::new();
        let mut command = shell("echo out; echo err >&2; exit 4");
        let progress = Progress::new(&command, PATIENCE);
        let run =
            run_quietly_until(&mut command, &Stop::default(), progress, |line| said.push(line.to_owned()));
        assert!(run.is_err());
        assert_eq!(said, ["out", "err"]);
    }

    #[test]
    fn of_a_build_it_is_said_how_many_crates_are_built() {
        let artifact = |fresh: bool| format!(r#"{{"reason":"compiler-artifact","fresh":{fresh}}}"#);
        let lines = [
            artifact(true),
            artifact(false),
            r#"{"reason":"build-script-executed"}"#.into(),
            artifact(false),
        ];
        let mut said = Vec::new();
        let mut command = shell(&format!("printf '%s\n' '{}'; sleep 0.5", lines.join("' '")));
        let progress = often(&command);
        build_quietly_until(&mut command, &Stop::default(), progress, |line| said.push(line.to_owned()))
            .unwrap();
        assert!(said.last().is_some_and(|line| line.ends_with(" s, 2 crates built")), "{said:?}");
    }

    #[test]
    fn progress_names_the_program_and_what_it_is_to_do() {
        let what = |command: &Command| Progress::new(command, PATIENCE).what;
        let mut cargo = Command::new("/usr/bin/cargo");
        assert_eq!(what(cargo.args(["build", "--package", "waf"])), "cargo build");
        assert_eq!(what(&shell("true")), "sh");
    }

    #[test]
    fn every_line_of_a_program_that_is_read_is_handed_on() {
        let (sender, received) = channel();
        let status = run_reading(&mut shell("echo one >&2; printf 'caf\\351' >&2; exit 3"), |line| {
            sender.send(line.to_owned()).unwrap();
        });
        drop(sender);
        assert_eq!(status.unwrap().code(), Some(3));
        assert_eq!(received.iter().collect::<Vec<_>>(), ["one", "caf\u{fffd}"]);
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        for run in [run, run_quietly] {
            let error = run(&mut Command::new("/nowhere/program")).unwrap_err();
            assert!(error.to_string().contains("cannot run /nowhere/program"), "{error}");
        }
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
