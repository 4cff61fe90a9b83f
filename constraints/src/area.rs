//! What a constraint is about: the chapters of the document.

macro_rules! areas {
    ($($(#[$meta:meta])* $name:ident $title:literal),+ $(,)?) => {
        /// What a constraint is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Area { $($(#[$meta])* $name),+ }

        impl Area {
            /// All of them, in the order of the document.
            pub const ALL: &'static [Area] = &[$(Self::$name),+];

            /// The heading of its chapter.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

areas! {
    /// Names, kinds and missing members.
    Names "Names and shapes",
    /// CPU, memory and GPUs.
    Resources "Resources",
    /// Ports, addresses, host names.
    Addresses "Ports and addresses",
    /// Volumes and mounts.
    Volumes "Volumes",
    /// Images and registries.
    Images "Images and registries",
    /// Managed identities.
    Identity "Identity",
    /// SKUs, zones, spot, confidential computing.
    Skus "SKUs, zones, spot and confidential groups",
    /// Subnets, networks and profiles.
    Network "Virtual networks",
    /// Quotas, rates and the capacity of regions.
    Quotas "Quotas, rates and capacity",
    /// What a group's state forbids, and what becomes of its containers.
    Lifecycle "Lifecycle",
    /// Groups from standby pools.
    StandbyPools "Standby pools",
    /// Azure Resource Manager, before any group is looked at.
    FrontDoor "The front door",
    /// What Azure itself does to groups that are all right.
    Platform "Faults of the platform",
    /// What only a pod meets.
    Pods "Pods on a virtual node",
}
