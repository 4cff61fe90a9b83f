//! The variables that tell containers where services are.

use k8s_openapi::api::core::v1::Service;

use super::Translation;

/// The variables of the services that the pod sees, in the kubelet's form.
///
/// `kubernetes` of `default` always, the namespace's own unless the pod declines them; headless services
/// have no address to tell.
pub(super) fn variables(t: &Translation<'_>) -> Vec<(String, String)> {
    let namespace = t.pod.metadata.namespace.as_deref();
    let links = t.spec.enable_service_links.unwrap_or(true);
    t.inputs
        .services
        .iter()
        .filter(|service| {
            let meta = &service.metadata;
            let master =
                meta.name.as_deref() == Some("kubernetes") && meta.namespace.as_deref() == Some("default");
            master || (links && meta.namespace.as_deref() == namespace)
        })
        .flat_map(of_service)
        .collect()
}

fn of_service(service: &Service) -> Vec<(String, String)> {
    let Some(spec) = &service.spec else { return Vec::new() };
    let host = spec.cluster_ip.as_deref().unwrap_or_default();
    let ports = spec.ports.as_deref().unwrap_or_default();
    let (false, Some(first)) = (matches!(host, "" | "None"), ports.first()) else { return Vec::new() };
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
    let url = |protocol: &str, port: i32| format!("{}://{host}:{port}", protocol.to_ascii_lowercase());
    let protocol = |p: &Option<String>| p.clone().unwrap_or_else(|| "TCP".to_owned());
    all.push((format!("{name}_PORT"), url(&protocol(&first.protocol), first.port)));
    for port in ports {
        let protocol = protocol(&port.protocol);
        let prefix = format!("{name}_PORT_{}_{protocol}", port.port);
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
