//! What a request can get wrong: one variant, code, status and text per rule.
//!
//! Each variant's documentation names its evidence: REC recorded, DOC Microsoft's documentation, USER pasted
//! by a user of Azure, ASSUMED where no source gives the code or the words, OURS where aci-local refuses what
//! Azure accepts.

/// Declares the rules as a table: a variant with its fields, then status, code and text.
macro_rules! violations {
    ($($(#[doc = $evidence:literal])+ $name:ident { $($field:ident: $kind:ty),* $(,)? } => $status:literal $code:literal $text:literal;)+) => {
        /// A rule that a request broke.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Violation {
            $($(#[doc = $evidence])+ $name { $(#[doc = concat!("The blank `", stringify!($field), "` of the text.")] $field: $kind),* },)+
        }

        impl Violation {
            /// Its name in [`RULES`].
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name { .. } => stringify!($name),)+ }
            }

            /// The HTTP status.
            pub fn status(&self) -> u16 {
                match self { $(Self::$name { .. } => $status,)+ }
            }

            /// Azure's code.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)+ }
            }
        }

        /// Every rule, in the order in which their families are checked.
        pub const RULES: &[Rule] = &[$(Rule {
            name: stringify!($name),
            status: $status,
            code: $code,
            text: $text,
            evidence: concat!($($evidence),+),
        }),+];

        impl std::fmt::Display for Violation {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $(Self::$name { $($field),* } => write!(f, $text),)+ }
            }
        }
    };
}

/// A rule as a line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The variant.
    pub name: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Azure's code.
    pub code: &'static str,
    /// Azure's words, with blanks in braces.
    pub text: &'static str,
    /// The mark of its evidence, and what there is to say about it.
    pub evidence: &'static str,
}

