//! From an accepted request to what a runtime is asked to make.

use aci_model::group::ContainerGroupProperties;
use aci_model::group::container::Container;
use aci_model::group::env::EnvironmentVariable;
use aci_model::group::network::{DnsConfig, IpAddressType, Protocol};
use aci_model::group::resources::ComputeResources;
use aci_model::group::security::SecurityContext;
use aci_model::group::volume::{AzureFileVolume, Volume, VolumeMount};
use aci_model::{ResourceId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

mod config;
mod probes;
mod registry;
mod secrets;

pub use config::config_files;
pub(crate) use config::config_maps;
pub use probes::probe_spec;
pub use registry::{RegistrySignIn, registry_sign_in};

use config::config_volume;
use secrets::Secrets;

use super::Group;
use super::machine::Machine;
use crate::identities::{GroupIdentities, User};
use crate::repositories::RepositorySpec;
use crate::runtime::{
    ContainerSpec, DnsSpec, METADATA_ADDRESS, MountSpec, NetworkSpec, PortSpec, SandboxId, SandboxSpec,
    SecretFile, SecuritySpec, ShareSource, VolumeContent, VolumeSpec,
};
use crate::surroundings::{SecretRefusal, ShareRefusal, Surroundings};

/// Bytes in what Azure calls a GB of memory.
///
/// Assumed binary: Azure's sizes are powers of two wherever they can be measured (a 1-GB virtual machine has
/// 2^30 bytes), and the Go provider rounds a pod's `1Gi` down to 1.0 GB, which decimal gigabytes would cut
/// below what the pod asked for.
const BYTES_PER_GB: f64 = 1_073_741_824.0;

/// Why a request cannot be deployed; validation refuses such requests, so nobody should see this.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unplannable {
    /// A volume of a kind that no runtime makes.
    #[error("volume '{0}' is of no kind that can be made")]
    VolumeKind(String),
    /// A file share that is not to be had.
    #[error("volume '{volume}': {refusal}")]
    Share {
        /// The volume.
        volume: String,
        /// Why.
        refusal: ShareRefusal,
    },
    /// A secret of a vault that is not to be had.
    #[error("secret reference '{reference}': {refusal}")]
    Secret {
        /// The reference.
        reference: String,
        /// Why.
        refusal: SecretRefusal,
    },
    /// A secret whose text is not base64.
    #[error("file '{file}' of secret volume '{volume}' is not base64")]
    SecretEncoding {
        /// The volume.
        volume: String,
        /// The file.
        file: String,
    },
    /// A clone outside its volume.
    #[error("the directory of volume '{0}' lies outside the volume")]
    Directory(String),
    /// A subnet whose id is no resource id.
    #[error("'{0}' is not a subnet's id")]
    Subnet(String),
    /// A probe that neither runs a command nor sends a request.
    #[error("a probe of container '{0}' has neither a command nor a port")]
    Probe(String),
    /// A key of a config map that cannot be a file's name.
    #[error("the key '{key}' of the config map of container '{container}' is no file name")]
    ConfigKey {
        /// The container.
        container: String,
        /// The key.
        key: String,
    },
    /// A seccomp profile that is not base64 of a text.
    #[error("the seccompProfile of container '{0}' is not base64 of a JSON text")]
    Seccomp(String),
    /// No such container.
    #[error("there is no container '{0}'")]
    Container(String),
}

/// Whether two versions of a group can live in the same sandbox.
pub(super) fn same_sandbox(before: &Group, after: &Group) -> bool {
    let shared = |group: &Group| {
        let properties = group.spec.properties.clone().unwrap_or_default();
        let ports = properties.ip_address.map(|address| (address.kind, address.ports));
        let networks = (properties.subnet_ids, properties.network_profile, properties.dns_config);
        let configured: Vec<_> = config_maps(group).map(|(name, _)| name.to_owned()).collect();
        let identities =
            (group.spec.identity.clone(), properties.identity_acls, properties.secret_references);
        (networks, ports, properties.volumes, identities, configured)
    };
    shared(before) == shared(after)
}

/// What a sandbox is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxPlan {
    /// The sandbox; volumes for repositories are empty in it.
    pub spec: SandboxSpec,
    /// What is to be cloned first, with its volume's place among the volumes.
    pub clones: Vec<(usize, RepositorySpec)>,
}

