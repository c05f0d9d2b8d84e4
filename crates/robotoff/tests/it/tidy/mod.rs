//! The rules of the house that the compiler does not know. STYLE.md and
//! ARCHITECTURE.md say why; a rule that stands here is kept by `make test`.
//!
//! Each rule is a function from what it looks at to the faults it finds, and has
//! a test on the checkout and one that shows that it can fail.

mod arrows;
mod checkout;
mod citations;
mod documents;
mod ignored;
mod modules;
mod names;
mod purity;
mod rust_code;
mod size;
mod vocabulary;

/// Fails with every fault on a line of its own.
#[track_caller]
fn assert_clean(faults: &[String]) {
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}