violations! {
    /// DOC. Newtonsoft's wording; line and column are found by the edge, which has the text.
    RequiredPropertyMissing { property: &'static str, path: String, line: usize, position: usize } => 400 "InvalidRequestContent"
        "The request content was invalid and could not be deserialized: 'Required property '{property}' not found in JSON. Path '{path}', line {line}, position {position}.'.";
    /// WELL-KNOWN.
    LocationRequired {} => 400 "LocationRequired"
        "The location property is required for this definition.";
    /// WELL-KNOWN.
    LocationNotAvailable { location: String, regions: String } => 400 "LocationNotAvailableForResourceType"
        "The provided location '{location}' is not available for resource type 'Microsoft.ContainerInstance/containerGroups'. List of available regions for the resource type is '{regions}'.";
    /// ASSUMED by analogy with `InvalidOsType`.
    Sku { group: String } => 400 "InvalidSku"
        "The 'sku' of container group '{group}' is invalid. The value must be one of 'Standard,Dedicated,Confidential'.";
    /// ASSUMED; that a group is in one zone of its region is DOC.
    Zones { zones: String, location: String, group: String } => 400 "InvalidAvailabilityZone"
        "The zones '{zones}' of container group '{group}' are invalid. Exactly one availability zone of the location '{location}' can be specified.";
    /// ASSUMED by analogy with `InvalidOsType`.
    IdentityKind { group: String } => 400 "InvalidIdentityType"
        "The identity 'type' of container group '{group}' is invalid. The value must be one of 'SystemAssigned,UserAssigned,SystemAssigned, UserAssigned,None'.";
    /// ASSUMED.
    IdentitiesMissing { group: String } => 400 "InvalidIdentityValues"
        "The 'userAssignedIdentities' of container group '{group}' must name an identity if and only if the identity type contains 'UserAssigned'.";
    /// ASSUMED.
    IdentityId { id: String, group: String } => 400 "InvalidIdentityValues"
        "The identity id '{id}' of container group '{group}' is invalid. It must be the resource id of a user-assigned identity.";
    /// USER.
    IdentityOnWindows {} => 400 "IdentityNotSupportedOnWindows"
        "Managed service identity is not supported for Windows container groups.";
    /// USER.
    VolumesOnWindows {} => 400 "WindowsContainersVolumeNotSupported"
        "Azure file volumes are not supported for Windows containers.";
    /// ASSUMED; that Windows groups have one container is DOC.
    ContainersOnWindows { group: String } => 400 "MultipleContainersNotSupportedOnWindows"
        "The container group '{group}' is invalid. Windows container groups have exactly one container and no init containers.";
    /// ASSUMED; that Windows groups join no virtual network is DOC.
    SubnetOnWindows { group: String } => 400 "VirtualNetworkNotSupportedOnWindows"
        "The container group '{group}' is invalid. Virtual networks are not supported for Windows container groups.";
    /// DOC for the code; the words are ASSUMED.
    SpotAddress { group: String } => 400 "SpotPriorityContainerGroupNotSupportedForInboundConnectivity"
        "Spot Priority Container Group '{group}' is not supported with an IP address or a virtual network.";
    /// DOC.
    SpotSku { sku: String } => 400 "SpotPriorityContainerGroupNotSupportedInSku"
        "Spot Priority Container Group is not supported in '{sku}' Sku.";
    /// DOC for the code; the words are ASSUMED.
    SpotGpu { group: String } => 400 "SpotPriorityContainerGroupWithGPUResourcesNotSupported"
        "Spot Priority Container Group '{group}' is not supported with GPU resources.";
    /// ASSUMED; that spot groups are in no zone is DOC.
    SpotZones { group: String } => 400 "SpotPriorityContainerGroupNotSupportedInZones"
        "Spot Priority Container Group '{group}' is not supported in availability zones.";
    /// DOC for the words, which an operation that failed carries; the code is ASSUMED.
    CcePolicy {} => 400 "InvalidCcePolicy"
        "The CCE Policy is not valid Base64.";
    /// ASSUMED; that other hosts than those of confidential groups are shared, and so never privileged, is DOC.
    Privileged { container: String, group: String } => 400 "PrivilegedContainerNotSupported"
        "The container '{container}' in container group '{group}' cannot be privileged. Privileged containers are supported in 'Confidential' Sku only.";
    /// ASSUMED.
    SeccompProfile { container: String, group: String } => 400 "InvalidSecurityContext"
        "The 'seccompProfile' of container '{container}' in container group '{group}' is not valid Base64.";
    /// ASSUMED.
    DuplicateExtension { extension: String, group: String } => 400 "DuplicateExtensionName"
        "The extension name '{extension}' is used more than once in container group '{group}'.";
    /// ASSUMED by analogy with `InvalidOsType`; the words are the specification's.
    LogType { group: String } => 400 "InvalidLogAnalyticsLogType"
        "The 'logType' of the log analytics of container group '{group}' is invalid. The value must be one of 'ContainerInsights,ContainerInstanceLogs'.";
    /// ASSUMED by analogy with container names.
    GroupName { group: String } => 400 "InvalidContainerGroupName"
        "The container group name '{group}' is invalid. The container group name must contain no more than 63 characters and must match the regex '[a-z0-9]([-a-z0-9]*[a-z0-9])?' (e.g. 'my-name').";
    /// USER; the group's name reads `<null>` there.
    OsType {} => 400 "InvalidOsType"
        "The 'osType' for container group '<null>' is invalid. The value must be one of 'Windows,Linux'.";
    /// USER: azure-cli #30898.
    ReuseProperties {} => 400 "BadRequest"
        "ContainerGroup properties other than config map are not allowed";
    /// ASSUMED by analogy with `InvalidOsType`.
    RestartPolicy {} => 400 "InvalidRestartPolicy"
        "The 'restartPolicy' for container group '<null>' is invalid. The value must be one of 'Always,OnFailure,Never'.";
    /// DOC.
    Priority { group: String } => 400 "PriorityNotSpecified"
        "The 'Priority' must be one of 'Regular,Spot' for container group '{group}'.";
    /// ASSUMED: the code is Azure's (USER, with its spelling), the text was not captured.
    ProvisioningTimeoutVersion { group: String } => 400 "CustomProvisioningTimeoutInSecondsNotSuppported"
        "The 'provisioningTimeoutInSeconds' of container group '{group}' is not supported before api-version '2023-02-01-preview'.";
    /// ASSUMED.
    NoContainers { group: String } => 400 "ContainersNotSpecified"
        "The 'containers' of container group '{group}' cannot be empty. At least one container is required.";
    /// ASSUMED; the number is DOC.
    TooManyContainers { group: String, count: usize, limit: usize } => 400 "TooManyContainers"
        "The container group '{group}' has '{count}' containers. The maximum is '{limit}', init containers included.";
    /// USER.
    ContainerName { container: String, group: String } => 400 "InvalidContainerName"
        "The container name '{container}' in container group '{group}' is invalid. The container name must contain no more than 63 characters and must match the regex '[a-z0-9]([-a-z0-9]*[a-z0-9])?' (e.g. 'my-name').";
    /// ASSUMED.
    DuplicateContainerName { container: String, group: String } => 400 "DuplicateContainerName"
        "The container name '{container}' is used more than once in container group '{group}'.";
    /// USER; "contain group" is Azure's.
    RequestsMissing { container: String, group: String } => 400 "ResourceRequestsNotSpecified"
        "The resource requests are not specified in container '{container}' of contain group '{group}'. Both memory and CPU requests are required since API version '2017-07-01-preview'.";
    /// USER.
    RequestMissing { resource: &'static str, container: String, group: String } => 400 "ResourceSomeRequestsNotSpecified"
        "The '{resource}' request is not specified in 'Microsoft.Azure.CloudConsole.Providers.Common.Entities.ComputeResources' in container '{container}' of contain group '{group}'. It is required since API version '2017-07-01-preview'.";
    /// ASSUMED.
    AmountNotPositive { resource: &'static str, container: String, group: String } => 400 "InvalidResourceRequest"
        "The '{resource}' value in container '{container}' of container group '{group}' is invalid. It must be greater than 0.";
    /// USER.
    LimitBelowRequest { requirement: String, resource: &'static str, container: String, group: String } => 400 "ResourceLimitsLessThanRequests"
        "The resource requirement '{requirement}' in container '{container}' of contain group '{group}' is invalid. The '{resource}' limit value must be greater than or equal to the request value.";
    /// USER.
    LimitAboveGroupTotal { resource: &'static str, limit: f64, container: String, total: f64, group: String } => 400 "ContainerLimitGreaterThanContainerGroupTotalRequest"
        "The '{resource}' limit '{limit}' in container '{container}' is greater than the total request '{total}' of container group '{group}'.";
    /// DOC and USER: what asking for more than the region allows returns.
    RegionCannotServe { location: String, cpu: f64, memory: f64 } => 409 "ServiceUnavailable"
        "The requested resource is not available in the location '{location}' at this moment. Please retry with a different resource request or in another location. Resource requested: '{cpu}' CPU '{memory}' GB memory 'Linux' OS";
    /// USER; the status is ASSUMED, "beteween" is Azure's.
    ContainerPorts { ports: String, container: String, group: String } => 400 "InvalidContainerPorts"
        "The ports '{ports}' are invalid for container '{container}' in container group '{group}'. The port must be beteween 1 and 65535.";
    /// ASSUMED.
    DuplicatePort { port: i64, group: String } => 400 "DuplicateContainerPorts"
        "The port '{port}' is used more than once in container group '{group}'. The containers of a group share one network.";
    /// ASSUMED.
    Protocol { protocol: String, group: String } => 400 "InvalidPortProtocol"
        "The port protocol '{protocol}' in container group '{group}' is invalid. The value must be one of 'TCP,UDP'.";
    /// USER.
    EnvironmentName { container: String, group: String } => 400 "InvalidContainerEnvironmentVariable"
        "The environment variable name in container '{container}' of container group '{group}' is invalid. A valid environment variable name must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName').";
    /// ASSUMED; that a probe is one of the two is the specification's.
    ProbeAction { probe: &'static str, container: String, group: String } => 400 "InvalidContainerProbe"
        "The '{probe}' in container '{container}' of container group '{group}' is invalid. Exactly one of 'exec' and 'httpGet' must be set.";
    /// ASSUMED.
    ProbeCommand { probe: &'static str, container: String, group: String } => 400 "InvalidContainerProbe"
        "The '{probe}' in container '{container}' of container group '{group}' is invalid. The 'command' of 'exec' cannot be empty.";
    /// ASSUMED by analogy with the ports of containers.
    ProbePort { probe: &'static str, port: i32, container: String, group: String } => 400 "InvalidContainerProbe"
        "The '{probe}' in container '{container}' of container group '{group}' is invalid. The port '{port}' of 'httpGet' must be between 1 and 65535.";
    /// ASSUMED; the two words are the specification's.
    ProbeScheme { probe: &'static str, scheme: String, container: String, group: String } => 400 "InvalidContainerProbe"
        "The '{probe}' in container '{container}' of container group '{group}' is invalid. The scheme '{scheme}' of 'httpGet' must be one of 'http,https'.";
    /// ASSUMED.
    ProbeRequest { probe: &'static str, member: &'static str, container: String, group: String } => 400 "InvalidContainerProbe"
        "The '{probe}' in container '{container}' of container group '{group}' is invalid. The '{member}' of 'httpGet' is not valid in an HTTP request.";
    /// ASSUMED; the bounds are those of Kubernetes.
    ProbeNumber { probe: &'static str, member: &'static str, number: i32, least: i32, container: String, group: String } => 400 "InvalidContainerProbe"
        "The '{probe}' in container '{container}' of container group '{group}' is invalid. The '{member}' is '{number}' and must be at least '{least}'.";
    /// USER.
    MountPath { path: String, container: String } => 400 "InvalidVolumeMountPath"
        "The volume mount path '{path}' in container '{container}' is invalid. It can't contain ':'.";
    /// USER.
    VolumesNotFound { volumes: String, container: String } => 400 "VolumesNotFound"
        "Volumes '{volumes}' in container '{container}' are not found.";
    /// ASSUMED; the number is DOC.
    TooManyVolumes { group: String, count: usize, limit: usize } => 400 "TooManyVolumes"
        "The container group '{group}' has '{count}' volumes. The maximum is '{limit}'.";
    /// ASSUMED; the form is DOC, but for the shortest length (see the deviations).
    VolumeName { volume: String, group: String } => 400 "InvalidVolumeName"
        "The volume name '{volume}' in container group '{group}' is invalid. The volume name must contain no more than 63 characters and must match the regex '[a-z0-9]([-a-z0-9]*[a-z0-9])?' (e.g. 'my-name').";
    /// ASSUMED.
    DuplicateMountPath { path: String, container: String } => 400 "DuplicateVolumeMountPath"
        "The volume mount path '{path}' is used more than once in container '{container}'.";
    /// ASSUMED.
    DuplicateVolume { volume: String, group: String } => 400 "DuplicateVolumeName"
        "The volume name '{volume}' is used more than once in container group '{group}'.";
    /// ASSUMED.
    VolumeKind { volume: String, group: String } => 400 "InvalidVolume"
        "The volume '{volume}' in container group '{group}' is invalid. Exactly one of 'azureFile', 'emptyDir', 'secret' and 'gitRepo' must be set.";
    /// ASSUMED.
    SecretFile { file: String, volume: String, group: String } => 400 "InvalidSecretVolume"
        "The file '{file}' of secret volume '{volume}' in container group '{group}' is invalid. Its name must not contain '/' and its value must be base64.";
    /// ASSUMED; that `..` is not allowed is DOC.
    GitDirectory { directory: String, volume: String, group: String } => 400 "InvalidGitRepoVolume"
        "The directory '{directory}' of gitRepo volume '{volume}' in container group '{group}' is invalid. It must be a relative path that does not contain '..'.";
    /// USER.
    MoreCredentialsThanContainers { group: String } => 400 "MoreImageRegistryCredentialsThanContainers"
        "More image registry credentials provided than containers in container group '{group}'.";
    /// USER; the code was not shown and is ASSUMED.
    RegistryServer { server: String, group: String } => 400 "InvalidImageRegistryServer"
        "The server '{server}' in the 'imageRegistryCredentials' of container group '{group}' is invalid. It should be a valid host name without protocol.";
    /// DOC; "Resitry" is Azure's.
    RegistryCredentialKind { group: String } => 400 "AmbiguousImageResitryCredentialType"
        "The registry credential type in the 'imageRegistryCredentials' of container group '{group}' cannot be detected. Please set exactly one of username or identity";
    /// DOC.
    RegistryIdentityVersion { group: String } => 400 "InvalidImageRegistryCredentialType"
        "Identity in 'imageRegistryCredentials' of container group '{group}' is not supported.";
    /// DOC.
    RegistryIdentityUnknown { group: String } => 400 "InvalidImageRegistryIdentity"
        "The identity in the 'imageRegistryCredentials' of container group '{group}' not found in container group identity list.";
    /// DOC; that an image without a name gets these words is ASSUMED, for no registry has one.
    InaccessibleImage { image: String, group: String } => 400 "InaccessibleImage"
        "The image '{image}' in container group '{group}' is not accessible. Please check the image and registry credential.";
    /// USER: docker/compose-cli #657, teamcity-azure-agent #127, oras #1353.
    ImageOs { image: String, os: &'static str, group: String } => 400 "ImageOsTypeNotMatchContainerGroup"
        "The container image '{image}' doesn't support specified OS '{os}' for container group '{group}'.";
    /// USER.
    IpPortsMissing { group: String } => 400 "MissingIpAddressPorts"
        "The ports in the 'ipAddress' of container group '{group}' cannot be empty.";
    /// USER; the code was not shown and is ASSUMED.
    IpPortsUnused { ports: String, group: String } => 400 "IpAddressPortsNotUsed"
        "Following ports '{ports}' in the 'ipAddress' are not used by any container in container group '{group}'.";
    /// ASSUMED; the number is DOC.
    TooManyIpPorts { group: String, limit: usize } => 400 "TooManyIpAddressPorts"
        "The ports in the 'ipAddress' of container group '{group}' cannot be more than '{limit}'.";
    /// ASSUMED; the numbers are DOC. Port 443 is among them and accepted: the service's own tutorials open it.
    IpPortReserved { port: i64, group: String } => 400 "ReservedIpAddressPort"
        "The port '{port}' in the 'ipAddress' of container group '{group}' is reserved by the platform.";
    /// ASSUMED; that a label needs a public address is DOC.
    LabelInSubnet { group: String } => 400 "DnsNameLabelNotSupported"
        "The DNS name label of container group '{group}' is not supported with a private IP address.";
    /// ASSUMED by analogy with `InvalidOsType`; the words are the specification's.
    LabelScope { group: String } => 400 "InvalidAutoGeneratedDomainNameLabelScope"
        "The 'autoGeneratedDomainNameLabelScope' of the 'ipAddress' of container group '{group}' is invalid. The value must be one of 'Unsecure,TenantReuse,SubscriptionReuse,ResourceGroupReuse,Noreuse'.";
    /// ASSUMED.
    NameServer { server: String, group: String } => 400 "InvalidDnsNameServer"
        "The name server '{server}' in the 'dnsConfig' of container group '{group}' is invalid. It must be an IP address.";
    /// ASSUMED by analogy with `InvalidOsType`.
    IpAddressType { group: String } => 400 "InvalidIpAddressType"
        "The 'type' of the 'ipAddress' of container group '{group}' is invalid. The value must be one of 'Public,Private'.";
    /// USER; the status is ASSUMED.
    PublicInSubnet {} => 400 "InvalidIpAddressTypeForNetworkProfile"
        "IP Address type can't be public when network profile is set.";
    /// USER.
    PrivateWithoutSubnet { group: String } => 400 "PrivateIPAddressNotSupported"
        "IP Address type in container group '{group}' is invalid. Private IP address is only supported when network profile is defined.";
    /// USER; the code was not shown and is ASSUMED.
    DnsNameLabel { label: String, group: String } => 400 "InvalidDnsNameLabel"
        "The DNS name label '{label}' in container group '{group}' is invalid. It can contain only lowercase letters, numbers and hyphens. The first character must be a letter. The last character must be a letter or number. The value must be between 5 and 63 characters long.";
    /// ASSUMED.
    SubnetId { id: String, group: String } => 400 "InvalidSubnetId"
        "The subnet id '{id}' in container group '{group}' is invalid. It must be of the form '/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/Microsoft.Network/virtualNetworks/{{network}}/subnets/{{subnet}}'.";
    /// ASSUMED.
    TooManySubnets { group: String } => 400 "TooManySubnets"
        "The container group '{group}' can join one subnet only.";
    /// USER (the newest of several wordings).
    ImmutableChanged { group: String } => 400 "InvalidContainerGroupUpdate"
        "The updates on container group '{group}' are invalid. If you are going to update the os type, restart policy, network profile, CPU, memory or GPU resources for a container group, you must delete it first and then create a new one.";
    /// DOC, USER; the status is 409 but for one report.
    QuotaReached { quota: &'static str, location: String, limit: u32, usage: u32, requested: u32 } => 409 "ContainerGroupQuotaReached"
        "Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '{quota}' exceeded in region '{location}'. Limit: '{limit}', Usage: '{usage}' Requested: '{requested}'.";
    /// OURS: refused rather than accepted and ignored.
    NotSupported { path: String, remedy: &'static str } => 400 "NotSupportedByEmulator"
        "The property '{path}' is valid in Azure but not supported by aci-local yet. {remedy}";
}

impl Violation {
    /// Fills in where in the request's text a property is missing; other rules have no place.
    pub fn located(mut self, find: impl FnOnce(&str) -> (usize, usize)) -> Self {
        if let Self::RequiredPropertyMissing { path, line, position, .. } = &mut self {
            (*line, *position) = find(path);
        }
        self
    }
}
