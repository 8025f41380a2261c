//! Intents.
