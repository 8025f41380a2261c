//! WebSockets: the handshake, frames, floods, messages, and how a socket ends.

mod aid;
mod ends;
mod floods;
mod frames;
mod handshake;
mod messages;
