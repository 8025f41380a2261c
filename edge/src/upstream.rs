//! Where requests are forwarded to. A name is looked up again and again: behind the name of a service the address changes. It may
//! have several addresses: the present one is used until no connection to it can be made, then the next one.

mod connection;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use pingora_core::connectors::http::v1::Connector;
use pingora_core::upstreams::peer::{HttpPeer, Peer as _};
use pingora_core::{Error, ErrorType};
use tokio::time::{sleep, timeout};

pub(crate) use connection::Connection;

/// How often a name is looked up: as long as the records of a service commonly stand.
const LOOK_UP_EVERY: Duration = Duration::from_secs(30);
/// Longest time of one look-up.
const LOOK_UP_TIME: Duration = Duration::from_secs(5);
/// Most addresses of a name that are kept.
const ADDRESSES_MAX: usize = 8;
/// Most addresses that one request is sent to: as many as may each take the time to connect before somebody is told.
const CONNECT_TRIES_MAX: usize = 3;

/// Looks a host and port up, in its own time: it may wait.
pub type Resolver = Arc<dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// The machine's own resolver.
#[must_use]
pub fn system_resolver() -> Resolver {
    Arc::new(|host| Ok(host.to_socket_addrs()?.collect()))
}

/// An upstream and its addresses.
pub(crate) struct Upstream {
    /// The configuration's key, for the log.
    key: &'static str,
    /// The address as written.
    host: String,
    connect_time: Duration,
    read_time: Duration,
    resolver: Resolver,
    addresses: ArcSwap<Addresses>,
    connector: Connector,
}

/// The addresses of a name: never none. They keep their order whatever order a look-up gives them in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Addresses {
    all: Vec<SocketAddr>,
    /// Which one of them is used.
    present: usize,
}

impl Addresses {
    /// What was found; none when it is nothing.
    fn of(found: &[SocketAddr]) -> Option<Self> {
        let mut addresses = Self { all: Vec::new(), present: 0 };
        addresses.add(found);
        (!found.is_empty()).then_some(addresses)
    }

    fn add(&mut self, found: &[SocketAddr]) {
        for address in found {
            if self.all.len() < ADDRESSES_MAX && !self.all.contains(address) {
                self.all.push(*address);
            }
        }
    }

    fn present(&self) -> SocketAddr {
        self.all[self.present]
    }

    /// These addresses after they, one at least, were found: those that still stand stay where they are and the new ones come after
    /// them. The present one goes on being used while it stands; else the first one is.
    fn found_again(&self, found: &[SocketAddr]) -> Self {
        let standing = self.all.iter().filter(|known| found.contains(known)).copied().collect();
        let mut addresses = Self { all: standing, present: 0 };
        addresses.add(found);
        addresses.present = addresses.all.iter().position(|one| *one == self.present()).unwrap_or(0);
        addresses
    }

    /// The same with the address after this one in use, when it is this one that is; after the last comes the first.
    fn past(&self, failed: SocketAddr) -> Self {
        let is_present = self.present() == failed;
        let present = if is_present { (self.present + 1) % self.all.len() } else { self.present };
        Self { present, ..self.clone() }
    }
}

impl Upstream {
    /// The upstream of a base address. Waits for the look-up.
    ///
    /// # Errors
    /// It has no address: names the key.
    pub(crate) fn resolve(
        key: &'static str,
        url: &str,
        connect_ms: u64,
        read_ms: u64,
        resolver: &Resolver,
    ) -> anyhow::Result<Self> {
        let host = url.strip_prefix("http://").with_context(|| format!("{key}: expected http://"))?;
        let found = resolver(host).with_context(|| format!("{key}: cannot resolve {host}"))?;
        let addresses = Addresses::of(&found).with_context(|| format!("{key}: {host} has no address"))?;
        Ok(Self {
            key,
            host: host.to_owned(),
            connect_time: Duration::from_millis(connect_ms),
            read_time: Duration::from_millis(read_ms),
            resolver: Arc::clone(resolver),
            addresses: ArcSwap::from_pointee(addresses),
            connector: Connector::new(None),
        })
    }

    /// Where a request goes now, and how long that may take.
    pub(crate) fn peer(&self) -> HttpPeer {
        let mut peer = HttpPeer::new(self.address(), false, String::new());
        peer.options.connection_timeout = Some(self.connect_time);
        peer.options.read_timeout = Some(self.read_time);
        peer.options.write_timeout = Some(self.read_time);
        peer
    }

