//! The development certificate: made at the first start for this machine's loopback names, kept for the next ones.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Files of a certificate chain and its private key, in PEM.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// The certificate in this folder, made now if there is none. It is trusted by nobody; a browser asks once.
///
/// # Errors
/// The folder cannot be written.
pub fn development_certificate(folder: &Path) -> anyhow::Result<CertificateFiles> {
    let files = CertificateFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
    if files.certificate.exists() && files.key.exists() {
        return Ok(files);
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let made = rcgen::generate_simple_self_signed(names).context("cannot make a certificate")?;
    write_private(&files.key, made.signing_key.serialize_pem().as_bytes())?;
    write_private(&files.certificate, made.cert.pem().as_bytes())?;
    Ok(files)
}

fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))
}
