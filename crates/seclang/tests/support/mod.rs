//! Requests as sentences, and the rules to judge them by.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::fmt;
use std::path::Path;

use seclang::{Mode, RequestHead, RuleSet, Source, Transaction};

/// The rules in `components/waf/rules`, in the order of their names.
pub fn ours() -> RuleSet {
    compiled(&our_files(), &[])
}

/// The same around the Core Rule Set that `CRS_DIR` names, loaded as `00-setup.conf` says.
pub fn ours_and_core() -> RuleSet {
    let folder = std::env::var_os("CRS_DIR").expect("CRS_DIR names the folder of the Core Rule Set");
    let folder = Path::new(&folder);
    let (setup, others): (Vec<_>, Vec<_>) =
        our_files().into_iter().partition(|(name, _)| name.ends_with("00-setup.conf"));
    let core = files(&folder.join("rules"), "conf");
    let all = [setup, files(folder, "example"), core, others].concat();
    let mut data = files(&folder.join("rules"), "data");
    for (name, _) in &mut data {
        *name = Path::new(name).file_name().expect("a name").to_string_lossy().into_owned();
    }
    compiled(&all, &data)
}

/// The ids that are written in our rules.
pub fn our_rule_ids() -> Vec<u64> {
    let texts = our_files();
    let numbers = texts.iter().flat_map(|(_, text)| text.split("\"id:").skip(1));
    numbers.map(|rest| rest.split(',').next().and_then(|id| id.parse().ok()).expect("an id")).collect()
}

fn our_files() -> Vec<(String, String)> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components/waf/rules"), "conf")
}

/// Names and texts of the files with this extension, in the order of their names.
fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the rules").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let chosen = paths.iter().filter(|path| path.extension().is_some_and(|e| e == extension));
    chosen.map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("UTF-8"))).collect()
}

fn compiled(texts: &[(String, String)], data: &[(String, String)]) -> RuleSet {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    RuleSet::compile(&sources, &data.to_vec()).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// A request as a browser sends it, until a test says otherwise.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    uri: String,
    protocol: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

pub fn get(uri: &str) -> Request {
    let headers = [
        ("Host", "shop.example.com"),
        (
            "User-Agent",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ];
    Request {
        method: "GET".to_owned(),
        uri: uri.to_owned(),
        protocol: "HTTP/1.1".to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: Vec::new(),
    }
}

pub fn post(uri: &str, media: &str, body: &str) -> Request {
    let mut request =
        get(uri).method("POST").with("Content-Type", media).with("Content-Length", &body.len().to_string());
    request.body = body.as_bytes().to_vec();
    request
}

/// The same of a body that is no text.
pub fn post_bytes(uri: &str, media: &str, body: &[u8]) -> Request {
    let mut request = post(uri, media, "").without("Content-Length");
    request = request.with("Content-Length", &body.len().to_string());
    request.body = body.to_vec();
    request
}

pub fn post_json(uri: &str, body: &str) -> Request {
    post(uri, "application/json", body)
}

pub fn post_form(body: &str) -> Request {
    post("/account/address", "application/x-www-form-urlencoded", body)
}

impl Request {
    pub fn method(mut self, method: &str) -> Request {
        method.clone_into(&mut self.method);
        self
    }

    pub fn protocol(mut self, protocol: &str) -> Request {
        protocol.clone_into(&mut self.protocol);
        self
    }

    /// One more header.
    pub fn with(mut self, name: &str, value: &str) -> Request {
        if name == "User-Agent" {
            self = self.without(name);
        }
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Request {
        self.headers.retain(|(known, _)| known != name);
        self
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(120)]).into_owned();
        let uri: String = self.uri.chars().take(120).collect();
        write!(f, "{} {uri} {body}", self.method)?;
        self.headers
            .iter()
            .skip(4)
            .try_for_each(|(name, value)| write!(f, " {name}: {:.80}", value.escape_debug().to_string()))
    }
}

/// Runs the request phases; the status of a refusal.
pub fn send(transaction: &mut Transaction<'_>, request: &Request) -> Option<u16> {
    let headers: Vec<(&str, &[u8])> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let head = RequestHead {
        method: &request.method,
        uri: &request.uri,
        protocol: &request.protocol,
        headers: &headers,
        client_address: "192.0.2.10",
        client_port: 50_000,
        server_address: "192.0.2.1",
        server_port: 443,
        unique_id: "0191f3a2",
    };
    if let Some(refusal) = transaction.request_head(&head).interruption() {
        return Some(refusal.status);
    }
    transaction.request_body(&request.body).interruption().map(|refusal| refusal.status)
}

/// The status of a refusal, and the rules that matched.
pub fn decide(rules: &RuleSet, request: &Request) -> (Option<u16>, Vec<u64>) {
    let mut transaction = Transaction::new(rules, Mode::Block);
    let status = send(&mut transaction, request);
    (status, transaction.matches().iter().map(|m| m.rule_id).collect())
}

/// The same of a chat message.
pub fn message(rules: &RuleSet, text: &str) -> (Option<u16>, Vec<u64>) {
    let mut transaction = Transaction::new(rules, Mode::Block);
    let status = transaction.chat_message(text).interruption().map(|refusal| refusal.status);
    (status, transaction.matches().iter().map(|m| m.rule_id).collect())
}
