//! Sandboxes: a container that waits for ever and owns the network namespace, the address and the volumes.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, NetworkingConfig, PortBinding,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, ListContainersOptionsBuilder,
    ListVolumesOptionsBuilder, RemoveVolumeOptions, StartContainerOptions, UploadToContainerOptionsBuilder,
};
use futures::TryStreamExt;
use futures::future::try_join_all;
use jiff::Timestamp;
use tokio_util::io::ReaderStream;

use super::engine::Engine;
use super::error::{is_away, is_conflict, is_missing, refused, tolerate_missing, words};
use super::labels::{self, Labels};
use super::names::Names;
use super::network::Place;
use super::{metadata, pause, state, volume};
use crate::runtime::{NetworkSpec, PortSpec, RuntimeError, Sandbox, SandboxId, SandboxSpec, VolumeSpec};

/// How many loopback addresses are tried: each one more means that another program holds a port there.
const ADDRESS_ATTEMPTS: usize = 4;

/// The container that Docker is to make for a sandbox.
fn body(
    owner: &str,
    names: &Names,
    spec: &SandboxSpec,
    image: &str,
    network: &str,
    address: Option<Ipv4Addr>,
) -> ContainerCreateBody {
    let mut labels = labels::deployment(owner, &spec.group, &spec.id, labels::ROLE_SANDBOX);
    labels.insert(labels::NETWORK.to_owned(), network.to_owned());
    if let Some(address) = address {
        labels.insert(labels::ADDRESS.to_owned(), address.to_string());
    }
    if let NetworkSpec::Subnet { id, .. } = &spec.network {
        labels.insert(labels::SUBNET.to_owned(), id.to_string());
    }
    let ports = match (&spec.network, address) {
        (NetworkSpec::Public { ports }, Some(_)) => ports.as_slice(),
        _ => &[],
    };
    let in_subnet = matches!(spec.network, NetworkSpec::Subnet { .. });
    let dns = spec.dns.clone().unwrap_or_default();
    ContainerCreateBody {
        image: Some(image.to_owned()),
        hostname: Some(spec.group.name().to_owned()),
        entrypoint: Some(vec![format!("/{}", pause::PROGRAM)]),
        exposed_ports: Some(ports.iter().map(port_key).collect()),
        labels: Some(labels),
        networking_config: address.filter(|_| in_subnet).map(|address| endpoint(network, address)),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            port_bindings: Some(bindings(ports, address)),
            mounts: Some(volume::sandbox_mounts(names, spec)),
            dns: Some(dns.servers),
            dns_search: Some(dns.search),
            dns_options: Some(dns.options),
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: spec.metadata.then(|| metadata::CAPABILITIES.map(str::to_owned).to_vec()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// The place of a sandbox on its network, under an address that is chosen here.
fn endpoint(network: &str, address: Ipv4Addr) -> NetworkingConfig {
    let own = EndpointIpamConfig { ipv4_address: Some(address.to_string()), ..EndpointIpamConfig::default() };
    let end = EndpointSettings { ipam_config: Some(own), ..EndpointSettings::default() };
    NetworkingConfig { endpoints_config: Some(HashMap::from([(network.to_owned(), end)])) }
}

fn port_key(spec: &PortSpec) -> String {
    format!("{}/{}", spec.port, if spec.udp { "udp" } else { "tcp" })
}

fn bindings(ports: &[PortSpec], address: Option<Ipv4Addr>) -> HashMap<String, Option<Vec<PortBinding>>> {
    let bind = |spec: &PortSpec| PortBinding {
        host_ip: address.map(|address| address.to_string()),
        host_port: Some(spec.port.to_string()),
    };
    ports.iter().map(|spec| (port_key(spec), Some(vec![bind(spec)]))).collect()
}

/// A sandbox's address as the group's: none for a group that nobody reaches.
pub(crate) fn address_of<'a>(
    labels: &Labels,
    networks: impl IntoIterator<Item = &'a EndpointSettings>,
) -> Option<IpAddr> {
    if let Some(address) = labels.get(labels::ADDRESS) {
        return address.parse().ok();
    }
    labels.get(labels::SUBNET)?;
    networks.into_iter().find_map(|end| {
        let addresses = [end.ip_address.as_deref(), end.global_ipv6_address.as_deref()];
        addresses.into_iter().flatten().find_map(|text| text.parse().ok())
    })
}

/// Why a sandbox does not start, by Docker's words.
#[derive(Debug, PartialEq, Eq)]
enum NotStarted {
    /// Another container holds a port on this address; another address may do.
    AddressTaken,
    /// A file share cannot be mounted.
    Share(String),
    /// Nothing that another address would cure.
    Final(String),
}

fn why_not_started(network: &NetworkSpec, words: &str) -> NotStarted {
    let text = words.to_ascii_lowercase();
    let in_subnet = matches!(network, NetworkSpec::Subnet { .. });
    if text.contains("mounting volume") || text.contains("mount local volume") {
        // The options stand in the middle, the kernel's reason at the end.
        NotStarted::Share(words.rsplit(": ").next().unwrap_or_default().to_owned())
    } else if text.contains("port is already allocated")
        || (in_subnet && text.contains("address already in use"))
    {
        NotStarted::AddressTaken
    } else if text.contains("address already in use") {
        NotStarted::Final(format!("a program on this machine holds the port: {words}"))
    } else if text.contains("assign requested address") {
        NotStarted::Final(format!(
            "this machine has no loopback addresses beside 127.0.0.1 (on macOS `sudo ifconfig lo0 alias` adds the \
             one named here): {words}"
        ))
    } else {
        NotStarted::Final(words.to_owned())
    }
}

impl Engine {
    /// Makes a sandbox and fills its volumes; a refusal leaves nothing behind.
    pub(crate) async fn create_sandbox(&self, spec: &SandboxSpec) -> Result<Sandbox, RuntimeError> {
        let made = self.make_sandbox(spec).await;
        // An engine that was away for a moment may have the whole deployment running: it is asked again later.
        if made.as_ref().is_err_and(|error| !matches!(error, RuntimeError::Unavailable(_)))
            && let Err(error) = self.remove_sandbox(&spec.id).await
        {
            tracing::warn!(sandbox = spec.id.0, %error, "a half-made sandbox stays until it is removed again");
        }
        made
    }

    async fn make_sandbox(&self, spec: &SandboxSpec) -> Result<Sandbox, RuntimeError> {
        let _network_stays = self.networks_in_use.read().await;
        let image = self.sandbox_image().await?;
        for volume in &spec.volumes {
            let request = volume::request(&self.owner, &self.names, spec, volume);
            self.docker.create_volume(request).await.map_err(refused)?;
        }
        let place = self.network_for(&spec.network).await?;
        self.with_sandboxes(|known| known.insert(spec.id.clone(), spec.group.clone()));
        self.run_sandbox(spec, &image, &place).await?;
        let name = self.names.sandbox(&spec.id);
        let gone = || RuntimeError::Gone(format!("sandbox {}", spec.id.0));
        let found = self.inspect(&name).await?.ok_or_else(gone)?;
        let started = found.state.as_ref().and_then(state::started_at).unwrap_or(Timestamp::UNIX_EPOCH);
        let volumes = spec.volumes.iter().cloned().enumerate().collect();
        self.write_volumes(&spec.id, volumes, started).await?;
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let networks = found.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        Ok(Sandbox { ip: address_of(&labels, networks.values()) })
    }

    async fn run_sandbox(&self, spec: &SandboxSpec, image: &str, place: &Place) -> Result<(), RuntimeError> {
        let name = self.names.sandbox(&spec.id);
        let mut taken = HashSet::new();
        loop {
            let address = self.create_addressed(spec, image, place, &taken).await?;
            let starting = self.docker.start_container(&name, None::<StartContainerOptions>);
            let (started, ()) = tokio::join!(starting, self.prepare(spec));
            let Err(error) = started else { return Ok(()) };
            if is_away(&error) {
                return Err(refused(error));
            }
            match (why_not_started(&spec.network, &words(&error)), address) {
                (NotStarted::AddressTaken, Some(address)) if taken.len() + 1 < ADDRESS_ATTEMPTS => {
                    taken.insert(address);
                    self.discard_prepared(spec).await?;
                    self.remove_container(&name).await?;
                }
                (NotStarted::AddressTaken, _) => return Err(RuntimeError::Network(words(&error))),
                (NotStarted::Share(why), _) => return Err(RuntimeError::Share(why)),
                (NotStarted::Final(why), _) => return Err(RuntimeError::Network(why)),
            }
        }
    }

    /// Creates the sandbox, with an address of its own where one is chosen here; `None` when it was there already
    /// or the engine chooses.
    async fn create_addressed(
        &self,
        spec: &SandboxSpec,
        image: &str,
        place: &Place,
        taken: &HashSet<Ipv4Addr>,
    ) -> Result<Option<Ipv4Addr>, RuntimeError> {
        let _one_at_a_time = self.address_choosing.lock().await;
        let address = self.choose_address(spec, place, taken).await?;
        let new = self.create_container(spec, image, place, address).await?;
        Ok(address.filter(|_| new))
    }

    /// Whether the container is new.
    async fn create_container(
        &self,
        spec: &SandboxSpec,
        image: &str,
        place: &Place,
        address: Option<Ipv4Addr>,
    ) -> Result<bool, RuntimeError> {
        let options = CreateContainerOptionsBuilder::new().name(&self.names.sandbox(&spec.id)).build();
        let body = body(&self.owner, &self.names, spec, image, &place.network, address);
        match self.docker.create_container(Some(options), body).await {
            Ok(_) => Ok(true),
            Err(error) if is_conflict(&error) => Ok(false),
            Err(error) => Err(refused(error)),
        }
    }

    /// The image that sandboxes run, made when the engine lacks it.
    async fn sandbox_image(&self) -> Result<String, RuntimeError> {
        let unwritable = |error: std::io::Error| RuntimeError::Refused(error.to_string());
        let archive = pause::archive(self.machine).map_err(unwritable)?;
        let tag = pause::tag(&archive);
        let image = format!("{}:{tag}", pause::REPOSITORY);
        match self.docker.inspect_image(&image).await {
            Ok(_) => return Ok(image),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(refused(error)),
        }
        let options =
            CreateImageOptionsBuilder::new().from_src("-").repo(pause::REPOSITORY).tag(&tag).build();
        let imported =
            self.docker.create_image(Some(options), Some(bollard::body_full(archive.into())), None);
        imported.try_for_each(|_progress| async { Ok(()) }).await.map_err(refused)?;
        Ok(image)
    }

    /// Writes modes and contents through the sandbox, whose mounts keep the memory volumes alive.
    pub(crate) async fn write_volumes(
        &self,
        sandbox: &SandboxId,
        volumes: Vec<(usize, VolumeSpec)>,
        modified: Timestamp,
    ) -> Result<(), RuntimeError> {
        if !volumes.iter().any(|(_, volume)| volume::is_filled(volume)) {
            return Ok(());
        }
        let archive = tokio::task::spawn_blocking(move || volume::archive(&volumes, modified)).await;
        let archive = archive
            .unwrap_or_else(|panic| Err(std::io::Error::other(panic)))
            .map_err(|error| RuntimeError::Refused(format!("a volume cannot be filled: {error}")))?;
        let options = UploadToContainerOptionsBuilder::new().path(volume::SANDBOX_FOLDER).build();
        let body = bollard::body_try_stream(ReaderStream::new(tokio::fs::File::from_std(archive)));
        let name = self.names.sandbox(sandbox);
        match self.docker.upload_to_container(&name, Some(options), body).await {
            Err(error) if is_missing(&error) => Err(RuntimeError::Gone(format!("sandbox {}", sandbox.0))),
            other => other.map_err(refused),
        }
    }

    /// Removes everything of a deployment, also of one that was half made or half removed.
    pub(crate) async fn remove_sandbox(&self, sandbox: &SandboxId) -> Result<(), RuntimeError> {
        let group = self.with_sandboxes(|known| known.remove(sandbox));
        if let Some(group) = group {
            let its = self.names.container(&group, sandbox, "");
            self.with_prepared(|prepared| prepared.retain(|name, _| !name.starts_with(&its)));
        }
        let ours = labels::filter([(labels::EMULATOR, &self.owner), (labels::SANDBOX, &sandbox.0)]);
        let containers = ListContainersOptionsBuilder::new().all(true).filters(&ours).build();
        let containers = self.docker.list_containers(Some(containers)).await.map_err(refused)?;
        let ids: Vec<String> = containers.into_iter().filter_map(|container| container.id).collect();
        try_join_all(ids.iter().map(|id| self.remove_container(id))).await?;
        let volumes = ListVolumesOptionsBuilder::new().filters(&ours).build();
        let volumes = self.docker.list_volumes(Some(volumes)).await.map_err(refused)?;
        for volume in volumes.volumes.unwrap_or_default() {
            tolerate_missing(self.docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await)?;
        }
        self.remove_unused_networks().await
    }
}

#[cfg(test)]
mod tests {
    use aci_model::ResourceId;

    use super::*;
    use crate::runtime::{DnsSpec, VolumeContent, VolumeSpec};

    fn spec(network: NetworkSpec) -> SandboxSpec {
        SandboxSpec {
            id: SandboxId("d1".into()),
            group: ResourceId::container_group("s", "rg", "web"),
            network,
            dns: None,
            volumes: vec![VolumeSpec { name: "v".into(), content: VolumeContent::Empty }],
            metadata: false,
            first: vec![],
        }
    }

    fn made(spec: &SandboxSpec, address: Option<Ipv4Addr>) -> ContainerCreateBody {
        body("me", &Names::new("me"), spec, "image", "net", address)
    }

    #[test]
    fn a_public_group_publishes_its_ports_under_their_numbers_on_its_own_address() {
        let ports = vec![PortSpec { port: 80, udp: false }, PortSpec { port: 53, udp: true }];
        let address = Ipv4Addr::new(127, 77, 3, 9);
        let body = made(&spec(NetworkSpec::Public { ports }), Some(address));
        let bindings = body.host_config.unwrap().port_bindings.unwrap();
        let web = bindings["80/tcp"].as_ref().unwrap();
        assert_eq!(web[0].host_ip.as_deref(), Some("127.77.3.9"));
        assert_eq!(web[0].host_port.as_deref(), Some("80"));
        assert!(bindings.contains_key("53/udp"));
        let networks = HashMap::<String, EndpointSettings>::new();
        assert_eq!(address_of(&body.labels.unwrap(), networks.values()), Some(IpAddr::V4(address)));
    }

    #[test]
    fn only_a_subnets_group_shows_its_networks_address() {
        let end = EndpointSettings { ip_address: Some("172.20.0.5".into()), ..EndpointSettings::default() };
        let hidden = made(&spec(NetworkSpec::Unreachable), None).labels.unwrap();
        assert_eq!(address_of(&hidden, [&end]), None);
        let id = ResourceId::subnet("s", "rg", "vnet", "aci");
        let shown = made(&spec(NetworkSpec::Subnet { id, range: None }), None).labels.unwrap();
        assert_eq!(address_of(&shown, [&end]), "172.20.0.5".parse().ok());
    }

    #[test]
    fn the_hosts_name_and_resolver_are_the_groups() {
        let dns = DnsSpec {
            servers: vec!["10.0.0.10".into()],
            search: vec!["svc.cluster.local".into()],
            options: vec!["ndots:5".into()],
        };
        let body = made(&SandboxSpec { dns: Some(dns), ..spec(NetworkSpec::Unreachable) }, None);
        assert_eq!(body.hostname.as_deref(), Some("web"));
        let host = body.host_config.unwrap();
        assert_eq!(host.dns.unwrap(), ["10.0.0.10"]);
        assert_eq!(host.dns_search.unwrap(), ["svc.cluster.local"]);
        assert_eq!(host.dns_options.unwrap(), ["ndots:5"]);
    }

    #[test]
    fn only_a_port_that_a_container_holds_is_worth_another_address() {
        let taken = "Bind for 127.77.3.9:80 failed: port is already allocated";
        let public = NetworkSpec::Public { ports: vec![] };
        assert_eq!(why_not_started(&public, taken), NotStarted::AddressTaken);
        for words in [
            "listen tcp4 127.77.3.9:80: bind: address already in use",
            "listen tcp4 127.77.3.9:80: bind: cannot assign requested address",
            "something else",
        ] {
            assert!(
                matches!(why_not_started(&public, words), NotStarted::Final(why) if why.ends_with(words))
            );
        }
        let subnet = NetworkSpec::Subnet { id: ResourceId::subnet("s", "rg", "vnet", "aci"), range: None };
        assert_eq!(why_not_started(&subnet, "Address already in use"), NotStarted::AddressTaken);
    }

    #[test]
    fn a_share_that_cannot_be_mounted_is_told_apart_and_without_the_options() {
        let words = "error while mounting volume '/x/_data': failed to mount local volume: mount //a.example.com/s:/x, \
                     data: addr=10.0.0.1,username=a,password=hidden: permission denied";
        let public = NetworkSpec::Public { ports: vec![] };
        assert_eq!(why_not_started(&public, words), NotStarted::Share("permission denied".into()));
    }
}
