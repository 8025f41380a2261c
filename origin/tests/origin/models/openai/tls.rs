//! A server behind TLS, with a certificate of its own.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use model_server::{Dialect, ModelServer, Script};
use origin::model::ModelErrorKind;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::super::{ask, question, text};
use super::model;

/// A model server behind TLS, and the certificate to trust.
struct Behind {
    base_url: String,
    certificate: PathBuf,
    _server: ModelServer,
    _folder: TempDir,
}

async fn behind_tls(host: &str) -> Behind {
    let server = ModelServer::start(Dialect::OpenAi, [Script::saying(["Yes."])]).await;
    let inner = server.url().replace("http://", "");
    let own = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base_url = format!("https://127.0.0.1:{}/v1", listener.local_addr().unwrap().port());
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut outer) = acceptor.accept(socket).await else { continue };
            let mut inner = TcpStream::connect(&inner).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut outer, &mut inner).await });
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.pem");
    fs::write(&certificate, own.cert.pem()).unwrap();
    Behind { base_url, certificate, _server: server, _folder: folder }
}

#[tokio::test]
async fn a_server_with_a_certificate_of_its_own_is_trusted_where_the_settings_name_it() {
    let behind = behind_tls("127.0.0.1").await;
    let model = model(&behind.base_url, &format!("ca_file = {:?}", behind.certificate));
    let told = ask(&model, &question()).await;
    assert_eq!(told.events.first(), Some(&text("Yes.")), "{told:?}");
}

#[tokio::test]
async fn a_server_with_another_certificate_is_not_spoken_to() {
    let (behind, other) = (behind_tls("127.0.0.1").await, behind_tls("127.0.0.1").await);
    let model = model(&behind.base_url, &format!("ca_file = {:?}", other.certificate));
    let told = ask(&model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable);
    assert!(told.failure().reason.contains("certificate"), "{told:?}");
}

#[tokio::test]
async fn a_server_with_the_certificate_of_another_host_is_not_spoken_to() {
    let behind = behind_tls("shop.example").await;
    let model = model(&behind.base_url, &format!("ca_file = {:?}", behind.certificate));
    assert_eq!(ask(&model, &question()).await.failure().kind, ModelErrorKind::Unavailable);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_given_up() {
    let behind = behind_tls("127.0.0.1").await;
    // Connections wait in the listener's queue, and nobody takes them.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base_url = format!("https://{}/v1", silent.local_addr().unwrap());
    let model = model(&base_url, &format!("ca_file = {:?}\nconnect_ms = 50", behind.certificate));
    let told = ask(&model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable);
    assert!(told.failure().reason.contains("50 ms"), "{told:?}");
}
