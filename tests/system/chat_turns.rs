//! Chat turns as the edge alone has them: over a socket, joined while they run, flushed when it ends. Those by post are in `hosts`.

mod answers;
mod calls;
mod limits;
mod logs;
mod memory;
mod repeats;
mod turned_down;
