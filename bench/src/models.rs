//! `bench models`: how much later than the model itself the shopper sees the first text. A scripted model waits a fixed time
//! before its first sentence and between the pieces after it; every client keeps one answer streaming, through edge and origin
//! or, for the baseline, from the model itself. Both take their turn in the same run.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures_util::future::try_join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use model_server::{Dialect, ModelServer, Script, Step, Stop};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{Client, message_request};
use crate::edge::{FILTERS, Isolation, session, write_config};
use crate::server::{Server, beside, root};
use crate::upstream;

/// Answers that stream at once.
const STREAMS: usize = 200;
/// Answers of one client in one round.
const ANSWERS: usize = 3;
/// Rounds: the model itself and the shop have their turn in each.
const ROUNDS: usize = 3;
/// What the model waits before its first sentence.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// What the model waits before each piece after it.
const PIECE_WAIT: Duration = Duration::from_millis(40);
/// Pieces after the first sentence.
const PIECES: usize = 40;
/// Answers that are ended in each way, one after the other.
const STOPS: usize = 50;
/// One answer that takes longer has failed.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// The first sentence comes at once, as far as the model goes: what is measured is what edge and origin add to it.
const FIRST_SENTENCE: &str = "Here are a few manga series of our shop that fit what you are looking for. ";
const QUESTION: &str = "Can you recommend me a dark fantasy manga?";

pub(crate) async fn run() -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let house = House::open(&folder, "sentence", script([FIRST_SENTENCE])).await?;
    let (own, shop, ends) = house.measure(true).await?;
    let mut figures = told(&own, &shop);
    println!("Until the model's connection is closed, {STOPS} times each:   (goal: below 100)");
    for (end, times) in End::ALL.into_iter().zip(&ends) {
        let (p50, p99) = (ms(quantile(times, 50)), ms(quantile(times, 99)));
        println!("  {:<34} p50 {p50:7.1} ms   p99 {p99:7.1} ms", end.in_words());
        figures[format!("{}_p50_ms", end.name())] = json!(p50);
        figures[format!("{}_p99_ms", end.name())] = json!(p99);
    }
    // What a shopper waits for beside that: a sentence is checked before it is shown, and a model writes it in pieces.
    let house = House::open(&folder, "pieces", script(FIRST_SENTENCE.split_inclusive(' '))).await?;
    let (own, shop, _) = house.measure(false).await?;
    let held = ms(quantile(&shop, 50)) - ms(quantile(&own, 50));
    println!(
        "With the first sentence in pieces, {} ms apart, it is held back to its end:",
        PIECE_WAIT.as_millis()
    );
    println!("  first text after the model's own first piece: p50 {held:.1} ms");
    figures["held_back_p50_ms"] = json!(held);
    Ok(figures)
}

/// A model, the origin that asks it, the edge before them, and shoppers with a socket each.
struct House {
    model: ModelServer,
    /// What the model says first.
    first: String,
    _origin: Server,
    _edge: Server,
    shoppers: Vec<Shopper>,
}

/// How a shopper ends an answer that is being written.
#[derive(Clone, Copy)]
enum End {
    /// Says so.
    Stop,
    /// Closes the socket.
    Goodbye,
    /// Goes away without a word while it waits for a JSON document.
    HangUp,
}

impl End {
    const ALL: [Self; 3] = [Self::Stop, Self::Goodbye, Self::HangUp];

    const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Goodbye => "goodbye",
            Self::HangUp => "hang_up",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Stop => "from a shopper's `stop`",
            Self::Goodbye => "from the end of a socket",
            Self::HangUp => "from the end of a post for JSON",
        }
    }
}

impl House {
    async fn open(folder: &TempDir, name: &str, (first, script): (String, Script)) -> anyhow::Result<Self> {
        let model = ModelServer::start(Dialect::Bedrock, [script]).await;
        let origin = origin(folder, name, &model.url())?;
        let edge = edge(folder, name, origin.http).await?;
        let shoppers = try_join_all((0..STREAMS).map(|_| Shopper::enter(edge.http))).await?;
        Ok(Self { model, first, _origin: origin, _edge: edge, shoppers })
    }

