//! nginx with libmodsecurity3, as Debian packages them: one process that is its own only worker, a configuration in a folder of
//! its own, nothing of the system's configuration read.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use super::rules::{CoreRuleSet, ENGINE};
use crate::client::Client;
use crate::server::Server;

/// Where Debian has it. `/usr/sbin` is not on everybody's path.
const PROGRAM: &str = "/usr/sbin/nginx";
/// The module of `libnginx-mod-http-modsecurity`.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so";
/// Ports that are tried: between our looking for a free one and nginx's binding it, it may be taken.
const PORTS_TRIED: usize = 5;

/// Says what is missing, and what to install.
pub(super) fn check() -> anyhow::Result<()> {
    let missing: Vec<_> = [(PROGRAM, "nginx"), (MODULE, "libnginx-mod-http-modsecurity")]
        .into_iter()
        .filter(|(path, _)| !Path::new(path).is_file())
        .map(|(_, package)| package)
        .collect();
    ensure!(
        missing.is_empty(),
        "nothing to compare with: {} is not installed. On Debian: apt-get install --no-install-recommends {0}",
        missing.join(" ")
    );
    Ok(())
}

/// What nginx and its engine call themselves.
pub(super) fn version() -> anyhow::Result<String> {
    let said = Command::new(PROGRAM).arg("-v").output()?;
    Ok(String::from_utf8_lossy(&said.stderr).trim().trim_start_matches("nginx version: ").to_owned())
}

/// Starts it in front of the site, with these rules or with its firewall off.
pub(super) async fn start(
    folder: &Path,
    site: SocketAddr,
    rules: Option<&CoreRuleSet>,
) -> anyhow::Result<Server> {
    let firewall = match rules {
        None => "modsecurity off;".to_owned(),
        Some(rules) => {
            let path = folder.join("rules.conf");
            std::fs::write(&path, includes(rules))?;
            format!("modsecurity on;\n    modsecurity_rules_file {};", path.display())
        }
    };
    let mut failure = None;
    for _ in 0..PORTS_TRIED {
        let address = free_address()?;
        match start_at(folder, site, &firewall, address).await {
            Ok(server) => return Ok(server),
            Err(error) => failure = Some(error),
        }
    }
    let log = std::fs::read_to_string(folder.join("error.log")).unwrap_or_default();
    let log = log.lines().rev().find(|line| line.contains("[emerg]")).unwrap_or_default().to_owned();
    Err(failure.context("no port was tried")?).context(log).context("nginx does not start")
}

async fn start_at(
    folder: &Path,
    site: SocketAddr,
    firewall: &str,
    address: SocketAddr,
) -> anyhow::Result<Server> {
    // Whoever answers to this is ours, not somebody who took the port before.
    let token = uuid::Uuid::new_v4().simple().to_string();
    let config = folder.join("nginx.conf");
    std::fs::write(&config, configuration(folder, site, firewall, address, &token))?;
    let mut command = Command::new(PROGRAM);
    command.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(&config);
    let log = std::fs::File::create(folder.join("output.log"))?;
    command.stdout(log.try_clone()?).stderr(log);
    let server = Server::of_silent(command, address)?;
    let mut client = Client::connect(address).await?;
    let request = format!("GET /{token} HTTP/1.1\r\nhost: shop.example\r\n\r\n");
    match client.send(request.as_bytes()).await {
        Ok(response) if response.status == 204 => Ok(server),
        _ => bail!("somebody else listens at {address}"),
    }
}

/// A port that nobody had a moment ago: nginx cannot be told to choose one itself.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The rules by their own paths; data files are looked for beside the rules that name them.
fn includes(rules: &CoreRuleSet) -> String {
    let folder = rules.folder.join("rules");
    format!("{ENGINE}Include {}\nInclude {}/*.conf\n", rules.setup.display(), folder.display())
}

/// One worker, kept connections on both sides, a line in the access log for each request, bodies in memory: as the edge has it.
fn configuration(
    folder: &Path,
    site: SocketAddr,
    firewall: &str,
    address: SocketAddr,
    token: &str,
) -> String {
    let folder = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("  {kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "load_module {MODULE};
daemon off;
master_process off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access.log;
{temporary}  client_body_buffer_size 128k;
  client_max_body_size 128k;
  keepalive_requests 100000000;
  upstream site {{
    server {site};
    keepalive 32;
    keepalive_requests 100000000;
  }}
  server {{
    listen {address};
    {firewall}
    location / {{
      proxy_pass http://site;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
    }}
    location = /{token} {{
      modsecurity off;
      return 204;
    }}
  }}
}}
"
    )
}

/// A folder for each, so that neither reads what the other wrote.
pub(super) fn folder(of: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let folder = of.join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