    /// Takes note that no connection to this peer could be made, and says whether the request is to be tried once more, at what is
    /// the present address by then. `tries` is how often it was tried. Nothing of it was sent, so that is safe for any request.
    pub(crate) fn could_not_connect(&self, peer: &HttpPeer, error: &Error, tries: usize) -> bool {
        let is_of_the_address = matches!(
            error.etype(),
            ErrorType::ConnectTimedout
                | ErrorType::ConnectRefused
                | ErrorType::ConnectNoRoute
                | ErrorType::ConnectError
        );
        let Some(failed) = peer.address().as_inet().filter(|_| is_of_the_address) else { return false };
        let before = self.addresses.rcu(|addresses| addresses.past(*failed));
        if before.all.len() > 1 && before.present() == *failed {
            let new = self.address();
            tracing::warn!(key = self.key, host = self.host, %failed, %new, "the next address is used");
        }
        tries < before.all.len().min(CONNECT_TRIES_MAX)
    }

    fn address(&self) -> SocketAddr {
        self.addresses.load().present()
    }

    /// Looks the name up for as long as this is waited for. An address that was written as one needs none of it.
    pub(crate) async fn keep_looking_up(&self) {
        let look_up = |host: String| {
            let resolver = Arc::clone(&self.resolver);
            let found = tokio::task::spawn_blocking(move || resolver(&host));
            async move { found.await.map_err(io::Error::other)? }
        };
        self.keep_looking_up_by(look_up).await;
    }

    async fn keep_looking_up_by<F, Fut>(&self, look_up: F)
    where
        F: Fn(String) -> Fut,
        Fut: Future<Output = io::Result<Vec<SocketAddr>>>,
    {
        if self.host.parse::<SocketAddr>().is_ok() {
            return;
        }
        let mut is_lost = false;
        loop {
            sleep(LOOK_UP_EVERY).await;
            let found = match timeout(LOOK_UP_TIME, look_up(self.host.clone())).await {
                Ok(found) => found,
                Err(elapsed) => Err(elapsed.into()),
            };
            let taken = found.and_then(|addresses| self.take(&addresses));
            // Said once when it is lost and once when it is found again, not at every look.
            match &taken {
                Ok(()) if is_lost => tracing::info!(key = self.key, host = self.host, "found again"),
                Err(error) if !is_lost => {
                    tracing::warn!(key = self.key, host = self.host, %error, "not found; the address before it stays");
                }
                Ok(()) | Err(_) => {}
            }
            is_lost = taken.is_err();
        }
    }

    /// These are its addresses from now on. A name without one is as good as not found: what was known of it stays.
    fn take(&self, found: &[SocketAddr]) -> io::Result<()> {
        if found.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let before = self.addresses.rcu(|addresses| addresses.found_again(found)).present();
        if !found.contains(&before) {
            tracing::info!(key = self.key, host = self.host, present = %before, new = %self.address(), "the address has changed");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{Ready, pending, ready};
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const OLD: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 80);
    const NEW: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 80);
    /// Long enough for what is due to be done.
    const MOMENT: Duration = Duration::from_millis(1);

    /// An upstream that is written so, at these addresses.
    fn upstream_at(host: &str, addresses: &[SocketAddr]) -> Upstream {
        let addresses = addresses.to_vec();
        let resolver: Resolver = Arc::new(move |_| Ok(addresses.clone()));
        Upstream::resolve("origin.url", &format!("http://{host}"), 1, 1, &resolver).unwrap()
    }

    /// An upstream that is written so, at the old address.
    fn upstream(host: &str) -> Upstream {
        upstream_at(host, &[OLD])
    }

