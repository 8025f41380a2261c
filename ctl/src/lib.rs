//! What `mangactl` does, for whoever builds what it builds: the set-up of this project, and its conformance tests.
#![forbid(unsafe_code)]

pub mod faq;
