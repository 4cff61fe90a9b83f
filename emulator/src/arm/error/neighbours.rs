//! The errors of the resources beside container groups, and of what stands before all of them.

use aci_model::ResourceId;
use aci_model::error::CloudErrorBody;
use http::StatusCode;

use super::ArmError;
use crate::neighbours::cidr::CidrFault;
use crate::neighbours::network::NetworkFault;
use crate::regions;

impl ArmError {
    fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    // Versions and places

    /// DOC, USER: a version that a type beside container groups does not have, on a call whose location is known.
    pub fn version_not_served(location: &str, version: &str, kind: &str, supported: &[&str]) -> Self {
        let (supported, locations) = (supported.join(", "), regions::names(", "));
        let text = format!(
            "No registered resource provider found for location '{location}' and API version '{version}' for type \
             '{kind}'. The supported api-versions are '{supported}'. The supported locations are '{locations}'."
        );
        Self::bad_request("NoRegisteredProviderFound", text).by_gateway()
    }

    /// USER: the same where no location is known, or the type is unknown.
    pub fn type_not_served(namespace: &str, kind: &str, version: &str, supported: &[&str]) -> Self {
        let text = format!(
            "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version \
             '{version}'. The supported api-versions are '{}'.",
            supported.join(",")
        );
        Self::not_found("InvalidResourceType", text).by_gateway()
    }

    /// WELL-KNOWN.
    pub fn location_not_available(location: &str, kind: &str) -> Self {
        let text = format!(
            "The provided location '{location}' is not available for resource type '{kind}'. List of available \
             regions for the resource type is '{}'.",
            regions::names(",")
        );
        Self::bad_request("LocationNotAvailableForResourceType", text).by_gateway()
    }

    /// WELL-KNOWN.
    pub fn resource_moved(id: &ResourceId, actual: &str, wanted: &str) -> Self {
        let text = format!(
            "The resource '{}' already exists in location '{actual}' in resource group '{}'. A resource with the \
             same name cannot be created in location '{wanted}'. Please select a new resource name.",
            id.name(),
            id.resource_group
        );
        Self::conflict("InvalidResourceLocation", text).by_gateway()
    }

    /// WELL-KNOWN: a sub-resource is to be made of something that is not there.
    pub fn parent_not_found(parent: &str) -> Self {
        let text = format!(
            "Can not perform requested operation on nested resource. Parent resource '{parent}' not found."
        );
        Self::not_found("ParentResourceNotFound", text).by_gateway()
    }

    /// ASSUMED: the words for a move, which the emulator does not do.
    pub fn move_not_supported() -> Self {
        let text = "Resources cannot be moved between resource groups here. Create them anew in the target resource \
                    group and delete the old ones.";
        Self::conflict("ResourceMoveNotSupported", text).by_gateway()
    }

    // Subscriptions, resource groups, registration

    /// WELL-KNOWN.
    pub fn resource_group_being_deleted(name: &str) -> Self {
        let text = format!(
            "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
        );
        Self::conflict("ResourceGroupBeingDeleted", text).by_gateway()
    }

    /// USER.
    pub fn subscription_disabled(id: &str) -> Self {
        let text = format!(
            "The subscription '{id}' is disabled and therefore marked as read only. You cannot perform any write \
             actions on this subscription until it is re-enabled."
        );
        Self::conflict("ReadOnlyDisabledSubscription", text).by_gateway()
    }

    /// USER: many, with the details.
    pub fn subscription_not_registered(namespace: &str) -> Self {
        let code = "MissingSubscriptionRegistration";
        let text = format!(
            "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for \
             how to register subscriptions."
        );
        let mut error = Self::conflict(code, text.clone()).by_gateway();
        let target = Some(namespace.to_owned());
        let detail = CloudErrorBody { code: code.to_owned(), message: text, target, details: Vec::new() };
        error.body.error.details.push(detail);
        error
    }

    // Who may do what

    /// DOC.
    pub fn not_authorized(client: &str, object: &str, action: &str, scope: &str) -> Self {
        let text = format!(
            "The client '{client}' with object id '{object}' does not have authorization to perform action \
             '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh \
             your credentials."
        );
        Self::forbidden("AuthorizationFailed", text).by_gateway()
    }

