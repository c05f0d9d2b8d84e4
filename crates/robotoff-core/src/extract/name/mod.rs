//! Names of brands and stores: how they are spelt, and where on its line a name stands.

mod firm_words;
mod given_names;
mod place;
mod spelling;

pub(super) use place::{Case, NamePlace};
pub(super) use spelling::spellings;
