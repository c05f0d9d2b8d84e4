//! The store on real databases: the conformance tests of the ports, adoption, copying.

mod adoption;
mod backups;
mod clocks;
mod conformance;
mod copying;
mod databases;
mod lists;
mod maintenance;
mod migrating;
mod old_service;
mod queue;
mod raw;
mod silent;
mod unreadable;
