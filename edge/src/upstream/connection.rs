//! Connections of our own to an upstream, beside those that Pingora forwards by: made, bounded and kept by Pingora's own connector.

use pingora_core::Result;
use pingora_core::protocols::http::v1::client::HttpSession;
use pingora_core::upstreams::peer::{HttpPeer, Peer as _};

use super::Upstream;

/// A connection, for one request.
pub(crate) struct Connection {
    /// What is written to and read from.
    pub(crate) http: HttpSession,
    /// It has served a request before: the upstream may have closed it meanwhile.
    pub(crate) is_reused: bool,
    peer: HttpPeer,
}

impl Upstream {
    /// A connection that was kept, or a new one: to the next address where none can be made.
    ///
    /// # Errors
    /// No address takes a connection in time.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let mut tries = 0;
        loop {
            let peer = self.peer();
            match self.connector.get_http_session(&peer).await {
                Ok((mut http, is_reused)) => {
                    http.read_timeout = peer.options.read_timeout;
                    http.write_timeout = peer.options.write_timeout;
                    return Ok(Connection { http, is_reused, peer });
                }
                Err(error) => {
                    tries += 1;
                    if !self.could_not_connect(&peer, &error, tries) {
                        return Err(error.into_up());
                    }
                }
            }
        }
    }

    /// Keeps a connection whose response was read to its end, where it can be used again.
    pub(crate) async fn keep(&self, connection: Connection) {
        let Connection { http, peer, .. } = connection;
        self.connector.release_http_session(http, &peer, peer.idle_timeout()).await;
    }
}
