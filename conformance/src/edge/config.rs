//! The configuration of an edge under test: the shop's own, with one slot, and with everything out of the way that is no WAF.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use host::artifact::Artifact;
use toml::{Table, Value};

use crate::shop;

/// Signs nothing that anybody would verify: there is no origin.
const KEY: &str = "Y29uZm9ybWFuY2UgdGVzdHMsIG5vdCBhIHNlY3JldCAgICA=";
/// Requests of one address, of which there is one.
const REQUESTS_MAX: i64 = 1_000_000;
/// Their refill a minute.
const REFILL: i64 = 10_000_000;
/// How long a body may take to arrive, in milliseconds: every byte of a test is sent at once.
const BODY_MS: i64 = 2_000;

/// The configuration, whose paths are in `folder`, in front of `site`.
pub(super) fn text(folder: &Path, site: SocketAddr) -> anyhow::Result<String> {
    let mut table = shop::configuration()?;
    table.remove("tls");
    set(&mut table, "log", "warn,mangaassist_edge=info,filter=info".into());
    let listen = section(&mut table, "listen")?;
    listen.remove("https");
    for key in ["http", "admin"] {
        set(listen, key, "127.0.0.1:0".into());
    }
    set(listen, "threads", 1.into());
    set(listen, "drain_s", 0.into());
    let files = section(&mut table, "files")?;
    files.remove("demo");
    set(files, "widget", path(&folder.join("nothing")));
    set(section(&mut table, "chat")?, "body_ms", BODY_MS.into());
    let filters = section(&mut table, "filters")?;
    set(filters, "folder", path(&folder.join("filters")));
    set(filters, "cache", path(&std::path::absolute(shop::cache())?));
    set(filters, "watch_ms", 0.into());
    set(filters, "init_ms", 300_000.into());
    let bucket = Table::from_iter([
        ("capacity".to_owned(), Value::from(REQUESTS_MAX)),
        ("refill_per_minute".to_owned(), Value::from(REFILL)),
    ]);
    let floors = section(&mut table, "floors")?;
    set(floors, "service", bucket.clone().into());
    set(floors, "address", bucket.into());
    set(section(&mut table, "site")?, "url", format!("http://{site}").into());
    keys(&mut table)?;
    let slot = Value::try_from(shop::slot("waf")?)?;
    table.insert("slot".into(), Value::Array(vec![slot]));
    Ok(toml::to_string(&table)?)
}

/// Keys that are in no file. The WAF uses none.
fn keys(table: &mut Table) -> anyhow::Result<()> {
    table.insert("filter_key".into(), Value::Array(Vec::new()));
    let internal = table.get_mut("internal_key").and_then(Value::as_array_mut).context("internal_key")?;
    for key in internal {
        let key = key.as_table_mut().context("internal_key")?;
        key.remove("secret_file");
        set(key, "secret_base64", KEY.into());
    }
    Ok(())
}

/// The folder that an edge publishes a filter from.
pub(super) fn write_filter(folder: &Path, filter: &Artifact) -> anyhow::Result<()> {
    let assets = folder.join("assets");
    std::fs::create_dir_all(&assets)?;
    std::fs::write(folder.join("filter.wasm"), &filter.component)?;
    std::fs::write(folder.join("settings.json"), &filter.settings)?;
    for (name, bytes) in &filter.assets {
        std::fs::write(assets.join(name), bytes)?;
    }
    Ok(())
}

fn section<'t>(table: &'t mut Table, name: &str) -> anyhow::Result<&'t mut Table> {
    let section = table.get_mut(name).and_then(Value::as_table_mut);
    section.with_context(|| format!("no [{name}] in config/edge.toml"))
}

fn set(table: &mut Table, key: &str, value: Value) {
    table.insert(key.to_owned(), value);
}

fn path(path: &Path) -> Value {
    path.to_string_lossy().into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_has_the_waf_alone_and_no_fixed_port() {
        let text = text(Path::new("/nowhere"), ([127, 0, 0, 1], 9).into()).expect("a configuration");
        let table: Table = text.parse().expect("TOML");
        let slots = table["slot"].as_array().expect("slots");
        assert_eq!((slots.len(), slots[0]["name"].as_str()), (1, Some("waf")));
        assert_eq!(table["listen"]["http"].as_str(), Some("127.0.0.1:0"));
        assert_eq!(table["site"]["url"].as_str(), Some("http://127.0.0.1:9"));
        assert!(!text.contains("secret_file"), "{text}");
    }

    #[test]
    fn a_filter_is_written_with_its_assets() {
        let folder = tempfile::tempdir().expect("a folder");
        let assets = [("000-a.conf".to_owned(), b"# a".to_vec())].into();
        let filter = Artifact { component: b"wasm".to_vec(), settings: "{}".into(), assets };
        write_filter(&folder.path().join("waf"), &filter).expect("files");
        assert_eq!(Artifact::read(&folder.path().join("waf")).expect("an artifact"), filter);
    }
}
