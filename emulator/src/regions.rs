//! The regions of Azure Container Instances, by programmatic and display name.

/// A region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// As in URLs and host names: `westcentralus`.
    pub name: &'static str,
    /// As shown to people: `West Central US`.
    pub display: &'static str,
    /// The group of geographies that it is in: `US`. Source: `az account list-locations`.
    pub geography_group: &'static str,
}

const fn region(name: &'static str, display: &'static str, geography_group: &'static str) -> Region {
    Region { name, display, geography_group }
}

const AFRICA: &str = "Africa";
const ASIA_PACIFIC: &str = "Asia Pacific";
const CANADA: &str = "Canada";
const EUROPE: &str = "Europe";
const MEXICO: &str = "Mexico";
const MIDDLE_EAST: &str = "Middle East";
const SOUTH_AMERICA: &str = "South America";
const US: &str = "US";

/// Where container groups may be made. Source: "Resource availability and quota limits", azure-compute-docs.
pub const REGIONS: &[Region] = &[
    region("australiacentral", "Australia Central", ASIA_PACIFIC),
    region("australiaeast", "Australia East", ASIA_PACIFIC),
    region("australiasoutheast", "Australia Southeast", ASIA_PACIFIC),
    region("brazilsouth", "Brazil South", SOUTH_AMERICA),
    region("canadacentral", "Canada Central", CANADA),
    region("canadaeast", "Canada East", CANADA),
    region("centralindia", "Central India", ASIA_PACIFIC),
    region("centralus", "Central US", US),
    region("eastasia", "East Asia", ASIA_PACIFIC),
    region("eastus", "East US", US),
    region("eastus2", "East US 2", US),
    region("francecentral", "France Central", EUROPE),
    region("germanywestcentral", "Germany West Central", EUROPE),
    region("israelcentral", "Israel Central", MIDDLE_EAST),
    region("italynorth", "Italy North", EUROPE),
    region("japaneast", "Japan East", ASIA_PACIFIC),
    region("japanwest", "Japan West", ASIA_PACIFIC),
    region("jioindiawest", "Jio India West", ASIA_PACIFIC),
    region("koreacentral", "Korea Central", ASIA_PACIFIC),
    region("koreasouth", "Korea South", ASIA_PACIFIC),
    region("mexicocentral", "Mexico Central", MEXICO),
    region("newzealandnorth", "New Zealand North", ASIA_PACIFIC),
    region("northcentralus", "North Central US", US),
    region("northeurope", "North Europe", EUROPE),
    region("norwayeast", "Norway East", EUROPE),
    region("norwaywest", "Norway West", EUROPE),
    region("polandcentral", "Poland Central", EUROPE),
    region("qatarcentral", "Qatar Central", MIDDLE_EAST),
    region("southafricanorth", "South Africa North", AFRICA),
    region("southcentralus", "South Central US", US),
    region("southeastasia", "Southeast Asia", ASIA_PACIFIC),
    region("southindia", "South India", ASIA_PACIFIC),
    region("spaincentral", "Spain Central", EUROPE),
    region("swedencentral", "Sweden Central", EUROPE),
    region("swedensouth", "Sweden South", EUROPE),
    region("switzerlandnorth", "Switzerland North", EUROPE),
    region("switzerlandwest", "Switzerland West", EUROPE),
    region("uaenorth", "UAE North", MIDDLE_EAST),
    region("uksouth", "UK South", EUROPE),
    region("ukwest", "UK West", EUROPE),
    region("westcentralus", "West Central US", US),
    region("westeurope", "West Europe", EUROPE),
    region("westindia", "West India", ASIA_PACIFIC),
    region("westus", "West US", US),
    region("westus2", "West US 2", US),
    region("westus3", "West US 3", US),
];

/// The programmatic name of a location as a caller wrote it: `West US` and `WestUS` are `westus` (recorded:
/// the location is echoed as given, while URLs carry the normalised one).
pub fn normalise(location: &str) -> String {
    location.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether container groups may be made there.
pub fn is_known(location: &str) -> bool {
    find(location).is_some()
}

/// The region of a location as a caller wrote it.
pub fn find(location: &str) -> Option<&'static Region> {
    let name = normalise(location);
    REGIONS.iter().find(|region| region.name == name)
}

/// The programmatic names, for error texts; each text has a separator of its own.
pub fn names(separator: &str) -> String {
    REGIONS.iter().map(|region| region.name).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_known_by_either_of_its_names() {
        assert!(REGIONS.iter().all(|region| is_known(region.name) && is_known(region.display)));
        assert!(!is_known("atlantis"));
    }
}