    /// USER: planetary-computer-hub #25.
    pub fn not_authorized_linked(
        (client, object): (&str, &str),
        (action, scope): (&str, &str),
        (linked_action, linked_scope): (&str, &str),
    ) -> Self {
        let text = format!(
            "The client '{client}' with object id '{object}' has permission to perform action '{action}' on scope \
             '{scope}'; however, it does not have permission to perform action '{linked_action}' on the linked \
             scope(s) '{linked_scope}' or the linked scope(s) are invalid."
        );
        Self::forbidden("LinkedAuthorizationFailed", text).by_gateway()
    }

    /// USER.
    pub fn token_without_principal(authority: &str) -> Self {
        let text = "The received access token is not valid: at least one of the claims 'puid' or 'altsecid' or 'oid' \
                    should be present. If you are accessing as application please make sure service principal is \
                    properly created in the tenant.";
        Self::unauthorized("InvalidAuthenticationToken", text, authority)
    }

    /// USER.
    pub fn token_for_another(audience: &str, allowed: &[&str], authority: &str) -> Self {
        let text = format!(
            "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match \
             with one of the allowed audiences '{}'.",
            allowed.join("','")
        );
        Self::unauthorized("InvalidAuthenticationTokenAudience", &text, authority)
    }

    // Roles

    /// USER: the sentence; `name` is the assignment that is there already.
    pub fn role_assignment_exists(name: &str) -> Self {
        let text = format!(
            "The role assignment already exists. The ID of the conflicting role assignment is {name}."
        );
        Self::conflict("RoleAssignmentExists", text)
    }

    /// WELL-KNOWN.
    pub fn role_assignment_not_found(name: &str) -> Self {
        Self::not_found("RoleAssignmentNotFound", format!("The role assignment '{name}' is not found."))
    }

    /// WELL-KNOWN.
    pub fn role_assignment_update() -> Self {
        let text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
        Self::bad_request("RoleAssignmentUpdateNotPermitted", text)
    }

    /// WELL-KNOWN.
    pub fn invalid_assignment_id(name: &str) -> Self {
        let text =
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.");
        Self::bad_request("InvalidRoleAssignmentId", text)
    }

    /// WELL-KNOWN.
    pub fn invalid_principal_id(id: &str) -> Self {
        Self::bad_request(
            "InvalidPrincipalId",
            format!("A valid principal ID must be provided for role assignment: '{id}'."),
        )
    }

    /// WELL-KNOWN.
    pub fn role_definition_not_found(id: &str) -> Self {
        let text = format!("The specified role definition with ID '{id}' does not exist.");
        Self::bad_request("RoleDefinitionDoesNotExist", text)
    }

    /// WELL-KNOWN: the same on a GET.
    pub fn no_such_role(id: &str) -> Self {
        let text = format!("The role definition '{id}' does not exist.");
        Self::not_found("RoleDefinitionDoesNotExist", text)
    }

    /// WELL-KNOWN.
    pub fn role_name_taken(name: &str) -> Self {
        let text = format!(
            "A custom role with the same name already exists in this directory. Use a different name. Role name: '{name}'."
        );
        Self::conflict("RoleDefinitionWithSameNameExists", text)
    }

    /// WELL-KNOWN.
    pub fn role_is_assigned() -> Self {
        Self::bad_request(
            "RoleDefinitionHasAssignments",
            "There are existing role assignments referencing role.",
        )
    }

    /// ASSUMED: Azure refuses too; the words are not known.
    pub fn role_is_built_in(name: &str) -> Self {
        let text = format!("The role '{name}' is built in and cannot be changed or deleted.");
        Self::bad_request("RoleDefinitionIsBuiltIn", text)
    }

    // Networks

    /// WELL-KNOWN: a part of a network that is not there.
    pub fn network_part_not_found(id: &str) -> Self {
        Self::not_found("NotFound", format!("Resource {id} not found."))
    }

