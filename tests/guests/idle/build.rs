//! The stack of the smaller filters, so that a fresh instance costs what theirs does.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={}", 32 * 1024);
}
