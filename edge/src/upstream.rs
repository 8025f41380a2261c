//! Where Pingora forwards requests. A name is looked up again and again: behind the name of a service the address changes.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use pingora_core::upstreams::peer::HttpPeer;
use tokio::time::{sleep, timeout};

/// How often a name is looked up: as long as the records of a service commonly stand.
const LOOK_UP_EVERY: Duration = Duration::from_secs(30);
/// Longest time of one look-up.
const LOOK_UP_TIME: Duration = Duration::from_secs(5);

/// An upstream and its present address.
pub(crate) struct Upstream {
    /// The configuration's key, for the log.
    key: &'static str,
    /// The address as written.
    pub(crate) host: String,
    connect_time: Duration,
    read_time: Duration,
    address: ArcSwap<SocketAddr>,
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
    ) -> anyhow::Result<Self> {
        let host = url.strip_prefix("http://").with_context(|| format!("{key}: expected http://"))?;
        let address = host
            .to_socket_addrs()
            .with_context(|| format!("{key}: cannot resolve {host}"))?
            .next()
            .with_context(|| format!("{key}: {host} has no address"))?;
        Ok(Self {
            key,
            host: host.to_owned(),
            connect_time: Duration::from_millis(connect_ms),
            read_time: Duration::from_millis(read_ms),
            address: ArcSwap::from_pointee(address),
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

    fn address(&self) -> SocketAddr {
        **self.address.load()
    }

    /// Looks the name up for as long as this is waited for. An address that was written as one needs none of it.
    pub(crate) async fn keep_looking_up(&self) {
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

    /// Goes to the first of these from now on, unless the present one is among them.
    fn take(&self, addresses: &[SocketAddr]) -> io::Result<()> {
        let first = *addresses.first().ok_or(io::ErrorKind::NotFound)?;
        let present = self.address();
        if !addresses.contains(&present) {
            tracing::info!(key = self.key, host = self.host, %present, new = %first, "the address has changed");
            self.address.store(Arc::new(first));
        }
        Ok(())
    }
}

async fn look_up(host: String) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host(host).await?.collect())
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

    /// An upstream that is written so, at the old address.
    fn upstream(host: &str) -> Upstream {
        let upstream = Upstream::resolve("origin.url", "http://192.0.2.1:80", 1, 1).unwrap();
        Upstream { host: host.to_owned(), ..upstream }
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
        let error = Upstream::resolve("site.url", "http://shop", 1, 1).err().unwrap();
        assert_eq!(error.to_string(), "site.url: cannot resolve shop");
    }
}