    /// USER: azure-docs #20737.
    pub fn profile_in_use(profile: &ResourceId, group: &ResourceId) -> Self {
        let text = format!(
            "Network profile {profile} is already in use with container nics {}_eth0; cannot update or delete",
            group.name()
        );
        Self::bad_request("NetworkProfileAlreadyInUseWithContainerNics", text)
    }

    /// WELL-KNOWN.
    pub fn security_group_in_use(group: &ResourceId, subnet: &ResourceId) -> Self {
        let text = format!(
            "Network security group {group} cannot be deleted because it is in use by the following resources: \
             {subnet}. In order to delete the Network security group, remove the association with the resource(s). To \
             learn how to do this, see aka.ms/deletensg."
        );
        Self::bad_request("InUseNetworkSecurityGroupCannotBeDeleted", text)
    }

    /// ASSUMED: what a query must be.
    pub fn invalid_address(text: &str) -> Self {
        Self::bad_request("InvalidIPAddressFormat", format!("'{text}' is not an IP address."))
    }

    // Storage

    /// WELL-KNOWN.
    pub fn storage_account_name(name: &str) -> Self {
        let text = format!(
            "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in \
             length and use numbers and lower-case letters only."
        );
        Self::bad_request("AccountNameInvalid", text)
    }

    /// WELL-KNOWN.
    pub fn storage_account_taken(name: &str) -> Self {
        Self::conflict(
            "StorageAccountAlreadyTaken",
            format!("The storage account named {name} is already taken."),
        )
    }

    /// ASSUMED: the code is the service's for values that it does not know.
    pub fn storage_value(name: &str, value: &str) -> Self {
        let text =
            format!("Value for one of the properties in the request body is invalid: {name} '{value}'.");
        Self::bad_request("InvalidValuesForRequestParameters", text)
    }

    /// WELL-KNOWN.
    pub fn share_not_found() -> Self {
        Self::not_found("ShareNotFound", "The specified share does not exist.")
    }

    /// WELL-KNOWN.
    pub fn share_name() -> Self {
        let text = "The specified resource name contains invalid characters.";
        Self::bad_request("InvalidResourceName", text)
    }

    // Vaults

    /// WELL-KNOWN.
    pub fn vault_name(name: &str) -> Self {
        let text = format!(
            "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name \
             must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this \
             link for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
        );
        Self::bad_request("VaultNameNotValid", text)
    }

    /// WELL-KNOWN.
    pub fn vault_taken(name: &str) -> Self {
        let text = format!(
            "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name \
             is already taken."
        );
        Self::conflict("VaultAlreadyExists", text)
    }

    /// ASSUMED.
    pub fn vault_secret_name(name: &str) -> Self {
        let text = format!(
            "The request URI contains an invalid name: {name}. A secret's name is 1 to 127 letters, digits and hyphens."
        );
        Self::bad_request("BadParameter", text)
    }

    /// ASSUMED.
    pub fn vault_policy_change(word: &str) -> Self {
        let text = format!(
            "The operation '{word}' on access policies is invalid. The value must be one of 'add,replace,remove'."
        );
        Self::bad_request("BadRequest", text)
    }

    // What container groups refer to

    /// REC ×11.
    pub fn network_profile_not_found(profile: &str, group: &str) -> Self {
        let text = format!("Network profile '{profile}' is not found for container group '{group}'.");
        Self::bad_request("NetworkProfileNotFound", text)
    }

    /// ASSUMED by analogy with network profiles.
    pub fn subnet_not_found(subnet: &ResourceId, group: &str) -> Self {
        let text = format!("Subnet '{subnet}' is not found for container group '{group}'.");
        Self::bad_request("SubnetNotFound", text)
    }

    /// USER: the sentence, of another service's subnet (azure-docs #48902).
    pub fn subnet_not_delegated(subnet: &ResourceId, link: &str) -> Self {
        let text = format!(
            "Subnet {subnet} requires any of the following delegation(s) [{}] to reference service association link \
             {link}.",
            crate::neighbours::network::CONTAINER_GROUPS_SERVICE
        );
        Self::bad_request("SubnetMissingRequiredDelegation", text)
    }

    // Identities

