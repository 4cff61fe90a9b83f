//! The regions of Azure Container Instances, by programmatic and display name.

/// A region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// As in URLs and host names: `westcentralus`.
    pub name: &'static str,
    /// As shown to people: `West Central US`.
    pub display: &'static str,
}

const fn region(name: &'static str, display: &'static str) -> Region {
    Region { name, display }
}

/// Where container groups may be made. Source: "Resource availability and quota limits", azure-compute-docs.
pub const REGIONS: &[Region] = &[
    region("australiacentral", "Australia Central"),
    region("australiaeast", "Australia East"),
    region("australiasoutheast", "Australia Southeast"),
    region("brazilsouth", "Brazil South"),
    region("canadacentral", "Canada Central"),
    region("canadaeast", "Canada East"),
    region("centralindia", "Central India"),
    region("centralus", "Central US"),
    region("eastasia", "East Asia"),
    region("eastus", "East US"),
    region("eastus2", "East US 2"),
    region("francecentral", "France Central"),
    region("germanywestcentral", "Germany West Central"),
    region("israelcentral", "Israel Central"),
    region("italynorth", "Italy North"),
    region("japaneast", "Japan East"),
    region("japanwest", "Japan West"),
    region("jioindiawest", "Jio India West"),
    region("koreacentral", "Korea Central"),
    region("koreasouth", "Korea South"),
    region("mexicocentral", "Mexico Central"),
    region("newzealandnorth", "New Zealand North"),
    region("northcentralus", "North Central US"),
    region("northeurope", "North Europe"),
    region("norwayeast", "Norway East"),
    region("norwaywest", "Norway West"),
    region("polandcentral", "Poland Central"),
    region("qatarcentral", "Qatar Central"),
    region("southafricanorth", "South Africa North"),
    region("southcentralus", "South Central US"),
    region("southeastasia", "Southeast Asia"),
    region("southindia", "South India"),
    region("spaincentral", "Spain Central"),
    region("swedencentral", "Sweden Central"),
    region("swedensouth", "Sweden South"),
    region("switzerlandnorth", "Switzerland North"),
    region("switzerlandwest", "Switzerland West"),
    region("uaenorth", "UAE North"),
    region("uksouth", "UK South"),
    region("ukwest", "UK West"),
    region("westcentralus", "West Central US"),
    region("westeurope", "West Europe"),
    region("westindia", "West India"),
    region("westus", "West US"),
    region("westus2", "West US 2"),
    region("westus3", "West US 3"),
];

/// The programmatic name of a location as a caller wrote it: `West US` and `WestUS` are `westus` (recorded:
/// the location is echoed as given, while URLs carry the normalised one).
pub fn normalise(location: &str) -> String {
    location.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether container groups may be made there.
pub fn is_known(location: &str) -> bool {
    let name = normalise(location);
    REGIONS.iter().any(|region| region.name == name)
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
