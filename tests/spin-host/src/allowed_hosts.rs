//! Where the component may send requests: the entries of `allowed_outbound_hosts`, read and matched as Spin does
//! (`spin-outbound-networking-config`). What Spin knows beside, lists of hosts and networks in CIDR notation, is refused.

use std::net::IpAddr;
use std::ops::Range;

use anyhow::{Context as _, bail, ensure};

/// One entry: `<scheme>://<host>[:<port>]`, each of which may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHost {
    /// None for any.
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// Any name below this one, which begins with its dot.
    Below(String),
    Address(IpAddr),
    Name(String),
    /// The application itself, which is asked by a path alone: no address is meant.
    Itself,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Any,
    One(u16),
    /// From the first one to before the last one.
    Of(Range<u16>),
}

impl AllowedHost {
    /// An entry with its variables filled in.
    ///
    /// # Errors
    /// Spin would not start with it, or it is of a form that is not known here: says what is wrong.
    pub(crate) fn parse(entry: &str) -> anyhow::Result<Self> {
        Self::read(entry.trim()).with_context(|| format!("allowed_outbound_hosts: {entry:?}"))
    }

    fn read(entry: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = entry.split_once("://").context("expected <scheme>://<host>[:<port>]")?;
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let (port, path) = port.split_once('/').unwrap_or((port, ""));
        ensure!(path.is_empty(), "expected no path");
        let any = scheme == "*";
        ensure!(any || scheme.chars().all(char::is_alphabetic), "a scheme is made of letters");
        Ok(Self {
            scheme: (!any).then(|| scheme.to_owned()),
            host: Host::parse(host)?,
            port: Port::parse(port, scheme)?,
        })
    }

    /// Whether a request there is allowed.
    pub(crate) fn allows(&self, url: &http::Uri) -> bool {
        let (Some(scheme), Some(host)) = (url.scheme_str(), url.host()) else { return false };
        let port = url.port_u16().or_else(|| well_known_port(scheme));
        self.scheme.as_ref().is_none_or(|allowed| allowed == scheme)
            && self.host.allows(&host.to_ascii_lowercase())
            && self.port.allows(port)
    }
}

impl Host {
    fn parse(host: &str) -> anyhow::Result<Self> {
        let host = host.trim();
        if host == "*" {
            return Ok(Self::Any);
        }
        if matches!(host, "self" | "self.alt") {
            return Ok(Self::Itself);
        }
        if let Ok(address) = host.parse() {
            return Ok(Self::Address(address));
        }
        let name = host.trim_end_matches('/');
        ensure!(!name.contains(['/', '{']), "expected one host: no path, no network and no list");
        ensure!(!name.is_empty(), "expected a host");
        match name.strip_prefix("*.") {
            Some(domain) if !domain.contains('*') => Ok(Self::Below(format!(".{domain}"))),
            None if !name.contains('*') => Ok(Self::Name(name.to_owned())),
            _ => bail!("`*` stands for a whole host, or for what is below a domain: *.example.com"),
        }
    }

    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(domain) => host.ends_with(domain.as_str()),
            Self::Address(address) => host.parse() == Ok(*address),
            Self::Name(name) => name == host,
            Self::Itself => false,
        }
    }
}

impl Port {
    fn parse(port: &str, scheme: &str) -> anyhow::Result<Self> {
        if port == "*" {
            return Ok(Self::Any);
        }
        if port.is_empty() {
            return well_known_port(scheme).map(Self::One).context("a scheme like this needs a port");
        }
        let number = |text: &str| text.parse().with_context(|| format!("{text:?} is no port"));
        match port.split_once("..") {
            Some((first, last)) => Ok(Self::Of(number(first)?..number(last)?)),
            None => number(port).map(Self::One),
        }
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match (self, port) {
            (Self::Any, _) => true,
            (Self::One(allowed), Some(port)) => *allowed == port,
            (Self::Of(allowed), Some(port)) => allowed.contains(&port),
            (Self::One(_) | Self::Of(_), None) => false,
        }
    }
}

/// The port of an address that names none.
fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these requests an entry allows.
    fn allowed<'a>(entry: &str, urls: &[&'a str]) -> Vec<&'a str> {
        let entry = AllowedHost::parse(entry).unwrap();
        urls.iter().copied().filter(|url| entry.allows(&url.parse().unwrap())).collect()
    }

    #[test]
    fn an_entry_is_a_scheme_a_host_and_a_port() {
        let urls = [
            "http://shop.example:8090/a?b",
            "http://shop.example/",
            "https://shop.example:8090/",
            "http://www.shop.example:8090/",
            "http://shop.example.org:8090/",
        ];
        assert_eq!(allowed("http://shop.example:8090", &urls), urls[..1]);
        assert_eq!(allowed(" http://shop.example:8090/ ", &urls), urls[..1]);
    }

    #[test]
    fn without_a_port_it_is_the_schemes_own() {
        let urls = ["http://shop.example/", "http://shop.example:80/", "http://shop.example:8080/"];
        assert_eq!(allowed("http://shop.example", &urls), urls[..2]);
        assert_eq!(allowed("http://shop.example:80", &urls), urls[..2]);
        assert_eq!(allowed("https://shop.example", &["https://shop.example:443/", urls[0]]).len(), 1);
    }

    #[test]
    fn a_star_stands_for_any_scheme_any_host_and_any_port() {
        let urls = ["http://a.example:1/", "https://b.example/", "http://127.0.0.1:8090/"];
        assert_eq!(allowed("*://*:*", &urls), urls);
        assert_eq!(allowed("http://*:*", &urls), [urls[0], urls[2]]);
        assert_eq!(allowed("*://a.example:*", &urls), urls[..1]);
        assert_eq!(allowed("*://*:8090", &urls), urls[2..]);
    }

    #[test]
    fn a_star_before_a_domain_stands_for_what_is_below_it_and_not_for_itself() {
        let urls = [
            "http://a.example.com/",
            "http://A.B.EXAMPLE.com/",
            "http://example.com/",
            "http://xexample.com/",
        ];
        assert_eq!(allowed("http://*.example.com", &urls), urls[..2]);
    }

    #[test]
    fn a_range_of_ports_ends_before_its_last_one() {
        let urls = ["http://a.example:8000/", "http://a.example:8001/", "http://a.example:8002/"];
        assert_eq!(allowed("http://a.example:8000..8002", &urls), urls[..2]);
    }

    #[test]
    fn an_address_is_compared_as_one_and_the_application_itself_is_none() {
        assert_eq!(allowed("http://127.0.0.1:80", &["http://127.0.0.1/", "http://127.0.0.2/"]).len(), 1);
        assert_eq!(allowed("http://[::1]:80", &["http://[::1]/", "http://[::2]/"]).len(), 1);
        assert!(allowed("http://self", &["http://self/"]).is_empty());
    }

    #[test]
    fn what_spin_would_not_start_with_is_refused() {
        for entry in [
            "shop.example",
            "*",
            "",
            "http://",
            "insecure:allow-all",
            "ht-tp://shop.example",
            "http://shop.example:80/path",
            "http://shop.example/path",
            "http://sh*p.example",
            "http://*.shop.*",
            "http://shop.example:port",
            "http://shop.example:70000",
            "shop://shop.example",
            "*://shop.example",
            "http://{a,b}.example",
        ] {
            assert!(AllowedHost::parse(entry).is_err(), "{entry}");
        }
    }

    #[test]
    fn what_is_not_known_here_is_refused_as_well() {
        assert!(AllowedHost::parse("http://10.0.0.0/8:80").is_err());
    }
}
