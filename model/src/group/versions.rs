//! Which member of a container group exists in which api-version.
//!
//! One table, for requests and responses alike: what a version does not know is ignored in a request, as Azure's
//! deserializer ignores it, and absent from a response.

use super::ContainerGroup;
use super::container::{ContainerProperties, InitContainerProperties};
use super::env::EnvironmentVariable;
use super::network::IpAddress;
use super::probe::ContainerProbe;
use super::registry::ImageRegistryCredential;
use super::settings::LogAnalytics;
use super::volume::Volume;
use crate::ApiVersion;
use crate::ApiVersion as V;

/// The first and the last version of a stretch.
type Span = (ApiVersion, ApiVersion);

const NEWEST: ApiVersion = V::ALL[V::ALL.len() - 1];

const fn since(first: ApiVersion) -> Span {
    (first, NEWEST)
}

/// A member that some version lacks.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Where it is: `properties.containers[].properties.securityContext`.
    pub path: &'static str,
    spans: &'static [Span],
    /// Recorded in versions whose document lacks it: recordings win.
    pub recorded: bool,
    clear: fn(&mut ContainerGroup),
}

impl Member {
    /// Whether a version knows it.
    pub fn is_in(&self, version: ApiVersion) -> bool {
        self.spans.iter().any(|(first, last)| (*first..=*last).contains(&version))
    }
}

/// Removes from a group what a version does not know.
pub fn retain(group: &mut ContainerGroup, version: ApiVersion) {
    for member in MEMBERS.iter().filter(|member| !member.is_in(version)) {
        (member.clear)(group);
    }
}

/// Whether a version knows a member, by its path; what no version lacks all know.
pub fn is_known(path: &str, version: ApiVersion) -> bool {
    MEMBERS.iter().find(|member| member.path == path).is_none_or(|member| member.is_in(version))
}

/// Previews are branches: what one adds, the next one may lack until a stable version takes it up.
const SECURITY: &[Span] = &[(V::V2022_10_01Preview, V::V2022_10_01Preview), since(V::V2023_05_01)];
const PROFILES: &[Span] = &[(V::V2024_05_01Preview, V::V2024_05_01Preview), since(V::V2024_11_01Preview)];
const REFERENCES: &[Span] = &[since(V::V2024_10_01Preview)];

