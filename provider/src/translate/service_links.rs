//! The variables that tell containers where services are.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Translation;
use super::env::is_name;

/// The API server as containers reach it. The address of the service `kubernetes` is good inside the cluster's
/// network alone, where something on every node leads it to the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// The variables of the services that the pod sees, in the kubelet's form (`getServiceEnvVarMap` in
/// `pkg/kubelet/kubelet_pods.go`, `FromServices` in `pkg/kubelet/envvars`), by the names of the services: a
/// kubelet's order is random, and a group that is made again should be the same.
///
/// `kubernetes` of `default` always, the namespace's own unless the pod declines them; headless services have no
/// address to tell. One of the namespace wins over `kubernetes` of `default`, and where [`Master`] is said it stands for
/// that. Names that ACI refuses are left out: they would cost the whole group, and nobody asked for them.
pub(super) fn variables(t: &Translation<'_>) -> Vec<(String, String)> {
    let namespace = t.pod.metadata.namespace.as_deref();
    let links = t.spec.enable_service_links.unwrap_or(true);
    let own = |service: &&Service| links && service.metadata.namespace.as_deref() == namespace;
    let master = |service: &&Service| {
        let meta = &service.metadata;
        meta.name.as_deref() == Some("kubernetes") && meta.namespace.as_deref() == Some("default")
    };
    let named_as_master = |service: &&Service| service.metadata.name.as_deref() == Some("kubernetes");
    let told = t.settings.master.as_ref().map(Master::service);
    let given = t.inputs.services.iter().filter(|service| told.is_none() || !master(service));
    let known: Vec<&Service> = given.chain(&told).collect();
    let addressed = || known.iter().copied().filter(|service| address(service).is_some());
    let replaced = addressed().filter(own).any(|service| named_as_master(&service));
    let mut services: Vec<_> =
        addressed().filter(|service| own(service) || (master(service) && !replaced)).collect();
    services.sort_by_key(|service| service.metadata.name.clone());
    services.into_iter().flat_map(of_service).filter(|(name, _)| is_name(name)).collect()
}

impl Master {
    /// The service `kubernetes`, as the API server makes its own, at this address.
    fn service(&self) -> Service {
        let text = |text: &str| Some(text.to_owned());
        let port = ServicePort { name: text("https"), port: i32::from(self.port), ..ServicePort::default() };
        Service {
            metadata: ObjectMeta {
                name: text("kubernetes"),
                namespace: text("default"),
                ..ObjectMeta::default()
            },
            spec: Some(ServiceSpec {
                cluster_ip: Some(self.host.clone()),
                ports: Some(vec![port]),
                ..ServiceSpec::default()
            }),
            ..Service::default()
        }
    }
}

/// The address that a service has (`IsServiceIPSet`).
fn address(service: &Service) -> Option<&str> {
    let spec = service.spec.as_ref()?;
    if spec.type_.as_deref() == Some("ExternalName") {
        return None;
    }
    spec.cluster_ip.as_deref().filter(|ip| !matches!(*ip, "" | "None"))
}

fn of_service(service: &Service) -> Vec<(String, String)> {
    let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
    let (Some(host), Some(first)) = (address(service), ports.first()) else { return Vec::new() };
    let name = screaming(service.metadata.name.as_deref().unwrap_or_default());

    let mut all = vec![
        (format!("{name}_SERVICE_HOST"), host.to_owned()),
        (format!("{name}_SERVICE_PORT"), first.port.to_string()),
    ];
    for port in ports {
        if let Some(port_name) = port.name.as_deref().filter(|n| !n.is_empty()) {
            all.push((format!("{name}_SERVICE_PORT_{}", screaming(port_name)), port.port.to_string()));
        }
    }
    // Docker's links format: https://docs.docker.com/network/links/
    let url = |protocol: &str, port: i32| {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("{}://{host}:{port}", protocol.to_ascii_lowercase())
    };
    let protocol =
        |p: &Option<String>| p.clone().filter(|p| !p.is_empty()).unwrap_or_else(|| "TCP".to_owned());
    all.push((format!("{name}_PORT"), url(&protocol(&first.protocol), first.port)));
    for port in ports {
        let protocol = protocol(&port.protocol);
        let prefix = format!("{name}_PORT_{}_{}", port.port, protocol.to_ascii_uppercase());
        all.push((prefix.clone(), url(&protocol, port.port)));
        all.push((format!("{prefix}_PROTO"), protocol.to_ascii_lowercase()));
        all.push((format!("{prefix}_PORT"), port.port.to_string()));
        all.push((format!("{prefix}_ADDR"), host.to_owned()));
    }
    all
}

fn screaming(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}
