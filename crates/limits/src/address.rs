//! Which bucket an address belongs to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// An address as far as limits go. An IPv4 address counts alone. An IPv6 address counts by its /64, which is what one
/// customer gets (RFC 6177 §2) and can use 2^64 addresses of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressKey {
    /// An IPv4 address, however it was written.
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address.
    V6(u64),
    /// What is not an address: all of these count together.
    Unknown,
}

impl AddressKey {
    /// The key of an address as text, with or without a zone or a port.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let unzoned = text.split_once('%').map_or(text, |(address, _)| address);
        let address =
            unzoned.parse().ok().or_else(|| text.parse().ok().map(|socket: SocketAddr| socket.ip()));
        address.map_or(Self::Unknown, Self::of)
    }

    /// The key of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::V4(v4),
            IpAddr::V6(v6) => embedded_v4(v6).map_or_else(|| Self::V6(prefix(v6)), Self::V4),
        }
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291 §2.5.5.2), or translated with the well-known prefix
/// (RFC 6052 §2.1), whose single /64 is the whole of IPv4.
fn embedded_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, 0, 0, 0, 0, high, low] = v6.segments() else { return v6.to_ipv4_mapped() };
    let ([h1, h2], [l1, l2]) = (high.to_be_bytes(), low.to_be_bytes());
    (a == 0x64 && b == 0xff9b).then(|| Ipv4Addr::new(h1, h2, l1, l2))
}

fn prefix(v6: Ipv6Addr) -> u64 {
    let [a, b, c, d, ..] = v6.segments().map(u64::from);
    a << 48 | b << 32 | c << 16 | d
}

impl fmt::Display for AddressKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(v4) => write!(out, "v4:{v4}"),
            Self::V6(prefix) => write!(out, "v6:{prefix:016x}"),
            Self::Unknown => out.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_is_the_same_however_it_is_written() {
        let plain = AddressKey::parse("192.0.2.7");
        assert_eq!(plain, AddressKey::V4(Ipv4Addr::new(192, 0, 2, 7)));
        for same in [
            "::ffff:192.0.2.7",
            "::FFFF:c000:207",
            "192.0.2.7:4711",
            "[::ffff:192.0.2.7]:80",
            " 192.0.2.7",
            "64:ff9b::192.0.2.7",
        ] {
            assert_eq!(AddressKey::parse(same), plain, "{same}");
        }
        assert_ne!(AddressKey::parse("192.0.2.8"), plain);
    }

    #[test]
    fn ipv6_addresses_of_one_network_count_together() {
        let network = AddressKey::parse("2001:db8:1:2::1");
        for same in ["2001:db8:1:2:ffff:ffff:ffff:ffff", "[2001:db8:1:2::9]:443", "2001:db8:1:2::1%eth0"] {
            assert_eq!(AddressKey::parse(same), network, "{same}");
        }
        assert_ne!(AddressKey::parse("2001:db8:1:3::1"), network);
        assert_eq!(network.to_string(), "v6:20010db800010002");
    }

    #[test]
    fn what_is_not_an_address_counts_together() {
        for bad in ["", "localhost", "1.2.3", "1.2.3.4.5", "::g", "1.2.3.4, 5.6.7.8", "01.2.3.4"] {
            assert_eq!(AddressKey::parse(bad), AddressKey::Unknown, "{bad}");
        }
    }

    #[test]
    fn loopback_is_an_address_like_others() {
        assert_eq!(AddressKey::parse("::1"), AddressKey::V6(0));
        assert_eq!(AddressKey::parse("127.0.0.1"), AddressKey::V4(Ipv4Addr::LOCALHOST));
    }
}