macro_rules! members {
    ($($(#[$recorded:ident])? $path:literal $spans:expr, $clear:expr;)+) => {
        /// The members that some version lacks; all others are in every version.
        ///
        /// Source: the OpenAPI documents of azure-rest-api-specs and the published type definitions of the newest
        /// three; a test compares where those are at hand.
        pub const MEMBERS: &[Member] = &[$(Member {
            path: $path,
            spans: $spans,
            recorded: members!(@recorded $($recorded)?),
            clear: $clear,
        }),+];
    };
    (@recorded) => { false };
    (@recorded recorded) => { true };
}

members! {
    "identity" &[since(V::V2018_10_01)], |group| group.identity = None;
    "zones" &[since(V::V2021_09_01)], |group| group.zones = None;
    "properties.state" &[(V::V2017_08_01Preview, V::V2017_08_01Preview)], |group| {
        if let Some(properties) = &mut group.properties { properties.state = None; }
    };
    "properties.sku" &[since(V::V2019_12_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.sku = None; }
    };
    "properties.confidentialComputeProperties" SECURITY, |group| {
        if let Some(properties) = &mut group.properties { properties.confidential_compute_properties = None; }
    };
    "properties.isCreatedFromStandbyPool" PROFILES, |group| {
        if let Some(properties) = &mut group.properties { properties.is_created_from_standby_pool = None; }
    };
    #[recorded]
    "properties.provisioningTimeoutInSeconds" &[since(V::V2023_02_01Preview)], |group| {
        if let Some(properties) = &mut group.properties { properties.provisioning_timeout_in_seconds = None; }
    };
    #[recorded]
    "properties.isCustomProvisioningTimeout" &[since(V::V2023_02_01Preview)], |group| {
        if let Some(properties) = &mut group.properties { properties.is_custom_provisioning_timeout = None; }
    };
    "properties.secretReferences" REFERENCES, |group| {
        if let Some(properties) = &mut group.properties { properties.secret_references = None; }
    };
    "properties.initContainers" &[since(V::V2019_12_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.init_containers = None; }
    };
    "properties.instanceView" &[since(V::V2017_10_01Preview)], |group| {
        if let Some(properties) = &mut group.properties { properties.instance_view = None; }
    };
    "properties.diagnostics" &[since(V::V2018_06_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.diagnostics = None; }
    };
    "properties.networkProfile" &[(V::V2018_09_01, V::V2021_03_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.network_profile = None; }
    };
    "properties.subnetIds" &[since(V::V2021_07_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.subnet_ids = None; }
    };
    "properties.dnsConfig" &[since(V::V2018_10_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.dns_config = None; }
    };
    "properties.encryptionProperties" &[since(V::V2019_12_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.encryption_properties = None; }
    };
    "properties.encryptionProperties.identity" &[since(V::V2022_09_01)], |group| {
        let properties = group.properties.as_mut();
        if let Some(key) = properties.and_then(|it| it.encryption_properties.as_mut()) { key.identity = None; }
    };
    "properties.extensions" &[since(V::V2022_09_01)], |group| {
        if let Some(properties) = &mut group.properties { properties.extensions = None; }
    };
    "properties.priority" SECURITY, |group| {
        if let Some(properties) = &mut group.properties { properties.priority = None; }
    };
    "properties.containerGroupProfile" PROFILES, |group| {
        if let Some(properties) = &mut group.properties { properties.container_group_profile = None; }
    };
    "properties.standbyPoolProfile" PROFILES, |group| {
        if let Some(properties) = &mut group.properties { properties.standby_pool_profile = None; }
    };
    "properties.identityAcls" &[since(V::V2024_11_01Preview)], |group| {
        if let Some(properties) = &mut group.properties { properties.identity_acls = None; }
    };
    "properties.containers[].properties.configMap" PROFILES, |group| {
        containers(group).for_each(|it| it.config_map = None);
    };
    "properties.containers[].properties.securityContext" &[since(V::V2022_10_01Preview)], |group| {
        containers(group).for_each(|it| it.security_context = None);
    };
    "properties.containers[].properties.livenessProbe" &[since(V::V2018_06_01)], |group| {
        containers(group).for_each(|it| it.liveness_probe = None);
    };
    "properties.containers[].properties.livenessProbe.httpGet.httpHeaders" &[since(V::V2020_11_01)], |group| {
        containers(group).for_each(|it| drop_headers(it.liveness_probe.as_mut()));
    };
    "properties.containers[].properties.readinessProbe" &[since(V::V2018_06_01)], |group| {
        containers(group).for_each(|it| it.readiness_probe = None);
    };
    "properties.containers[].properties.readinessProbe.httpGet.httpHeaders" &[since(V::V2020_11_01)], |group| {
        containers(group).for_each(|it| drop_headers(it.readiness_probe.as_mut()));
    };
    "properties.containers[].properties.ports[].protocol" &[since(V::V2017_10_01Preview)], |group| {
        containers(group).flat_map(|it| it.ports.iter_mut().flatten()).for_each(|port| port.protocol = None);
    };
    "properties.containers[].properties.resources.requests.gpu" &[since(V::V2018_10_01)], |group| {
        let resources = containers(group).filter_map(|it| it.resources.as_mut());
        resources.filter_map(|it| it.requests.as_mut()).for_each(|it| it.gpu = None);
    };
    "properties.containers[].properties.resources.limits.gpu" &[since(V::V2018_10_01)], |group| {
        let resources = containers(group).filter_map(|it| it.resources.as_mut());
        resources.filter_map(|it| it.limits.as_mut()).for_each(|it| it.gpu = None);
    };
    "properties.containers[].properties.environmentVariables[].secureValue" &[since(V::V2018_06_01)], |group| {
        variables(group, |variable| variable.secure_value = None);
    };
    "properties.containers[].properties.environmentVariables[].secureValueReference" REFERENCES, |group| {
        variables(group, |variable| variable.secure_value_reference = None);
    };
    "properties.initContainers[].properties.environmentVariables[].secureValueReference" REFERENCES, |group| {
        variables(group, |variable| variable.secure_value_reference = None);
    };
    "properties.initContainers[].properties.securityContext" SECURITY, |group| {
        init_containers(group).for_each(|it| it.security_context = None);
    };
    "properties.containers[].properties.instanceView.events[].name" &[since(V::V2017_10_01Preview)], |group| {
        let views = containers(group).filter_map(|it| it.instance_view.as_mut());
        views.flat_map(|it| it.events.iter_mut().flatten()).for_each(|event| event.name = None);
    };
    "properties.imageRegistryCredentials[].identity" &[since(V::V2021_07_01)], |group| {
        credentials(group).for_each(|it| it.identity = None);
    };
    "properties.imageRegistryCredentials[].identityUrl" &[since(V::V2021_07_01)], |group| {
        credentials(group).for_each(|it| it.identity_url = None);
    };
    "properties.imageRegistryCredentials[].passwordReference" REFERENCES, |group| {
        credentials(group).for_each(|it| it.password_reference = None);
    };
    "properties.ipAddress.dnsNameLabel" &[since(V::V2018_02_01Preview)], |group| {
        if let Some(address) = address(group) { address.dns_name_label = None; }
    };
    "properties.ipAddress.fqdn" &[since(V::V2018_02_01Preview)], |group| {
        if let Some(address) = address(group) { address.fqdn = None; }
    };
    "properties.ipAddress.autoGeneratedDomainNameLabelScope" &[since(V::V2021_10_01)], |group| {
        if let Some(address) = address(group) { address.auto_generated_domain_name_label_scope = None; }
    };
    "properties.diagnostics.logAnalytics.logType" &[since(V::V2018_09_01)], |group| {
        if let Some(workspace) = workspace(group) { workspace.log_type = None; }
    };
    "properties.diagnostics.logAnalytics.metadata" &[since(V::V2018_09_01)], |group| {
        if let Some(workspace) = workspace(group) { workspace.metadata = None; }
    };
    "properties.diagnostics.logAnalytics.workspaceResourceId" &[since(V::V2020_11_01)], |group| {
        if let Some(workspace) = workspace(group) { workspace.workspace_resource_id = None; }
    };
    "properties.volumes[].emptyDir" &[since(V::V2017_10_01Preview)], |group| {
        volumes(group).for_each(|it| it.empty_dir = None);
    };
    "properties.volumes[].secret" &[since(V::V2017_12_01Preview)], |group| {
        volumes(group).for_each(|it| it.secret = None);
    };
    "properties.volumes[].gitRepo" &[since(V::V2017_12_01Preview)], |group| {
        volumes(group).for_each(|it| it.git_repo = None);
    };
    "properties.volumes[].secretReference" REFERENCES, |group| {
        volumes(group).for_each(|it| it.secret_reference = None);
    };
    "properties.volumes[].azureFile.storageAccountKeyReference" REFERENCES, |group| {
        volumes(group).filter_map(|it| it.azure_file.as_mut()).for_each(|it| it.storage_account_key_reference = None);
    };
    "properties.volumes[].azureFile.userAssignedIdentityClientId" &[since(V::V2026_07_01)], |group| {
        let shares = volumes(group).filter_map(|it| it.azure_file.as_mut());
        shares.for_each(|it| it.user_assigned_identity_client_id = None);
    };
}

fn containers(group: &mut ContainerGroup) -> impl Iterator<Item = &mut ContainerProperties> {
    let containers = group.properties.iter_mut().flat_map(|it| it.containers.iter_mut().flatten());
    containers.filter_map(|container| container.properties.as_mut())
}

fn init_containers(group: &mut ContainerGroup) -> impl Iterator<Item = &mut InitContainerProperties> {
    let containers = group.properties.iter_mut().flat_map(|it| it.init_containers.iter_mut().flatten());
    containers.filter_map(|container| container.properties.as_mut())
}

fn variables(group: &mut ContainerGroup, change: fn(&mut EnvironmentVariable)) {
    containers(group).flat_map(|it| it.environment_variables.iter_mut().flatten()).for_each(change);
    init_containers(group).flat_map(|it| it.environment_variables.iter_mut().flatten()).for_each(change);
}

fn credentials(group: &mut ContainerGroup) -> impl Iterator<Item = &mut ImageRegistryCredential> {
    group.properties.iter_mut().flat_map(|it| it.image_registry_credentials.iter_mut().flatten())
}

fn volumes(group: &mut ContainerGroup) -> impl Iterator<Item = &mut Volume> {
    group.properties.iter_mut().flat_map(|it| it.volumes.iter_mut().flatten())
}

fn address(group: &mut ContainerGroup) -> Option<&mut IpAddress> {
    group.properties.as_mut()?.ip_address.as_mut()
}

fn workspace(group: &mut ContainerGroup) -> Option<&mut LogAnalytics> {
    group.properties.as_mut()?.diagnostics.as_mut()?.log_analytics.as_mut()
}

fn drop_headers(probe: Option<&mut ContainerProbe>) {
    if let Some(request) = probe.and_then(|probe| probe.http_get.as_mut()) {
        request.http_headers = None;
    }
}

#[cfg(test)]
mod tests;
