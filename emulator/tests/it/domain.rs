//! The life of container groups, from the front door of the domain to the simulated engine.

mod lifecycle;
