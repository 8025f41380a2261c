//! Chat completions, against a server that speaks them.

mod failures;
mod requests;
mod settings;
mod tls;

use model_server::{Dialect, ModelServer, Script};
use origin::model::ModelErrorKind;
use origin::model::openai::{OpenAi, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpListener;

/// A model and the server that plays it.
pub(crate) struct Completions {
    pub model: OpenAi,
    pub server: ModelServer,
}

impl Completions {
    pub(crate) async fn playing(scripts: Vec<Script>) -> Self {
        Self::set(scripts, "").await
    }

    /// With more settings, in TOML.
    pub(crate) async fn set(scripts: Vec<Script>, settings: &str) -> Self {
        let server = ModelServer::start(Dialect::OpenAi, scripts).await;
        let model = model(&format!("{}/v1", server.url()), settings);
        Self { model, server }
    }
}

/// A model at this address.
pub(crate) fn model(base_url: &str, settings: &str) -> OpenAi {
    OpenAi::new("local".into(), read(base_url, settings)).unwrap()
}

fn read(base_url: &str, settings: &str) -> Settings {
    toml::from_str(&format!("base_url = {base_url:?}\nmodel = \"qwen3:8b\"\n{settings}")).unwrap()
}

/// Why these settings cannot be.
fn refused(base_url: &str, settings: &str) -> (ModelErrorKind, String) {
    match OpenAi::new("local".into(), read(base_url, settings)) {
        Ok(_) => panic!("taken: {base_url} {settings}"),
        Err(error) => (error.kind, error.reason),
    }
}

/// The base address of a server that answers every request with these bytes and closes.
async fn answering(response: Vec<u8>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 16 << 10]).await;
            let _ = socket.write_all(&response).await;
            let _ = socket.shutdown().await;
            // Closed with something unread, the connection would be reset, and the response lost.
            let _ = copy(&mut socket, &mut sink()).await;
        }
    });
    format!("http://{address}/v1")
}