    /// Times to the first text, of the model itself and through the shop; and of each way to end an answer. Shortest first.
    async fn measure(mut self, with_ends: bool) -> anyhow::Result<(Times, Times, [Times; 3])> {
        let (mut own, mut shop) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let (url, first) = (self.model.url(), self.first.as_str());
            let direct = try_join_all((0..STREAMS).map(|at| ask_the_model(&url, first, at))).await?;
            let shoppers = self.shoppers.iter_mut().enumerate();
            let through = try_join_all(shoppers.map(|(at, one)| one.ask_on(at))).await?;
            // The first round opens connections and warms caches.
            if round > 0 {
                own.extend(direct.into_iter().flatten());
                shop.extend(through.into_iter().flatten());
            }
        }
        own.sort_unstable();
        shop.sort_unstable();
        let mut ends = <[Times; 3]>::default();
        if with_ends {
            for (end, times) in End::ALL.into_iter().zip(&mut ends) {
                *times = self.ended_by(end).await?;
            }
        }
        Ok((own, shop, ends))
    }

    /// How long the model wrote on, each time that an answer was ended like this. Whoever ends one does nothing after it.
    async fn ended_by(&mut self, end: End) -> anyhow::Result<Times> {
        let mut times = Vec::with_capacity(STOPS);
        for mut shopper in self.shoppers.drain(..STOPS) {
            let began = shopper.end_an_answer(end).await?;
            tokio::time::timeout(ANSWER_MAX, self.model.left()).await.context("the model was never left")?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        Ok(times)
    }
}

type Times = Vec<Duration>;

fn told(own: &[Duration], shop: &[Duration]) -> Value {
    let added = |percent: usize| ms(quantile(shop, percent)) - ms(quantile(own, percent));
    let (p50, p99) = (added(50), added(99));
    println!("First text of an answer, {STREAMS} streams at once, {} answers each way:", shop.len());
    for (name, times) in [("the model itself", own), ("edge and origin", shop)] {
        println!(
            "  {name:<18} p50 {:7.1} ms   p99 {:7.1} ms",
            ms(quantile(times, 50)),
            ms(quantile(times, 99))
        );
    }
    println!("  added: p50 {p50:.1} ms (goal: below 5)   p99 {p99:.1} ms (goal: below 25)");
    json!({ "streams": STREAMS, "added_ttft_p50_ms": p50, "added_ttft_p99_ms": p99 })
}

/// The model, and its first piece: a sentence after a while, whole or in pieces, then piece by piece.
fn script<'a>(sentence: impl IntoIterator<Item = &'a str>) -> (String, Script) {
    let mut sentence = sentence.into_iter().map(str::to_owned);
    let first = sentence.next().unwrap_or_default();
    let rest = (0..PIECES).map(|at| {
        ["Each of these ", "manga series is ", "on our shelves, ", "ready to read. "][at % 4].to_owned()
    });
    let pieces = sentence.chain(rest).flat_map(|text| [Step::Wait(PIECE_WAIT), Step::Text(text)]);
    let begin = [Step::Wait(FIRST_WAIT), Step::Text(first.clone())];
    let end = [Step::Stop(Stop::End), Step::Usage { input: 900, output: 120 }];
    (first, Script::of(begin.into_iter().chain(pieces).chain(end)))
}

