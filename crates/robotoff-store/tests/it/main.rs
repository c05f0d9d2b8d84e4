//! The store on real databases: the conformance tests of the ports, adoption, copying.

mod adoption;
mod conformance;
mod copying;
mod databases;
mod old_service;
