//! The life of container groups, from the front door of the domain to the simulated engine.

mod adoption;
mod deliveries;
mod failures;
mod init;
mod lifecycle;
mod names;
mod probes;
mod replace;
mod restarts;
mod surroundings;
