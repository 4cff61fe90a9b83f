//! The wire types against what Azure really sent.

mod recordings;
