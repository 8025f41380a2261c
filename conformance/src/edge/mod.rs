//! The listening edge as a target: the built program as a process of its own, with a configuration of one slot, the WAF, and the
//! reflecting backend as the shop's site. A test's bytes go over TCP as they are.
//!
//! Which rules matched is read from the edge's log. Requests come one after the other, each on its own connection. The response
//! names its request (`X-Request-ID`), and the edge writes a line `request` with that id when it has done everything for a
//! request: all lines of the id up to that one belong to it. A response without an id was written before there was a request:
//! the HTTP parser has refused the bytes, and no rule has seen them.

mod client;
mod config;
mod log;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use anyhow::Context as _;
use ftw::http::Request;
use ftw::{Outcome, Target};
use host::artifact::Artifact;
use tempfile::TempDir;

use crate::backend;
use crate::counters::Counters;
use crate::security_log;
use client::Reply;
use log::{Addresses, Log};

/// The edge's program.
const PROGRAM: &str = "mangaassist-edge";
/// Names a request in responses and logs.
const REQUEST_ID: &str = "x-request-id";
/// A request for what the edge has counted.
const METRICS: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// A running edge. Dropping it ends it.
pub struct Edge {
    child: Child,
    addresses: Addresses,
    log: Log,
    untold: Rc<Cell<u64>>,
    _folder: TempDir,
}

/// The edge that was built beside this program, or beside the folder of this test. Whether there is one, starting it tells.
///
/// # Errors
/// It is not known where this program is.
pub fn built() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folders = own.ancestors().skip(1).take(2).map(|folder| folder.join(PROGRAM));
    Ok(folders.find(|path| path.is_file()).unwrap_or_else(|| own.with_file_name(PROGRAM)))
}

impl Edge {
    /// Starts this program with this WAF, and waits until it listens.
    ///
    /// # Errors
    /// There is no such program, or it ends before it listens; what it says of it is on standard error.
    pub fn start(program: &Path, waf: &Artifact) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        config::write_filter(&folder.path().join("filters/waf"), waf)?;
        let path = folder.path().join("edge.toml");
        std::fs::write(&path, config::text(folder.path(), backend::serve()?)?)?;
        let mut child = Command::new(program)
            .args(["serve", "--config"])
            .arg(&path)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run the edge ({}): it is not built", program.display()))?;
        let mut log = Log::of(child.stderr.take().context("no standard error")?);
        let listening = log.until_listening();
        // From here on dropping ends it.
        let mut edge =
            Self { child, addresses: Addresses::nowhere(), log, untold: Rc::default(), _folder: folder };
        edge.addresses = listening?;
        Ok(edge)
    }

    /// How many matches the filter has left out of its log so far.
    #[must_use]
    pub fn untold(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.untold)
    }

    /// Reads what its host has counted so far.
    pub fn counters(&self) -> impl Fn() -> anyhow::Result<Counters> + use<> {
        let admin = self.addresses.admin;
        move || {
            let reply = client::send(admin, METRICS, false).context("the admin listener")?;
            anyhow::ensure!(reply.status == Some(200), "the edge tells no metrics");
            Ok(Counters::read(&String::from_utf8_lossy(&reply.bytes)))
        }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        // It has ended by itself, or it ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Target for Edge {
    fn exchange(&mut self, raw: &[u8]) -> Outcome {
        // Where the bytes end before the request does, the client says that it has no more, as one that gives up.
        let is_cut_short = !Request::parse(raw).is_ok_and(|request| request.is_complete);
        let reply = match client::send(self.addresses.http, raw, is_cut_short) {
            Ok(reply) => reply,
            Err(error) => {
                eprintln!("the edge cannot be reached: {error}");
                return Outcome::default();
            }
        };
        let outcome = outcome(&reply);
        let Some(request_id) = reply.header(REQUEST_ID) else {
            return Outcome { refused: outcome.status.is_some(), ..outcome };
        };
        match self.log.of_request(request_id) {
            Ok(lines) => {
                self.untold.set(self.untold.get() + security_log::dropped(&lines));
                security_log::noted(outcome, &lines)
            }
            Err(error) => {
                eprintln!("{request_id}: {error}");
                Outcome { status: None, ..outcome }
            }
        }
    }
}

fn outcome(reply: &Reply) -> Outcome {
    Outcome {
        status: reply.status,
        location: reply.header("location").map(str::to_owned),
        response: String::from_utf8_lossy(&reply.bytes).into_owned(),
        ..Outcome::default()
    }
}
