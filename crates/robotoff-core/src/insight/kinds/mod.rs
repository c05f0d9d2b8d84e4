//! The rules of each kind of insight, one file each; which is whose stands in
//! `insight/mod.rs`.

pub(super) mod brand;
pub(super) mod category;
pub(super) mod expiration_date;
mod given;
pub(super) mod image_orientation;
pub(super) mod ingredient_detection;
pub(super) mod ingredient_spellcheck;
pub(super) mod is_upc_image;
pub(super) mod label;
pub(super) mod nutrient_extraction;
pub(super) mod nutrition_image;
pub(super) mod packager_code;
pub(super) mod packaging;
mod photo;
pub(super) mod product_weight;
pub(super) mod store;
mod tags;
