//! The server: HTTP/1.1 on a free port of the loopback. What is written comes from a dialect; when, how often and how badly
//! comes from the script. It writes its responses by hand, because it has to be able to stop in the middle of one.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};

use crate::dialect::{Dialect, Speaker};
use crate::http::{self, Received};
use crate::play::{self, Ending};
use crate::script::{Script, Step};

/// A language model's server. Dropping it closes every connection.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    dialect: Dialect,
    /// Never empty: the last one stays.
    scripts: Mutex<VecDeque<Script>>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    /// One permit a departure.
    departures: Semaphore,
}

impl ModelServer {
    /// Starts on a free port of 127.0.0.1. The scripts answer requests in turn, the last one all further requests.
    ///
    /// # Panics
    /// Where there is no script, or no port.
    pub async fn start(dialect: Dialect, scripts: impl IntoIterator<Item = Script>) -> Self {
        let scripts: VecDeque<_> = scripts.into_iter().collect();
        assert!(!scripts.is_empty(), "a model server needs a script");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            dialect,
            scripts: Mutex::new(scripts),
            received: Mutex::new(Vec::new()),
            connections: AtomicUsize::new(0),
            departures: Semaphore::new(0),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Self { address, shared, accepting }
    }

    /// Where it listens, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// How many connections there have been.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Closes every connection and takes no more.
    pub async fn close(&self) {
        self.accepting.abort();
        while !self.accepting.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a client has left an answer under way. Each call takes one departure.
    pub async fn left(&self) {
        if let Ok(departure) = self.shared.departures.acquire().await {
            departure.forget();
        }
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn next_script(&self) -> Script {
        let mut scripts = lock(&self.scripts);
        let only_one_left = scripts.len() == 1;
        let script = if only_one_left { scripts.front().cloned() } else { scripts.pop_front() };
        script.unwrap_or_default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections end with this task: their tasks are its own.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { return };
                shared.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(serve(socket, Arc::clone(&shared)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve(mut socket: TcpStream, shared: Arc<Shared>) {
    let _ = socket.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some(request) = http::read_request(&mut socket, &mut buffer).await {
        let script = shared.next_script();
        let mut speaker = shared.dialect.speaker(&request);
        let is_last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        lock(&shared.received).push(request);
        match answer(&mut socket, &script, &mut *speaker).await {
            Ending::Whole if is_last => return,
            Ending::Whole => {}
            Ending::Cut => return,
            Ending::Left => {
                shared.departures.add_permits(1);
                return;
            }
        }
    }
}

/// Writes the answer while it watches whether the client is still there.
async fn answer(socket: &mut TcpStream, script: &Script, speaker: &mut dyn Speaker) -> Ending {
    let (mut reader, mut writer) = socket.split();
    tokio::select! {
        biased;
        () = http::gone(&mut reader) => Ending::Left,
        written = write(&mut writer, script, speaker) => written.unwrap_or(Ending::Left),
    }
}

async fn write(
    writer: &mut tokio::net::tcp::WriteHalf<'_>,
    script: &Script,
    speaker: &mut dyn Speaker,
) -> std::io::Result<Ending> {
    if let Some(Step::Refuse(failure)) = script.steps.first() {
        let refusal = speaker.refusal(failure);
        http::write_whole(writer, failure.status, &refusal.headers, failure.retry_after_s, &refusal.body)
            .await?;
        return Ok(Ending::Whole);
    }
    if let Some(body) = speaker.whole(script) {
        http::write_whole(writer, 200, &[], None, &Value::to_string(&body)).await?;
        return Ok(Ending::Whole);
    }
    play::play(writer, script, speaker).await
}