/// What the containers of a group share.
///
/// # Errors
/// [`Unplannable`], which validation rules out.
pub fn sandbox_spec(
    group: &Group,
    id: &SandboxId,
    surroundings: &dyn Surroundings,
) -> Result<SandboxPlan, Unplannable> {
    let secrets = Secrets { group, surroundings };
    secrets.check().map_err(|(reference, refusal)| Unplannable::Secret { reference, refusal })?;
    let properties = group.spec.properties.as_ref();
    let volumes = properties.and_then(|properties| properties.volumes.as_deref()).unwrap_or_default();
    let repositories = volumes.iter().enumerate().filter(|(_, volume)| volume.git_repo.is_some());
    let clones = repositories.map(|(index, volume)| Ok((index, repository(volume)?)));
    let clones = clones.collect::<Result<_, Unplannable>>()?;
    let spec = SandboxSpec {
        id: id.clone(),
        group: group.id.clone(),
        network: match properties {
            Some(properties) => network(properties, surroundings)?,
            None => NetworkSpec::Unreachable,
        },
        dns: properties.and_then(|properties| properties.dns_config.as_ref()).map(dns),
        first: first_containers(group, surroundings),
        metadata: group.spec.identity.is_some(),
        volumes: {
            let own = volumes.iter().map(|one| volume(one, secrets));
            let configured = config_maps(group).map(|(name, map)| config_volume(name, map));
            own.chain(configured).collect::<Result<_, _>>()?
        },
    };
    Ok(SandboxPlan { spec, clones })
}

/// What runs first in a new deployment: the first init container, or all containers where there is none. One that
/// cannot be planned says so when it is to be started.
fn first_containers(group: &Group, surroundings: &dyn Surroundings) -> Vec<ContainerSpec> {
    let (inits, containers) = Machine::names(&group.spec);
    let first = inits.into_iter().next().map_or(containers, |init| vec![init]);
    first.iter().filter_map(|name| container_spec(group, name, 0, surroundings).ok()).collect()
}

fn repository(volume: &Volume) -> Result<RepositorySpec, Unplannable> {
    let git = volume.git_repo.clone().unwrap_or_default();
    let url = git.repository.unwrap_or_default();
    let spec = RepositorySpec::new(&url, git.directory.as_deref(), git.revision.as_deref());
    spec.ok_or_else(|| Unplannable::Directory(volume.name.clone().unwrap_or_default()))
}

fn network(
    properties: &ContainerGroupProperties,
    surroundings: &dyn Surroundings,
) -> Result<NetworkSpec, Unplannable> {
    let parse = |id: &String| id.parse::<ResourceId>().map_err(|error| Unplannable::Subnet(error.0));
    let subnet = properties.subnet_ids.iter().flatten().find_map(|subnet| subnet.id.as_ref());
    // Before 2021-07-01 a network profile stood for the subnet that it named.
    let profile = properties.network_profile.as_ref().and_then(|profile| profile.id.as_ref());
    let id = match (subnet, profile) {
        (Some(subnet), _) => Some(parse(subnet)?),
        (None, Some(profile)) => {
            let profile = parse(profile)?;
            Some(surroundings.subnet_of_profile(&profile).unwrap_or(profile))
        }
        (None, None) => None,
    };
    if let Some(id) = id {
        let range = surroundings.subnet(&id);
        return Ok(NetworkSpec::Subnet { id, range });
    }
    let public = properties.ip_address.as_ref().filter(|ip| ip.kind != Some(IpAddressType::Private));
    let Some(address) = public else { return Ok(NetworkSpec::Unreachable) };
    let ports = address.ports.iter().flatten().filter_map(|port| {
        let number = u16::try_from(port.port?).ok()?;
        Some(PortSpec { port: number, udp: port.protocol == Some(Protocol::Udp) })
    });
    Ok(NetworkSpec::Public { ports: ports.collect() })
}

fn dns(config: &DnsConfig) -> DnsSpec {
    let words = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
    };
    DnsSpec {
        servers: config.name_servers.clone().unwrap_or_default(),
        search: words(&config.search_domains),
        options: words(&config.options),
    }
}

fn volume(volume: &Volume, secrets: Secrets<'_>) -> Result<VolumeSpec, Unplannable> {
    let name = volume.name.clone().unwrap_or_default();
    let has_files = volume.secret.is_some() || volume.secret_reference.is_some();
    let content = match (&volume.empty_dir, has_files, &volume.azure_file, &volume.git_repo) {
        (Some(_), false, None, None) | (None, false, None, Some(_)) => VolumeContent::Empty,
        (None, false, Some(file), None) => {
            let read_only = file.read_only == Some(true);
            let source = share(file, secrets);
            let source = source.map_err(|refusal| Unplannable::Share { volume: name.clone(), refusal })?;
            VolumeContent::Share { source, read_only }
        }
        (None, true, None, None) => VolumeContent::Secret(files(volume, secrets)?),
        _ => return Err(Unplannable::VolumeKind(name)),
    };
    Ok(VolumeSpec { name, content })
}

