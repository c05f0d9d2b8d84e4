//! Routes below `/api/v1/predict/ingredients`.

pub(crate) mod spellcheck;
