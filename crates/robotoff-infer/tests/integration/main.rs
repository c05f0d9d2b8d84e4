//! Reading of photos with the real models, which `pip` fetches.

mod photos;
