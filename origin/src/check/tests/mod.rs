//! The check as a whole, against records of the fixture shop and of the demo shop.

mod bypass;
mod corpus;
mod correct;
mod ground;
mod guards;
mod stream;
mod world;
