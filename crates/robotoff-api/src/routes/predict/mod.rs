//! Routes below `/api/v1/predict`: predictions that are made for the request and not stored.

pub(crate) mod category;
pub(crate) mod ingredient_list;
pub(crate) mod ingredients;
pub(crate) mod lang;
pub(crate) mod lang_product;
pub(crate) mod nutrition;
pub(crate) mod ocr_prediction;
