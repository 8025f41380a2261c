//! The origin fails as the edge alone can tell: in the times that it is given, over a socket, on the admin listener. What every host
//! makes of an origin that is down, cut off, overloaded or sends garbage is in `hosts`.

mod addresses;
mod cut;
mod health;
mod memory;
mod refusals;
mod slow;