    /// WELL-KNOWN.
    pub fn federated_credential(name: &str) -> Self {
        let text = format!(
            "The properties 'issuer', 'subject' and 'audiences' of the federated identity credential '{name}' must be \
             given."
        );
        Self::bad_request("BadRequest", text)
    }

    /// USER: the envelope is ARM's; the inner sentence is ASSUMED.
    pub fn identity_not_found(resource: &ResourceId, identity: &str) -> Self {
        let inner = CloudErrorBody {
            code: "BadRequest".to_owned(),
            message: format!("Resource '{identity}' was not found."),
            ..CloudErrorBody::default()
        };
        let response = serde_json::to_string(&aci_model::CloudError { error: inner }).unwrap_or_default();
        let text = format!(
            "Identity operation for resource '{resource}' failed with error 'Failed to perform resource identity \
             operation. Status: 'BadRequest'. Response: '{response}'.'."
        );
        Self::bad_request("FailedIdentityOperation", text).by_gateway()
    }
}

impl From<NetworkFault> for ArmError {
    /// USER, unless another mark is given.
    fn from(fault: NetworkFault) -> Self {
        match fault {
            NetworkFault::Prefix { resource, fault: CidrFault::Format(text) } => Self::bad_request(
                "InvalidAddressPrefixFormat",
                format!(
                    "Address prefix {text} of resource {resource} is not formatted correctly. It should follow CIDR \
                     notation, for example 10.0.0.0/24."
                ),
            ),
            NetworkFault::Prefix { resource, fault: CidrFault::HostBits { text, network } } => {
                Self::bad_request(
                    "InvalidCIDRNotation",
                    format!(
                        "The address prefix {text} in resource {resource} has an invalid CIDR notation. For the given \
                     prefix length, the address prefix should be {network}."
                    ),
                )
            }
            // ASSUMED: the words.
            NetworkFault::NoAddressSpace(network) => Self::bad_request(
                "VnetAddressSpaceNotSpecified",
                format!("The address space of virtual network '{network}' is not specified."),
            ),
            // ASSUMED: the words.
            NetworkFault::AddressSpacesOverlap { network, one, other } => Self::bad_request(
                "VnetAddressSpacesOverlap",
                format!("Address prefixes {one} and {other} of virtual network '{network}' overlap."),
            ),
            NetworkFault::NoPrefix { subnet, network } => Self::bad_request(
                "NetcfgInvalidSubnet",
                format!("Subnet '{subnet}' is not valid in virtual network '{network}'."),
            ),
            NetworkFault::Outside { subnet, network } => Self::bad_request(
                "NetcfgSubnetRangeOutsideVnet",
                format!(
                    "Subnet '{subnet}' is not valid because its IP address range is outside the IP address range of \
                     virtual network '{network}'."
                ),
            ),
            NetworkFault::Overlap { subnet, network } => Self::bad_request(
                "NetcfgSubnetRangesOverlap",
                format!(
                    "Subnet '{subnet}' is not valid because its IP address range overlaps with that of an existing \
                     subnet in virtual network '{network}'."
                ),
            ),
            // ASSUMED: the words.
            NetworkFault::SameName { subnet, network } => Self::bad_request(
                "DuplicateResourceName",
                format!("Virtual network '{network}' has two child resources with the same name ({subnet})."),
            ),
            NetworkFault::InUse { subnet, user } => Self::bad_request(
                "InUseSubnetCannotBeDeleted",
                format!(
                    "Subnet {subnet} is in use by {user} and cannot be deleted. In order to delete the subnet, delete \
                     all the resources within the subnet. See aka.ms/deletesubnet."
                ),
            ),
            NetworkFault::DelegationInUse { subnet, before, after, user } => Self::bad_request(
                "SubnetDelegationsCannotChangeWhenSubnetUsedByResource",
                format!(
                    "Delegations of subnet {subnet} cannot be changed from [{}] to [{}] because it is being used by \
                     the resource {user}.",
                    before.join(", "),
                    after.join(", ")
                ),
            ),
            NetworkFault::PrefixInUse { prefix, subnet } => Self::bad_request(
                "InUsePrefixCannotBeDeleted",
                format!("IpPrefix {prefix} on Subnet {subnet} has active allocations and cannot be deleted."),
            ),
        }
    }
}