/// The files of a secret volume. The value of a reference is the file as it is: what a vault holds is a text, and
/// that it were base64 no source says (ASSUMED).
fn files(volume: &Volume, secrets: Secrets<'_>) -> Result<Vec<SecretFile>, Unplannable> {
    let decode = |(file, text): (&String, &Secret)| match STANDARD.decode(text.expose()) {
        Ok(content) => Ok(SecretFile { name: file.clone(), content }),
        Err(_) => {
            let volume = volume.name.clone().unwrap_or_default();
            Err(Unplannable::SecretEncoding { volume, file: file.clone() })
        }
    };
    let read = |(file, reference): (&String, &String)| match secrets.value(reference) {
        Ok(value) => Ok(SecretFile { name: file.clone(), content: value.expose().as_bytes().to_vec() }),
        Err(refusal) => Err(Unplannable::Secret { reference: reference.clone(), refusal }),
    };
    let given = volume.secret.iter().flatten().map(decode);
    given.chain(volume.secret_reference.iter().flatten().map(read)).collect()
}

fn share(file: &AzureFileVolume, secrets: Secrets<'_>) -> Result<ShareSource, ShareRefusal> {
    let Secrets { group, surroundings } = secrets;
    let account = file.storage_account_name.as_deref().unwrap_or_default();
    let name = file.share_name.as_deref().unwrap_or_default();
    if let Some(client) = &file.user_assigned_identity_client_id {
        let who = GroupIdentities::of(group, surroundings, User::Platform);
        let identity = who.as_ref().and_then(|who| who.by_client(client));
        let refusal = || ShareRefusal::Identity { account: account.to_owned(), share: name.to_owned() };
        return surroundings.share_by_identity(account, name, identity.ok_or_else(refusal)?);
    }
    let key =
        secrets.given_or(file.storage_account_key.as_ref(), file.storage_account_key_reference.as_ref())?;
    surroundings.share(account, name, &key.unwrap_or_else(|| Secret::new("")))
}

/// One attempt of a container or init container; a group with identities tells it where to ask for tokens.
///
/// # Errors
/// [`Unplannable::Container`] when the group has none of that name.
pub fn container_spec(
    group: &Group,
    name: &str,
    attempt: u32,
    surroundings: &dyn Surroundings,
) -> Result<ContainerSpec, Unplannable> {
    let mut spec = own_spec(group, name, attempt, Some(surroundings))?;
    if let Some(who) = GroupIdentities::of(group, surroundings, User::Containers) {
        let endpoint = Secret::new(format!("http://{METADATA_ADDRESS}/msi/token"));
        for (variable, value) in [("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", who.header)] {
            if spec.env.iter().all(|(own, _)| own != variable) {
                spec.env.push((variable.to_owned(), value));
            }
        }
    }
    Ok(spec)
}

/// The image of a container or init container.
pub fn image(group: &Group, name: &str) -> Option<String> {
    own_spec(group, name, 0, None).ok().map(|spec| spec.image)
}