/// The origin with the scripted model as its Bedrock.
fn origin(folder: &TempDir, name: &str, model: &str) -> anyhow::Result<Server> {
    let config = folder.path().join(format!("origin-{name}.toml"));
    std::fs::write(&config, origin_config(&root().canonicalize()?, model))?;
    let mut command = Command::new(beside("mangaassist-origin")?);
    command.args(["serve", "--config"]).arg(config);
    // It logs as it does in service, but not between the figures.
    command.stderr(std::fs::File::create(folder.path().join(format!("origin-{name}.log")))?);
    command.env("MANGAASSIST_LOG", "warn,origin=info").envs([
        ("AWS_ACCESS_KEY_ID", "benchmark"),
        ("AWS_SECRET_ACCESS_KEY", "benchmark"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    Server::of_stdout(command, "public")
}

fn origin_config(root: &Path, model: &str) -> String {
    format!(
        "listen = {{ public = \"127.0.0.1:0\", admin = \"127.0.0.1:0\" }}\n\
         shop.data_dir = {:?}\n\
         [[keys]]\nname = \"internal-1\"\nalgorithm = \"HS256\"\nsecret_base64 = {:?}\n\
         [models]\norder = [\"scripted\"]\n\
         [models.scripted]\nkind = \"bedrock\"\nregion = \"us-east-1\"\nmodel = \"scripted-model\"\nendpoint_url = {model:?}\n\
         [models.scripted.policy]\nrunning_max = {}\n",
        root.join("shop").display().to_string(),
        crate::edge::SECRET,
        STREAMS * 2,
    )
}

async fn edge(folder: &TempDir, name: &str, origin: SocketAddr) -> anyhow::Result<Server> {
    let site = upstream::serve().await?;
    let config: PathBuf = write_config(folder, site, &format!("models-{name}"), FILTERS, Isolation::Reuse)?;
    let text = std::fs::read_to_string(&config)?;
    let text = text
        .replace("http://127.0.0.1:8090", &format!("http://{origin}"))
        .replace("address_sockets_max = 200", "address_sockets_max = 10000");
    std::fs::write(&config, text)?;
    Server::start(&config)
}

/// Someone with a session and a socket.
struct Shopper {
    edge: SocketAddr,
    cookie: String,
    socket: WebSocketStream<TcpStream>,
}

impl Shopper {
    async fn enter(edge: SocketAddr) -> anyhow::Result<Self> {
        let mut client = Client::connect(edge).await?;
        let cookie = session(&mut client).await?;
        let mut request = format!("ws://{edge}/v1/chat/ws").into_client_request()?;
        request.headers_mut().insert("cookie", HeaderValue::from_str(&cookie)?);
        let stream = TcpStream::connect(edge).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = client_async(request, stream).await?;
        Ok(Self { edge, cookie, socket })
    }

    /// Asks again and again; gives the times to the first text.
    async fn ask_on(&mut self, at: usize) -> anyhow::Result<Vec<Duration>> {
        tokio::time::sleep(spread(at)).await;
        let mut times = Vec::with_capacity(ANSWERS);
        for _ in 0..ANSWERS {
            times.push(
                tokio::time::timeout(ANSWER_MAX, self.ask()).await.context("an answer took too long")??,
            );
        }
        Ok(times)
    }

    /// Asks, and reads to the end; gives the time to the first text.
    async fn ask(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.tell("message", uuid::Uuid::new_v4(), Some(QUESTION)).await?;
        let mut first = None;
        loop {
            let event = self.event().await?;
            match event["type"].as_str() {
                Some("delta") => _ = first.get_or_insert_with(|| began.elapsed()),
                Some("done") => {
                    ensure!(event["source"] == "model", "the model did not answer: {event}");
                    return first.context("an answer without text");
                }
                Some("error") => bail!("{event}"),
                _ => {}
            }
        }
    }

    /// Ends an answer that is being written; gives the moment.
    async fn end_an_answer(&mut self, end: End) -> anyhow::Result<Instant> {
        if matches!(end, End::HangUp) {
            return self.hang_up().await;
        }
        let id = uuid::Uuid::new_v4();
        self.tell("message", id, Some(QUESTION)).await?;
        while self.event().await?["type"] != "delta" {}
        let began = Instant::now();
        match end {
            End::Stop => self.tell("stop", id, None).await?,
            End::Goodbye | End::HangUp => self.socket.send(Message::Close(None)).await?,
        }
        Ok(began)
    }

    /// Posts a message, and closes the connection while the model writes. Nothing tells from here when that is: the model's own
    /// times do.
    async fn hang_up(&self) -> anyhow::Result<Instant> {
        let mut stream = TcpStream::connect(self.edge).await?;
        stream.set_nodelay(true)?;
        stream.write_all(&message_request(&self.cookie, QUESTION)).await?;
        tokio::time::sleep(FIRST_WAIT * 2).await;
        let began = Instant::now();
        drop(stream);
        Ok(began)
    }

    async fn tell(&mut self, kind: &str, id: uuid::Uuid, text: Option<&str>) -> anyhow::Result<()> {
        let mut message = json!({ "type": kind, "id": id });
        if let Some(text) = text {
            message["text"] = json!(text);
        }
        Ok(self.socket.send(Message::text(message.to_string())).await?)
    }

    async fn event(&mut self) -> anyhow::Result<Value> {
        loop {
            match self.socket.next().await.context("the socket was closed")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                _ => continue,
            }
        }
    }
}

/// The same question to the model itself, again and again.
async fn ask_the_model(url: &str, first: &str, at: usize) -> anyhow::Result<Vec<Duration>> {
    tokio::time::sleep(spread(at)).await;
    let mut times = Vec::with_capacity(ANSWERS);
    for _ in 0..ANSWERS {
        times.push(
            tokio::time::timeout(ANSWER_MAX, one_answer(url, first))
                .await
                .context("an answer took too long")??,
        );
    }
    Ok(times)
}

async fn one_answer(url: &str, sentence: &str) -> anyhow::Result<Duration> {
    let address = url.strip_prefix("http://").context("the model's address")?;
    let body = json!({ "messages": [{ "role": "user", "content": [{ "text": QUESTION }] }] }).to_string();
    let request = format!(
        "POST /model/scripted-model/converse-stream HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let began = Instant::now();
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::with_capacity(64 << 10);
    let mut first = None;
    while stream.read_buf(&mut read).await? > 0 {
        if first.is_none() && contains(&read, sentence.as_bytes()) {
            first = Some(began.elapsed());
        }
    }
    first.context("the model said nothing")
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// Clients begin one after the other, over the time that one answer takes.
fn spread(at: usize) -> Duration {
    let whole = FIRST_WAIT + PIECE_WAIT * u32::try_from(PIECES).unwrap_or(u32::MAX);
    whole * u32::try_from(at).unwrap_or_default() / u32::try_from(STREAMS).unwrap_or(u32::MAX)
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
