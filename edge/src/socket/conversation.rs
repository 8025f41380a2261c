//! The conversation over one socket: messages in, events out, several answers at once, each turn through the chain.

use std::sync::Arc;
use std::time::Duration;

use chat::message::FeedbackPost;
use chat::{ClientMessage, Code, Event, MessagePost, Problem};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, error::CapacityError};
use uuid::Uuid;

use crate::app::Edge;
use crate::routes::calls;
use crate::turns::log::TurnLog;
use crate::turns::{Asker, Begun};

type Socket = WebSocketStream<DuplexStream>;

/// Events that wait for a slow client. Beyond it the answers wait, which is what their readers are made for.
const OUTGOING_MAX: usize = 64;
/// Control frames that a client may send in [`FLOOD_WINDOW`]; a browser sends a pong every half minute.
const CONTROL_FRAMES_MAX: u32 = 60;
/// Messages that cannot be read that a client may send in [`FLOOD_WINDOW`].
const FAULTS_MAX: u32 = 20;
/// Messages of any kind that a client may send in [`FLOOD_WINDOW`]. Turns have limits of their own, far below.
const MESSAGES_MAX: u32 = 200;
/// The time that floods are counted over.
const FLOOD_WINDOW: Duration = Duration::from_secs(10);
/// How long a client has to take a close frame.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// Serves the conversation until somebody ends it.
pub(super) async fn run(edge: Arc<Edge>, mut socket: Socket, asker: Asker) {
    let mut conversation = Conversation::new(edge, asker);
    let reason = conversation.serve(&mut socket).await;
    conversation.tasks.shutdown().await;
    // A client that does not take its close frame is gone all the same.
    let _ = match reason {
        Some((code, reason)) => {
            let frame = CloseFrame { code, reason: reason.into() };
            tokio::time::timeout(CLOSE_TIME, socket.close(Some(frame))).await
        }
        // The codec has its answer to the client's close frame ready (RFC 6455, section 5.5.1).
        None => tokio::time::timeout(CLOSE_TIME, socket.flush()).await,
    };
}

struct Conversation {
    edge: Arc<Edge>,
    asker: Asker,
    /// Numbers the messages, so that each has a request id of its own in the logs.
    messages: u64,
    tasks: JoinSet<()>,
    /// Turns that this socket reads or has read.
    followed: Vec<Arc<TurnLog>>,
    outgoing: mpsc::Sender<Event>,
    waiting: mpsc::Receiver<Event>,
    flood: Flood,
}

