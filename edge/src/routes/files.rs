//! The widget's files, held in memory: read once, bounded, served with validators.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use bytes::Bytes;
use chat::{Code, Problem};
use host::wit;
use pingora_proxy::Session;
use ring::digest::{SHA256, digest};

use crate::app::Edge;
use crate::proxy::exchange::{CONTENT_SECURITY_POLICY, Exchange, Refused, Reply};
use crate::proxy::route::RouteError;

/// Most files.
const FILES_MAX: usize = 500;
/// Most bytes of all files together.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Deepest folder.
const DEPTH_MAX: usize = 6;

/// A file, ready to be sent.
struct File {
    body: Bytes,
    etag: String,
    content_type: &'static str,
    cache_control: &'static str,
}

/// The files by their path on the site.
#[derive(Default)]
pub struct Files(BTreeMap<String, File>);

impl Files {
    /// Reads the widget, and the demo's files below `/demo/`. A folder that is not there has no files.
    ///
    /// # Errors
    /// A file cannot be read, or the bounds are passed.
    pub fn read(widget: &Path, demo: Option<&Path>) -> anyhow::Result<Self> {
        let mut files = Self::default();
        files.read_folder(widget, "/", 0)?;
        if let Some(demo) = demo {
            files.read_folder(demo, "/demo/", 0)?;
        }
        if files.0.is_empty() {
            tracing::warn!(folder = %widget.display(), "the widget is not built; `cargo xtask build` builds it");
        }
        Ok(files)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> anyhow::Result<()> {
        anyhow::ensure!(depth <= DEPTH_MAX, "{}: folders deeper than {DEPTH_MAX}", folder.display());
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                self.read_folder(&entry.path(), &format!("{name}/"), depth + 1)?;
                continue;
            }
            anyhow::ensure!(self.0.len() < FILES_MAX, "{}: more than {FILES_MAX} files", folder.display());
            let body = std::fs::read(entry.path())?;
            let bytes: usize = self.0.values().map(|file| file.body.len()).sum();
            anyhow::ensure!(
                bytes + body.len() <= BYTES_MAX,
                "{}: more than {BYTES_MAX} bytes",
                folder.display()
            );
            self.0.insert(name.clone(), file(&name, body.into()));
        }
        Ok(())
    }

    fn find(&self, path: &str) -> Option<&File> {
        self.0.get(if path == "/" { "/index.html" } else { path })
    }
}

fn file(name: &str, body: Bytes) -> File {
    let content_type = match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    // Vite names the files below /assets/ by their content.
    let cache_control =
        if name.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut etag = String::from("\"");
    for byte in &digest(&SHA256, &body).as_ref()[..12] {
        // Writing to a String cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    File { body, etag, content_type, cache_control }
}

/// Serves a file, or has the request forwarded to the shop's own site: `Ok(false)` then.
///
/// # Errors
/// There is none of that path, and no site.
pub async fn serve(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    request: &wit::Request,
) -> Result<bool, Refused> {
    let path = request.target.split_once('?').map_or(request.target.as_str(), |(path, _)| path);
    let is_read = matches!(request.method.as_str(), "GET" | "HEAD");
    let file = match edge.files.find(path) {
        Some(file) if is_read => file,
        _ if edge.site_upstream.is_some() => {
            exchange.is_for_site = true;
            return Ok(false);
        }
        _ if !is_read => return Err(RouteError::NotAllowed { allow: "GET, HEAD" }.into()),
        _ => return Err(Problem::new(Code::NotFound, "There is no such page. Go to / instead.").into()),
    };
    let known = session
        .get_header(http::header::IF_NONE_MATCH)
        .is_some_and(|tag| tag.as_bytes() == file.etag.as_bytes());
    let mut reply = if known {
        Reply::empty(304)
    } else {
        Reply { status: 200, headers: Vec::new(), body: file.body.clone() }
    };
    reply = reply.with_header("etag", file.etag.as_str()).with_header("cache-control", file.cache_control);
    if !known {
        reply = reply.with_header("content-type", file.content_type);
    }
    if file.content_type.starts_with("text/html") {
        reply = reply.with_header("content-security-policy", CONTENT_SECURITY_POLICY);
    }
    exchange.send_filtered(edge, session, reply).await;
    Ok(true)
}
