//! `@ipMatch`: addresses and networks.

use std::net::IpAddr;

/// A list of networks.
#[derive(Debug, Clone)]
pub(crate) struct Networks(Box<[(IpAddr, u8)]>);

/// Parses `192.0.2.1, 198.51.100.0/24, 2001:db8::/32`; the error is the item that is none.
pub(crate) fn parse_networks<'a>(items: impl Iterator<Item = &'a str>) -> Result<Networks, String> {
    let networks: Result<Vec<_>, String> = items
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| network(item).ok_or_else(|| item.to_owned()))
        .collect();
    Ok(Networks(networks?.into()))
}

fn network(item: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match item.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (item, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => width,
        Some(text) => text.parse().ok().filter(|prefix| *prefix <= width)?,
    };
    Some((address, prefix))
}

impl Networks {
    /// Whether the address written in `value` is in one of them. An IPv4 address mapped into IPv6 is that IPv4 address.
    pub(crate) fn contain(&self, value: &[u8]) -> bool {
        let Some(address) =
            std::str::from_utf8(value).ok().and_then(|text| text.trim().parse::<IpAddr>().ok())
        else {
            return false;
        };
        let address = address.to_canonical();
        self.0.iter().any(|(network, prefix)| match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same_prefix(u128::from(network.to_bits()) << 96, u128::from(address.to_bits()) << 96, *prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                same_prefix(network.to_bits(), address.to_bits(), *prefix)
            }
            _ => false,
        })
    }
}

fn same_prefix(a: u128, b: u128, prefix: u8) -> bool {
    prefix == 0 || (a ^ b) >> (128 - u32::from(prefix)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_their_networks() {
        let networks =
            parse_networks("127.0.0.1, 10.0.0.0/8,2001:db8::/32,::1".split(',')).expect("networks");
        for inside in ["127.0.0.1", "10.1.2.3", "2001:db8:1::9", "::1", "::ffff:10.0.0.1"] {
            assert!(networks.contain(inside.as_bytes()), "{inside}");
        }
        for outside in ["127.0.0.2", "11.0.0.1", "2001:db9::1", "", "localhost"] {
            assert!(!networks.contain(outside.as_bytes()), "{outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert_eq!(parse_networks("10.0.0.0/33".split(',')).expect_err("too wide"), "10.0.0.0/33");
    }
}
