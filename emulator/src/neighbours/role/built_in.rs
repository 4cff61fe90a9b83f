//! The built-in roles that clients of container groups assign, with Azure's guids.
//!
//! Source: "Azure built-in roles"; Contributor as recorded.

use super::permission::Permission;

/// A built-in role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name among roles.
    pub guid: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it allows.
    pub actions: &'static [&'static str],
    /// What of that it does not.
    pub not_actions: &'static [&'static str],
    /// What it allows with data.
    pub data_actions: &'static [&'static str],
}

/// The guid of Owner.
pub const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
/// The guid of Contributor.
pub const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

const fn role(
    guid: &'static str,
    name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
) -> BuiltIn {
    BuiltIn { guid, name, description, actions, not_actions: &[], data_actions: &[] }
}

const READ_ROLES: &str = "Microsoft.Authorization/*/read";
const ALERT_RULES: &str = "Microsoft.Insights/alertRules/*";
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments/*";
const READ_RESOURCE_GROUPS: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
const READ_HEALTH: &str = "Microsoft.ResourceHealth/availabilityStatuses/read";
const SUPPORT: &str = "Microsoft.Support/*";

/// The roles, by name.
pub const ROLES: &[BuiltIn] = &[
    role(
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        "AcrPull",
        "acr pull",
        &["Microsoft.ContainerRegistry/registries/pull/read"],
    ),
    role(
        "8311e382-0749-4cb8-b61a-304f252e45ec",
        "AcrPush",
        "acr push",
        &[
            "Microsoft.ContainerRegistry/registries/pull/read",
            "Microsoft.ContainerRegistry/registries/push/write",
        ],
    ),
    role(
        "5d977122-f97e-4b4d-a52f-6b43003ddb4d",
        "Azure Container Instances Contributor Role",
        "Grants read/write access to container groups provided by Azure Container Instances",
        &[
            READ_ROLES,
            "Microsoft.ContainerInstance/containerGroups/*",
            ALERT_RULES,
            DEPLOYMENTS,
            READ_RESOURCE_GROUPS,
            SUPPORT,
        ],
    ),
    BuiltIn {
        not_actions: &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
        ],
        ..role(
            CONTRIBUTOR,
            "Contributor",
            "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage \
             assignments in Azure Blueprints, or share image galleries.",
            &["*"],
        )
    },
    BuiltIn {
        data_actions: &[
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ],
        ..role("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", "Read secret contents.", &[])
    },
    role(
        "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
        "Log Analytics Contributor",
        "Log Analytics Contributor can read all monitoring data and edit monitoring settings.",
        &[
            "*/read",
            ALERT_RULES,
            "Microsoft.Insights/diagnosticSettings/*",
            "Microsoft.OperationalInsights/*",
            "Microsoft.OperationsManagement/*",
            DEPLOYMENTS,
            "Microsoft.Resources/subscriptions/resourcegroups/deployments/*",
            "Microsoft.Storage/storageAccounts/listKeys/action",
            SUPPORT,
        ],
    ),
    BuiltIn {
        not_actions: &["Microsoft.OperationalInsights/workspaces/sharedKeys/read"],
        ..role(
            "73c42c96-874c-492b-b04d-ab87d138a893",
            "Log Analytics Reader",
            "Log Analytics Reader can view and search all monitoring data as well as and view monitoring settings, \
             including viewing the configuration of Azure diagnostics on all Azure resources.",
            &[
                "*/read",
                "Microsoft.OperationalInsights/workspaces/analytics/query/action",
                "Microsoft.OperationalInsights/workspaces/search/action",
                SUPPORT,
            ],
        )
    },
    role(
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        "Managed Identity Contributor",
        "Create, Read, Update, and Delete User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete",
            READ_ROLES,
            ALERT_RULES,
            READ_RESOURCE_GROUPS,
            DEPLOYMENTS,
            SUPPORT,
        ],
    ),
    role(
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        "Read and Assign User Assigned Identity",
        &[
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            READ_ROLES,
            ALERT_RULES,
            READ_RESOURCE_GROUPS,
            DEPLOYMENTS,
            SUPPORT,
        ],
    ),
    role(
        "4d97b98b-1d4f-4787-a291-c67834d212e7",
        "Network Contributor",
        "Lets you manage networks, but not access to them.",
        &[
            READ_ROLES,
            ALERT_RULES,
            "Microsoft.Network/*",
            READ_HEALTH,
            DEPLOYMENTS,
            READ_RESOURCE_GROUPS,
            SUPPORT,
        ],
    ),
    role(
        OWNER,
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        &["*"],
    ),
    role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        &["*/read"],
    ),
    role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC. This role does not allow you to manage \
         access using other ways, such as Azure Policy.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            SUPPORT,
        ],
    ),
    role(
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        "Storage Account Contributor",
        "Lets you manage storage accounts, including accessing storage account keys which provide full access to \
         storage account data.",
        &[
            READ_ROLES,
            ALERT_RULES,
            "Microsoft.Insights/diagnosticSettings/*",
            "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
            READ_HEALTH,
            DEPLOYMENTS,
            READ_RESOURCE_GROUPS,
            "Microsoft.Storage/storageAccounts/*",
            SUPPORT,
        ],
    ),
    role(
        "81a9662b-bebf-436f-a333-f67b29880f12",
        "Storage Account Key Operator Service Role",
        "Storage Account Key Operators are allowed to list and regenerate keys on Storage Accounts",
        &[
            "Microsoft.Storage/storageAccounts/listkeys/action",
            "Microsoft.Storage/storageAccounts/regeneratekey/action",
        ],
    ),
    BuiltIn {
        data_actions: &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
        ],
        ..role(
            "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
            "Storage Blob Data Contributor",
            "Allows for read, write and delete access to Azure Storage blob containers and data",
            &[
                "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
                "Microsoft.Storage/storageAccounts/blobServices/containers/read",
                "Microsoft.Storage/storageAccounts/blobServices/containers/write",
                "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
            ],
        )
    },
    BuiltIn {
        data_actions: &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
        ..role(
            "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
            "Storage Blob Data Reader",
            "Allows for read access to Azure Storage blob containers and data",
            &[
                "Microsoft.Storage/storageAccounts/blobServices/containers/read",
                "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
            ],
        )
    },
    BuiltIn {
        data_actions: &[
            "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/read",
            "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/write",
            "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/delete",
        ],
        ..role(
            "0c867c2a-1d8c-454a-a3db-ab2ea1bdc8bb",
            "Storage File Data SMB Share Contributor",
            "Allows for read, write, and delete access in Azure Storage file shares over SMB",
            &[],
        )
    },
    role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        &["*/read", "Microsoft.Authorization/*", SUPPORT],
    ),
];

/// A role by its guid.
pub fn find(guid: &str) -> Option<&'static BuiltIn> {
    ROLES.iter().find(|role| role.guid.eq_ignore_ascii_case(guid))
}

impl BuiltIn {
    /// What it allows.
    pub fn permission(&self) -> Permission {
        let own = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
        Permission {
            actions: own(self.actions),
            not_actions: own(self.not_actions),
            data_actions: own(self.data_actions),
            not_data_actions: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_guids_are_their_roles_own() {
        for (index, role) in ROLES.iter().enumerate() {
            assert!(role.guid.parse::<uuid::Uuid>().is_ok(), "{}", role.name);
            assert_eq!(find(&role.guid.to_uppercase()), Some(role));
            let earlier = &ROLES[..index];
            assert!(earlier.iter().all(|it| it.name < role.name && it.guid != role.guid), "{}", role.name);
        }
    }
}
