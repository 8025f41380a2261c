//! The stack of this filter: a fresh instance is dearer the more memory it spans, and the linker's default of 1 MiB is never used.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={}", 64 * 1024);
}
