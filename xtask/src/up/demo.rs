//! What the demo shop needs beside its servers: keys, and customers with tokens to sign in with.

use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use identity::keyring::Keyring;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

/// How long a demo token is good for, in seconds.
const TOKEN_S: u64 = 7 * 24 * 3600;
/// Keys of the demo. Made at the first start, in base64.
const KEYS: &[&str] = &["session-1", "shop-1", "internal-1"];

#[derive(Args)]
pub(crate) struct TokenArguments {
    /// A customer of shop/customers.jsonl
    #[arg(long, default_value = "C1001")]
    customer: String,
}

/// Keys, and the demo's customers with tokens to sign in with.
pub(super) fn prepare(root: &Path) -> anyhow::Result<()> {
    let keys = root.join(".run/keys");
    std::fs::create_dir_all(&keys)?;
    for name in KEYS {
        make_key(&keys.join(format!("{name}.key")))?;
    }
    let demo = root.join(".run/demo");
    std::fs::create_dir_all(&demo)?;
    let mut customers = Vec::new();
    for line in std::fs::read_to_string(root.join("shop/customers.jsonl"))?.lines() {
        let customer: Value = serde_json::from_str(line)?;
        let id = customer["id"].as_str().context("a customer has no id")?;
        customers.push(json!({ "id": id, "name": customer["name"], "token": mint(root, id)? }));
    }
    std::fs::write(demo.join("customers.json"), serde_json::to_vec(&customers)?)?;
    Ok(())
}

fn make_key(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut secret = [0; 32];
    SystemRandom::new().fill(&mut secret).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => Ok(writeln!(file, "{}", STANDARD.encode(secret))?),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}

/// A token as the shop's identity provider would give it.
fn mint(root: &Path, customer: &str) -> anyhow::Result<String> {
    let path = root.join(".run/keys/shop-1.key");
    let text =
        std::fs::read_to_string(&path).context("run `cargo xtask up` once: it makes the demo's keys")?;
    let keys = Keyring::default().with_secret("shop-1", &STANDARD.decode(text.trim())?)?;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({
        "iss": "https://shop.example",
        "aud": "mangaassist",
        "sub": customer,
        "tier": "customer",
        "iat": now_s,
        "exp": now_s + TOKEN_S,
    });
    Ok(identity::jwt::sign_hs256(&claims, "shop-1", &keys)?)
}

/// Prints a token.
pub(crate) fn token(root: &Path, arguments: &TokenArguments) -> anyhow::Result<()> {
    println!("{}", mint(root, &arguments.customer)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use tempfile::TempDir;

    use super::*;

    /// A project with these customers.
    fn project(customers: &str) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("shop")).unwrap();
        fs::write(root.path().join("shop/customers.jsonl"), customers).unwrap();
        root
    }

    /// The files of the keys, and what they hold.
    fn keys(root: &TempDir) -> BTreeMap<PathBuf, Vec<u8>> {
        let paths = KEYS.iter().map(|name| root.path().join(format!(".run/keys/{name}.key")));
        paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    fn claims(token: &str) -> Value {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&payload).unwrap()
    }

    #[test]
    fn every_customer_gets_a_token() {
        let root = project("{\"id\": \"C1\", \"name\": \"Aiko\"}\n{\"id\": \"C2\", \"name\": \"Ken\"}\n");
        prepare(root.path()).unwrap();
        let written = fs::read(root.path().join(".run/demo/customers.json")).unwrap();
        let customers: Value = serde_json::from_slice(&written).unwrap();
        for (at, id, name) in [(0_usize, "C1", "Aiko"), (1, "C2", "Ken")] {
            let customer = &customers[at];
            assert_eq!((&customer["id"], &customer["name"]), (&json!(id), &json!(name)));
            let claims = claims(customer["token"].as_str().unwrap());
            assert_eq!(claims["sub"], id);
            assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), TOKEN_S);
        }
    }

    #[test]
    fn keys_are_made_once_and_are_private() {
        let root = project("");
        prepare(root.path()).unwrap();
        let made = keys(&root);
        for path in made.keys() {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
        prepare(root.path()).unwrap();
        assert_eq!(keys(&root), made);
    }

    #[test]
    fn a_token_without_keys_says_what_to_do() {
        let root = project("");
        let error = mint(root.path(), "C1").unwrap_err().to_string();
        assert!(error.contains("run `cargo xtask up` once"), "{error}");
    }

    #[test]
    fn a_customer_needs_an_id() {
        let root = project("{\"name\": \"Aiko\"}\n");
        assert_eq!(prepare(root.path()).unwrap_err().to_string(), "a customer has no id");
    }
}