/// Why the edge closes the socket; none when the client did.
type Closing = Option<(CloseCode, &'static str)>;

impl Conversation {
    fn new(edge: Arc<Edge>, asker: Asker) -> Self {
        let (outgoing, waiting) = mpsc::channel(OUTGOING_MAX);
        Self {
            edge,
            asker,
            messages: 0,
            tasks: JoinSet::new(),
            followed: Vec::new(),
            outgoing,
            waiting,
            flood: Flood::new(),
        }
    }

    async fn serve(&mut self, socket: &mut Socket) -> Closing {
        let chat = &self.edge.config.chat;
        let (ping_every, idle) = (Duration::from_secs(chat.ping_s), Duration::from_secs(chat.idle_s));
        let mut pings = interval(ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.tick().await;
        let expiry = self.edge.until_unix_s(self.asker.caller.principal.expires_at);
        let edge = Arc::clone(&self.edge);
        let draining = draining(&edge);
        tokio::pin!(draining);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = socket.next() => {
                    match self.heard(socket, message, &mut heard).await {
                        Ok(()) => {}
                        Err(closing) => return closing,
                    }
                }
                Some(event) = self.waiting.recv() => {
                    // An answer that is on its way is a conversation that is not idle.
                    heard = Instant::now();
                    if socket.send(Message::text(event.to_json())).await.is_err() {
                        return None;
                    }
                }
                _ = pings.tick() => {
                    if socket.send(Message::Ping(bytes::Bytes::new())).await.is_err() {
                        return None;
                    }
                }
                () = sleep_until(heard + idle) => return Some((CloseCode::Away, "idle")),
                () = sleep_until(expiry) => return Some((CloseCode::Policy, "the session has expired")),
                () = &mut draining => return Some((CloseCode::Restart, "restarting, connect again")),
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => {}
            }
        }
    }

    async fn heard(
        &mut self,
        socket: &mut Socket,
        message: Option<Result<Message, SocketError>>,
        heard: &mut Instant,
    ) -> Result<(), Closing> {
        match message {
            Some(Ok(Message::Text(text))) => {
                *heard = Instant::now();
                self.flood.message()?;
                self.read(socket, text.as_str()).await
            }
            Some(Ok(Message::Binary(_))) => Err(Some((CloseCode::Unsupported, "send text, not binary"))),
            // Pings are answered by the codec; here they are only counted.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.flood.control(),
            Some(Ok(Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(frame))) => {
                // Whoever says goodbye does not come back. A page that is left (1001) may be followed by another of the same
                // shopper, and a connection that broke comes without a frame.
                if frame.is_none_or(|frame| frame.code != CloseCode::Away) {
                    self.followed.iter().for_each(|log| log.leave());
                }
                Err(None)
            }
            None => Err(None),
            Some(Err(error)) => Err(closing_of(&error)),
        }
    }

    async fn read(&mut self, socket: &mut Socket, text: &str) -> Result<(), Closing> {
        let message = match chat::validate::client_message(text) {
            Ok(message) => message,
            Err(problem) => {
                tell(socket, &problem.to_event(chat::validate::id_of(text))).await?;
                return self.flood.fault();
            }
        };
        let id = id_of(&message);
        match self.act(message).await {
            Ok(()) => Ok(()),
            Err(problem) => tell(socket, &problem.to_event(id)).await,
        }
    }

    async fn act(&mut self, message: ClientMessage) -> Result<(), Problem> {
        let session = self.asker.caller.principal.session.clone().unwrap_or_default();
        match message {
            ClientMessage::Message { id, text, page, not } => {
                self.room()?;
                let asker = self.next_asker();
                match self.edge.turns.begin(asker, MessagePost { id, text, page, not })? {
                    Begun::Turn(log) => self.follow(&log, 0),
                    Begun::Conflict => {
                        return Err(Problem::new(Code::IdReused, "Send another text with a new id."));
                    }
                }
            }
            ClientMessage::Resume { id, after } => {
                self.room()?;
                let log = self.edge.turns.find(&session, id);
                let log = log.ok_or_else(|| Problem::new(Code::UnknownMessage, "Send the message again."))?;
                self.follow(&log, after);
            }
            ClientMessage::Stop { id } => {
                let log = self.edge.turns.find(&session, id);
                log.ok_or_else(|| Problem::new(Code::UnknownMessage, "There is nothing to stop."))?.stop();
            }
            ClientMessage::Feedback { id, rating, comment } => {
                self.room()?;
                let (edge, asker, outgoing) =
                    (Arc::clone(&self.edge), self.next_asker(), self.outgoing.clone());
                self.tasks.spawn(async move {
                    let feedback = FeedbackPost { id, rating, comment };
                    if let Err(problem) = calls::send_feedback(&edge, &asker, &feedback).await {
                        // The conversation is over when nobody listens any more.
                        let _ = outgoing.send(problem.to_event(Some(id))).await;
                    }
                });
            }
            ClientMessage::Handoff {} => {
                self.room()?;
                let (edge, asker, outgoing) =
                    (Arc::clone(&self.edge), self.next_asker(), self.outgoing.clone());
                self.tasks.spawn(async move { hand_off(&edge, &asker, &outgoing).await });
            }
        }
        Ok(())
    }

    fn room(&self) -> Result<(), Problem> {
        if self.tasks.len() < self.edge.config.chat.socket_turns_max {
            return Ok(());
        }
        Err(Problem::new(Code::RateLimited, "Wait for the answers that are on their way.")
            .with_retry_after(2))
    }

    fn next_asker(&mut self) -> Asker {
        self.messages += 1;
        let mut asker = self.asker.clone();
        asker.caller.request_id = format!("{}-{}", asker.caller.request_id, self.messages);
        asker
    }

    fn follow(&mut self, log: &Arc<TurnLog>, after: u32) {
        self.followed.retain(|followed| !followed.has_ended());
        self.followed.push(Arc::clone(log));
        let mut reader = log.reader(after);
        let outgoing = self.outgoing.clone();
        self.tasks.spawn(async move {
            while let Some(event) = reader.next().await {
                if outgoing.send(event).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Tells at once what is wrong with a message, past the events that wait: a full queue would lose it, and who empties the queue
/// cannot wait for room in it. While the client takes nothing, nothing more of its is read.
async fn tell(socket: &mut Socket, event: &Event) -> Result<(), Closing> {
    // A client that cannot be told is gone.
    socket.send(Message::text(event.to_json())).await.map_err(|_| None)
}

/// Waits until the edge is on its way out.
async fn draining(edge: &Edge) {
    // The sender is the edge's own, and the edge is alive.
    let _ = edge.draining().wait_for(|draining| *draining).await;
}

/// Tells the outcome as an answer of its own, under an id that the edge makes: the client sent none.
async fn hand_off(edge: &Edge, asker: &Asker, outgoing: &mpsc::Sender<Event>) {
    let events = match calls::send_handoff(edge, asker).await {
        Ok(reply) => match serde_json::from_slice::<chat::internal::HandoffReply>(&reply.body) {
            Ok(reply) => {
                let (id, source) = (Uuid::new_v4(), chat::Source::Tool);
                vec![
                    Event::Start { id, source },
                    Event::Delta { id, seq: 1, text: reply.message },
                    Event::Done { id, source, citations: Vec::new(), usage: chat::Usage::default() },
                ]
            }
            Err(_) => {
                vec![Problem::new(Code::BadGateway, "Nobody could be asked for. Try again.").to_event(None)]
            }
        },
        Err(problem) => vec![problem.to_event(None)],
    };
    for event in events {
        if outgoing.send(event).await.is_err() {
            return;
        }
    }
}

const fn id_of(message: &ClientMessage) -> Option<Uuid> {
    match message {
        ClientMessage::Message { id, .. }
        | ClientMessage::Stop { id }
        | ClientMessage::Resume { id, .. }
        | ClientMessage::Feedback { id, .. } => Some(*id),
        ClientMessage::Handoff {} => None,
    }
}

fn closing_of(error: &SocketError) -> Closing {
    match error {
        SocketError::Capacity(CapacityError::MessageTooLong { .. }) => {
            Some((CloseCode::Size, "the message is too large"))
        }
        SocketError::Utf8(_) => Some((CloseCode::Invalid, "text has to be UTF-8")),
        SocketError::Protocol(_) => Some((CloseCode::Protocol, "this is not the WebSocket protocol")),
        _ => None,
    }
}

/// Counts what a client sends beside turns.
struct Flood {
    since: Instant,
    control: u32,
    faults: u32,
    messages: u32,
}

impl Flood {
    fn new() -> Self {
        Self { since: Instant::now(), control: 0, faults: 0, messages: 0 }
    }

    fn control(&mut self) -> Result<(), Closing> {
        self.window();
        self.control += 1;
        within(self.control, CONTROL_FRAMES_MAX, "too many control frames")
    }

    fn fault(&mut self) -> Result<(), Closing> {
        self.window();
        self.faults += 1;
        within(self.faults, FAULTS_MAX, "too many messages that cannot be read")
    }

    fn message(&mut self) -> Result<(), Closing> {
        self.window();
        self.messages += 1;
        within(self.messages, MESSAGES_MAX, "too many messages")
    }

    fn window(&mut self) {
        if self.since.elapsed() >= FLOOD_WINDOW {
            *self = Self::new();
        }
    }
}

fn within(count: u32, most: u32, reason: &'static str) -> Result<(), Closing> {
    if count > most { Err(Some((CloseCode::Policy, reason))) } else { Ok(()) }
}
