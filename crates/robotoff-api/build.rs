//! Builds the crate again when the pages were.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
}