/// What a container's own properties say; without surroundings its environment is left out.
fn own_spec(
    group: &Group,
    name: &str,
    attempt: u32,
    surroundings: Option<&dyn Surroundings>,
) -> Result<ContainerSpec, Unplannable> {
    let missing = || Unplannable::Container(name.to_owned());
    let properties = group.spec.properties.as_ref().ok_or_else(missing)?;
    let containers = properties.containers.as_deref().unwrap_or_default();
    let total = total_requests(containers);
    let is_named = |other: &Option<String>| other.as_deref() == Some(name);
    let env = |variables: Option<&[EnvironmentVariable]>| match surroundings {
        Some(surroundings) => env(variables, Secrets { group, surroundings }),
        None => Ok(Vec::new()),
    };
    let mut spec = ContainerSpec {
        name: name.to_owned(),
        attempt,
        image: String::new(),
        command: Vec::new(),
        env: Vec::new(),
        cpu: total.cpu,
        memory: total.memory_in_gb.map(bytes),
        mounts: Vec::new(),
        security: SecuritySpec::default(),
    };
    if let Some(container) = containers.iter().find(|one| is_named(&one.name)) {
        let own = container.properties.as_ref().ok_or_else(missing)?;
        let limits = own.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        spec.image = own.image.clone().unwrap_or_default();
        spec.command = own.command.clone().unwrap_or_default();
        spec.env = env(own.environment_variables.as_deref())?;
        spec.mounts = mounts(own.volume_mounts.as_deref());
        spec.mounts.extend(config::mount(group, name));
        spec.cpu = limits.and_then(|limits| limits.cpu).or(spec.cpu);
        spec.memory = limits.and_then(|limits| limits.memory_in_gb).map(bytes).or(spec.memory);
        spec.security = security(name, own.security_context.as_ref())?;
        return Ok(spec);
    }
    let inits = properties.init_containers.as_deref().unwrap_or_default();
    let init = inits.iter().find(|one| is_named(&one.name)).ok_or_else(missing)?;
    let own = init.properties.as_ref().ok_or_else(missing)?;
    spec.image = own.image.clone().unwrap_or_default();
    spec.command = own.command.clone().unwrap_or_default();
    spec.env = env(own.environment_variables.as_deref())?;
    spec.mounts = mounts(own.volume_mounts.as_deref());
    spec.security = security(name, own.security_context.as_ref())?;
    Ok(spec)
}

/// A security context for a runtime; ids beyond what Linux has are refused by validation.
fn security(container: &str, context: Option<&SecurityContext>) -> Result<SecuritySpec, Unplannable> {
    let Some(context) = context else { return Ok(SecuritySpec::default()) };
    let id = |given: Option<i64>| given.and_then(|id| u32::try_from(id).ok());
    let capabilities = context.capabilities.clone().unwrap_or_default();
    let invalid = || Unplannable::Seccomp(container.to_owned());
    let decode = |profile: &String| {
        let bytes = STANDARD.decode(profile).map_err(|_| invalid())?;
        String::from_utf8(bytes).map_err(|_| invalid())
    };
    Ok(SecuritySpec {
        user: id(context.run_as_user),
        group: id(context.run_as_group),
        privileged: context.privileged == Some(true),
        no_new_privileges: context.allow_privilege_escalation == Some(false),
        capabilities_added: capabilities.add.unwrap_or_default(),
        capabilities_dropped: capabilities.drop.unwrap_or_default(),
        seccomp: context.seccomp_profile.as_ref().map(decode).transpose()?,
    })
}

/// The sum of the requests: what the group reserves, and the limit of whoever sets none of its own. Init
/// containers have no resources in the API.
fn total_requests(containers: &[Container]) -> ComputeResources {
    let requests = || {
        let resources = containers.iter().filter_map(|one| one.properties.as_ref()?.resources.as_ref());
        resources.filter_map(|resources| resources.requests.as_ref())
    };
    let sum = |total: f64| (total > 0.0).then_some(total);
    ComputeResources {
        cpu: sum(requests().filter_map(|request| request.cpu).sum()),
        memory_in_gb: sum(requests().filter_map(|request| request.memory_in_gb).sum()),
        gpu: None,
    }
}

/// Rounded down; a float-to-integer cast saturates, so no request can overflow.
fn bytes(gigabytes: f64) -> u64 {
    (gigabytes * BYTES_PER_GB) as u64
}

fn env(
    variables: Option<&[EnvironmentVariable]>,
    secrets: Secrets<'_>,
) -> Result<Vec<(String, Secret)>, Unplannable> {
    let value = |variable: &EnvironmentVariable| {
        let reference = variable.secure_value_reference.as_ref();
        let secure = secrets.given_or(variable.secure_value.as_ref(), reference).map_err(|refusal| {
            Unplannable::Secret { reference: reference.cloned().unwrap_or_default(), refusal }
        })?;
        Ok(secure.unwrap_or_else(|| Secret::new(variable.value.clone().unwrap_or_default())))
    };
    let named = |variable: &EnvironmentVariable| Some((variable.name.clone()?, variable.clone()));
    let variables = variables.unwrap_or_default().iter().filter_map(named);
    variables.map(|(name, variable)| Ok((name, value(&variable)?))).collect()
}

fn mounts(mounts: Option<&[VolumeMount]>) -> Vec<MountSpec> {
    let spec = |mount: &VolumeMount| {
        Some(MountSpec {
            volume: mount.name.clone()?,
            path: mount.mount_path.clone()?,
            read_only: mount.read_only.unwrap_or(false),
        })
    };
    mounts.unwrap_or_default().iter().filter_map(spec).collect()
}

#[cfg(test)]
mod tests;
