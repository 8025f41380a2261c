//! Requests that flow all the time: about 200 a second, over connections that are kept. Every other one carries the marker.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::fixture::{Connection, Shop};

/// What the marker's requests ask for.
pub(super) const MARKED: &str = "/?marker=now";
const CONNECTIONS: usize = 4;
/// Each connection's: together they make 200 a second.
const PAUSE: Duration = Duration::from_millis(20);
/// Publication compiles a component, beside everything else that this machine does.
const PUBLICATION: Duration = Duration::from_secs(60);

/// What has flowed on one connection.
#[derive(Clone, Debug, Default)]
struct Seen {
    requests: usize,
    /// The marker's verdicts in their order, each as often as it changed.
    verdicts: Vec<u16>,
    /// What else than 200 came without the marker, or than 200 and 403 with it.
    failed: Vec<(&'static str, u16)>,
}

/// The flow. It goes on until [`Flow::end`].
pub(super) struct Flow {
    connections: Vec<watch::Receiver<Seen>>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Flow {
    pub(super) fn to(shop: &Shop) -> Self {
        let stop = watch::Sender::new(false);
        let (mut connections, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            let seen = watch::Sender::new(Seen::default());
            connections.push(seen.subscribe());
            tasks.push(tokio::spawn(ask_on_and_on(shop.http, seen, stop.subscribe())));
        }
        Self { connections, stop, tasks }
    }

    /// Waits until every connection's last marker had this verdict.
    pub(super) async fn verdict_becomes(&mut self, status: u16) {
        for connection in &mut self.connections {
            let changed = connection.wait_for(|seen| seen.verdicts.last() == Some(&status));
            let in_time = tokio::time::timeout(PUBLICATION, changed).await;
            in_time.expect("the verdict changes in time").expect("the requests flow");
        }
    }

    /// Waits until every connection has had this many more requests.
    pub(super) async fn goes_on_for(&mut self, requests: usize) {
        for connection in &mut self.connections {
            let enough = connection.borrow().requests + requests;
            let more = connection.wait_for(|seen| seen.requests >= enough);
            tokio::time::timeout(PUBLICATION, more).await.expect("in time").expect("the requests flow");
        }
    }

    /// Ends it: no request failed, and the marker's verdicts on every connection were these.
    pub(super) async fn end(self, verdicts: &[u16]) {
        self.stop.send_replace(true);
        for task in self.tasks {
            task.await.expect("every request gets its reply");
        }
        for connection in &self.connections {
            let seen = connection.borrow();
            assert!(seen.failed.is_empty(), "{seen:?}");
            assert_eq!(seen.verdicts, verdicts, "{seen:?}");
        }
    }
}

async fn ask_on_and_on(address: SocketAddr, seen: watch::Sender<Seen>, stop: watch::Receiver<bool>) {
    let mut connection = Connection::to(address).await;
    let mut pace = interval(PAUSE);
    for target in ["/", MARKED].into_iter().cycle() {
        pace.tick().await;
        if *stop.borrow() {
            return;
        }
        let request = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\n\r\n");
        let reply = connection.write(request).await.reply().await;
        seen.send_modify(|seen| {
            seen.requests += 1;
            if target == MARKED && seen.verdicts.last() != Some(&reply.status) {
                seen.verdicts.push(reply.status);
            }
            if reply.status != 200 && (target, reply.status) != (MARKED, 403) {
                seen.failed.push((target, reply.status));
            }
        });
        if reply.head.to_ascii_lowercase().contains("connection: close") {
            connection = Connection::to(address).await;
        }
    }
}
