//! Bad requests as the edge alone judges them: framing, heads, floods, pages of others, bodies for the shop's site. Those that every host refuses alike are in
//! `hosts`.

mod floods;
mod framing;
mod heads;
mod pages;
mod site;
