//! The resources beside container groups, over HTTP.

mod admission;
mod arbitrary;
mod directory;
mod graph;
mod identities;
mod lists;
mod network;
mod races;
mod restart;
mod roles;
mod sign_in;
mod storage;
mod tags;
mod workspaces;
