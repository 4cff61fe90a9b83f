//! The catalogue of constraints: every way in which Azure Container Instances refuses or fails, what it says, why, the
//! smallest recipe that shows it against the emulator, and the way out.
//!
//! Nothing is said twice: words, codes and statuses come from the emulator's own constructors and tables, which the
//! recipes are then compared with. `docs/CONSTRAINTS.md` is generated from here ([`document`]); the tests run every
//! recipe.

#[macro_use]
mod table;

mod addresses;
mod area;
pub mod body;
pub mod document;
pub mod evidence;
pub mod pods;
pub mod recipe;
pub mod says;

mod containers;
mod front_door;
mod identity;
mod images;
mod lifecycle;
mod names;
mod network;
mod platform;
mod probes;
mod quotas;
mod resources;
mod skus;
mod standby_pools;
mod volumes;

pub use area::Area;
pub use recipe::Recipe;
pub use says::Says;

/// One way in which the service says no.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// Its name for ever, in kebab-case: the anchor in the document, and the name of the recipe's container group.
    pub id: &'static str,
    /// What it is about.
    pub area: Area,
    /// What Azure says, and where that is known from.
    pub says: Says,
    /// Why Azure says so: a sentence or two.
    pub why: &'static str,
    /// What to change: a sentence or two.
    pub way_out: &'static str,
    /// How to see it here.
    pub recipe: Recipe,
}

/// Every constraint, area by area.
pub fn catalogue() -> impl Iterator<Item = &'static Constraint> {
    TABLES.iter().copied().flatten()
}

/// The tables, in the order of the document.
const TABLES: &[&[Constraint]] = &[
    names::CONSTRAINTS,
    containers::CONSTRAINTS,
    probes::CONSTRAINTS,
    resources::CONSTRAINTS,
    addresses::CONSTRAINTS,
    volumes::CONSTRAINTS,
    images::CONSTRAINTS,
    identity::CONSTRAINTS,
    skus::CONSTRAINTS,
    network::CONSTRAINTS,
    quotas::CONSTRAINTS,
    lifecycle::CONSTRAINTS,
    standby_pools::CONSTRAINTS,
    front_door::CONSTRAINTS,
    platform::CONSTRAINTS,
    pods::ADD_ON,
    pods::ANSWERS,
    pods::CONTAINERS,
];
