//! The ports of containers, which share one address.

use std::collections::HashMap;

use aci_model::group::network::{Port, Protocol};
use k8s_openapi::api::core::v1::Container;

use super::super::Untranslatable;

/// Which container has which port: by number and whether it is UDP.
#[derive(Debug, Default)]
pub(super) struct Taken(HashMap<(i64, bool), String>);

impl Taken {
    /// The ports of `container`; the same one twice counts once, one of another container's is refused, as ACI
    /// does without saying where it stands.
    pub(super) fn take(
        &mut self,
        container: &Container,
        at: &str,
    ) -> Result<Option<Vec<Port>>, Untranslatable> {
        let mut ports: Vec<Port> = Vec::new();
        for (i, port) in container.ports.iter().flatten().enumerate() {
            let udp = port.protocol.as_deref() == Some("UDP");
            let number = i64::from(port.container_port);
            let holder = self.0.entry((number, udp)).or_insert_with(|| container.name.clone());
            if *holder != container.name {
                let protocol = if udp { "UDP" } else { "TCP" };
                return Err(Untranslatable::new(
                    format!("{at}.ports[{i}].containerPort"),
                    format!(
                        "{number}/{protocol} is container {holder:?}'s, and containers share one address"
                    ),
                    "give the container another port, or remove the declaration if it does not listen there",
                ));
            }
            let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
            let port = Port { protocol: Some(protocol), port: Some(number) };
            if !ports.contains(&port) {
                ports.push(port);
            }
        }
        Ok((!ports.is_empty()).then_some(ports))
    }
}