    /// No connection can be made to where a request goes now; whether it is tried once more after so many tries.
    fn is_tried_again(upstream: &Upstream, tries: usize) -> bool {
        let refused = Error::new_up(ErrorType::ConnectRefused);
        upstream.could_not_connect(&upstream.peer(), &refused, tries)
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_followed_to_its_new_address() {
        let upstream = upstream("origin.test:80");
        let look_up = |host: String| {
            assert_eq!(host, "origin.test:80");
            ready(Ok(vec![NEW]))
        };
        let looking = upstream.keep_looking_up_by(look_up);
        tokio::pin!(looking);
        assert!(timeout(LOOK_UP_EVERY - MOMENT, &mut looking).await.is_err());
        assert_eq!(upstream.address(), OLD);
        assert!(timeout(2 * MOMENT, &mut looking).await.is_err());
        assert_eq!(upstream.address(), NEW);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_still_stands_is_kept_whatever_the_order() {
        let upstream = upstream("origin.test:80");
        let looking = upstream.keep_looking_up_by(|_: String| ready(Ok(vec![NEW, OLD])));
        assert!(timeout(LOOK_UP_EVERY + MOMENT, looking).await.is_err());
        assert_eq!(upstream.address(), OLD);
    }

    #[tokio::test(start_paused = true)]
    async fn the_address_stays_while_the_name_cannot_be_looked_up() {
        let upstream = upstream("origin.test:80");
        let looks = Cell::new(0);
        let look_up = |_: String| {
            looks.set(looks.get() + 1);
            let look = looks.get();
            async move {
                match look {
                    1 => Err(io::Error::from(io::ErrorKind::NotFound)),
                    2 => Ok(Vec::new()),
                    3 => pending().await,
                    _ => Ok(vec![NEW]),
                }
            }
        };
        let looking = upstream.keep_looking_up_by(look_up);
        tokio::pin!(looking);
        let three_looks = 3 * LOOK_UP_EVERY + LOOK_UP_TIME + MOMENT;
        assert!(timeout(three_looks, &mut looking).await.is_err());
        assert_eq!((looks.get(), upstream.address()), (3, OLD));
        assert!(timeout(LOOK_UP_EVERY, &mut looking).await.is_err());
        assert_eq!((looks.get(), upstream.address()), (4, NEW));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_written_as_one_is_not_looked_up() {
        let look_up = |_: String| -> Ready<io::Result<Vec<SocketAddr>>> { panic!("it was looked up") };
        for host in ["192.0.2.1:80", "[2001:db8::1]:80"] {
            let upstream = upstream(host);
            timeout(MOMENT, upstream.keep_looking_up_by(look_up))
                .await
                .expect("there is nothing to wait for");
        }
    }

    #[test]
    fn what_has_no_address_at_the_start_is_named_by_its_key() {
        // Without a port it is no address, whatever the name stands for.
        let error = Upstream::resolve("site.url", "http://shop", 1, 1, &system_resolver()).err().unwrap();
        assert_eq!(error.to_string(), "site.url: cannot resolve shop");
        let nothing: Resolver = Arc::new(|_| Ok(Vec::new()));
        let error = Upstream::resolve("site.url", "http://shop:80", 1, 1, &nothing).err().unwrap();
        assert_eq!(error.to_string(), "site.url: shop:80 has no address");
    }

    #[test]
    fn the_next_address_is_used_when_no_connection_can_be_made_and_after_the_last_the_first() {
        let upstream = upstream_at("origin.test:80", &[OLD, NEW]);
        assert!(is_tried_again(&upstream, 1));
        assert_eq!(upstream.address(), NEW);
        assert!(!is_tried_again(&upstream, 2), "it was tried at both");
        assert_eq!(upstream.address(), OLD);
    }

    #[test]
    fn who_comes_late_with_a_failure_does_not_turn_back_what_was_turned() {
        let upstream = upstream_at("origin.test:80", &[OLD, NEW]);
        let (peer, refused) = (upstream.peer(), Error::new_up(ErrorType::ConnectRefused));
        for _ in 0..2 {
            assert!(upstream.could_not_connect(&peer, &refused, 1));
            assert_eq!(upstream.address(), NEW);
        }
    }

    #[test]
    fn a_request_is_tried_at_a_few_addresses_and_at_one_only_once() {
        let many: Vec<SocketAddr> = (80..85).map(|port| SocketAddr::new(OLD.ip(), port)).collect();
        let upstream = upstream_at("origin.test:80", &many);
        let tried: Vec<bool> =
            (1..=CONNECT_TRIES_MAX).map(|tries| is_tried_again(&upstream, tries)).collect();
        assert_eq!(tried, [true, true, false]);
        assert_eq!(upstream.address(), many[3], "the next request begins where none has failed");
        assert!(!is_tried_again(&upstream_at("origin.test:80", &[OLD]), 1));
    }

    #[test]
    fn what_fails_on_this_side_says_nothing_of_an_address() {
        let upstream = upstream_at("origin.test:80", &[OLD, NEW]);
        let ours = Error::new_in(ErrorType::InternalError);
        assert!(!upstream.could_not_connect(&upstream.peer(), &ours, 1));
        assert_eq!(upstream.address(), OLD);
    }

    #[test]
    fn addresses_keep_their_order_whatever_order_they_are_found_in() {
        const THIRD: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3)), 80);
        let upstream = upstream_at("origin.test:80", &[OLD, NEW]);
        upstream.take(&[THIRD, NEW, OLD]).unwrap();
        assert_eq!(upstream.addresses.load().all, [OLD, NEW, THIRD]);
        assert!(is_tried_again(&upstream, 1));
        upstream.take(&[THIRD, NEW]).unwrap();
        assert_eq!((upstream.addresses.load().all.as_slice(), upstream.address()), (&[NEW, THIRD][..], NEW));
    }

    #[test]
    fn of_a_name_with_many_addresses_a_few_are_kept() {
        let many: Vec<SocketAddr> = (1..=20).map(|port| SocketAddr::new(OLD.ip(), port)).collect();
        let addresses = Addresses::of(&[many.as_slice(), &many].concat()).unwrap();
        assert_eq!(addresses.all, many[..ADDRESSES_MAX]);
    }
}
