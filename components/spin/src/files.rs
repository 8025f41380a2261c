//! The widget's files, mounted by `spin.toml`.

use std::io;
use std::path::{Component, Path, PathBuf};

use chat::Code;
use http::Method;
use http::request::Parts;
use sha2::{Digest as _, Sha256};

use crate::exchange::{Refused, Reply};
use crate::incoming;

/// Where `spin.toml` mounts the widget.
const FOLDER: &str = "/widget";
/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The policy of every page: everything from here, nothing inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self'; img-src 'self' data:; \
    style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'";

/// Serves a file.
///
/// # Errors
/// There is none of that path.
pub(crate) fn serve(head: &Parts) -> Result<Reply, Refused> {
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return Err(
            Refused::new(Code::MethodNotAllowed, "Use GET, HEAD here.").with_header("allow", "GET, HEAD")
        );
    }
    let path = head.uri.path();
    let name = if path == "/" { "/index.html" } else { path };
    let file = path_of(name).and_then(|path| read(&path).ok());
    let body = file.ok_or_else(|| Refused::new(Code::NotFound, "There is no such page. Go to / instead."))?;
    let digest = Sha256::digest(&body);
    let etag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let known = incoming::text(head, "if-none-match") == Some(&etag);
    let content_type = content_type(name);
    let mut reply = if known { Reply::empty(304) } else { Reply::of(200, content_type, body) };
    // Vite names the files below /assets/ by their content.
    let cache_control =
        if name.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    reply = reply.with_header("etag", etag).with_header("cache-control", cache_control);
    if content_type.starts_with("text/html") {
        reply = reply.with_header("content-security-policy", CONTENT_SECURITY_POLICY);
    }
    Ok(reply)
}

/// The file of a path; none when the path leads elsewhere. The mount would not let it out either.
fn path_of(name: &str) -> Option<PathBuf> {
    let name = Path::new(name.strip_prefix('/')?);
    let is_plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain.then(|| Path::new(FOLDER).join(name))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        return Err(io::ErrorKind::NotFound.into());
    }
    std::fs::read(path)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
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
    }
}
