//! Containers and init containers.

use aci_model::group::container::{
    Container as AciContainer, ContainerProperties, InitContainer, InitContainerProperties,
};
use aci_model::group::network::{Port, Protocol};
use k8s_openapi::api::core::v1::Container;

use super::env::{self, Environment};
use super::volumes::Mounts;
use super::{Refusal, Translation, Untranslatable, probes, resources, security};

/// The containers of the group.
pub(super) fn ordinary(t: &mut Translation<'_>, mounts: &Mounts) -> Result<Vec<AciContainer>, Refusal> {
    let spec = t.spec;
    spec.containers
        .iter()
        .enumerate()
        .map(|(i, container)| ordinary_one(t, container, &format!("spec.containers[{i}]"), mounts))
        .collect()
}

fn ordinary_one(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
    mounts: &Mounts,
) -> Result<AciContainer, Refusal> {
    common(t, container, at)?;
    let env = env::resolve(t, container, at)?;
    let properties = ContainerProperties {
        image: container.image.clone(),
        command: command(container, &env, at)?,
        ports: ports(container, at)?,
        resources: Some(resources::requirements(t, container, at)?),
        volume_mounts: mounts.of_container(container, at)?,
        liveness_probe: probes::liveness(t, container, at)?,
        readiness_probe: probes::readiness(t, container, at)?,
        security_context: security::context(t, container, at)?,
        environment_variables: env.into_variables(),
        ..ContainerProperties::default()
    };
    Ok(AciContainer { name: Some(container.name.clone()), properties: Some(properties) })
}

/// The init containers; `None` when there are none.
pub(super) fn init(t: &mut Translation<'_>, mounts: &Mounts) -> Result<Option<Vec<InitContainer>>, Refusal> {
    let Some(containers) = t.spec.init_containers.as_deref().filter(|list| !list.is_empty()) else {
        return Ok(None);
    };
    let translated: Result<Vec<_>, Refusal> = containers
        .iter()
        .enumerate()
        .map(|(i, container)| init_one(t, container, &format!("spec.initContainers[{i}]"), mounts))
        .collect();
    translated.map(Some)
}

fn init_one(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
    mounts: &Mounts,
) -> Result<InitContainer, Refusal> {
    if container.restart_policy.is_some() {
        return Err(Untranslatable::new(
            format!("{at}.restartPolicy"),
            "ACI's init containers end before the others start, there are no sidecars among them",
            "make it an ordinary container",
        )
        .into());
    }
    common(t, container, at)?;
    // Limit ranges put resources on every container, so they are no reason to refuse one.
    let given = [
        (
            "resources",
            container.resources.as_ref().is_some_and(|r| r.requests.is_some() || r.limits.is_some()),
        ),
        ("ports", container.ports.as_ref().is_some_and(|ports| !ports.is_empty())),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    for (field, _) in given.into_iter().filter(|(_, given)| *given) {
        t.notes.ignored(format!("{at}.{field}"));
    }
    let env = env::resolve(t, container, at)?;
    let properties = InitContainerProperties {
        image: container.image.clone(),
        command: command(container, &env, at)?,
        volume_mounts: mounts.of_container(container, at)?,
        security_context: security::context(t, container, at)?,
        environment_variables: env.into_variables(),
        ..InitContainerProperties::default()
    };
    Ok(InitContainer { name: Some(container.name.clone()), properties: Some(properties) })
}

/// What holds for both kinds.
fn common(t: &mut Translation<'_>, container: &Container, at: &str) -> Result<(), Untranslatable> {
    if container.image.as_deref().unwrap_or_default().is_empty() {
        return Err(Untranslatable::new(format!("{at}.image"), "a container needs an image", "name one"));
    }
    if container.working_dir.as_deref().is_some_and(|dir| !dir.is_empty()) {
        return Err(Untranslatable::new(
            format!("{at}.workingDir"),
            "ACI starts containers in the image's own directory",
            "change it in the command, for example `sh -c 'cd /dir && exec program'`",
        ));
    }
    if container.volume_devices.as_ref().is_some_and(|devices| !devices.is_empty()) {
        return Err(Untranslatable::new(
            format!("{at}.volumeDevices"),
            "ACI has no block devices",
            "use a file system volume",
        ));
    }
    if container
        .lifecycle
        .as_ref()
        .is_some_and(|hooks| hooks.pre_stop.is_some() || hooks.post_start.is_some())
    {
        t.notes.warn("LifecycleHooksIgnored", format!("{at}.lifecycle: ACI runs no lifecycle hooks"));
    }
    for (field, given) in [("stdin", container.stdin), ("tty", container.tty)] {
        if given == Some(true) {
            t.notes.ignored(format!("{at}.{field}"));
        }
    }
    if container.image_pull_policy.as_deref() == Some("Never") {
        t.notes.ignored(format!("{at}.imagePullPolicy"));
    }
    Ok(())
}

/// ACI's single command replaces the image's entry point and arguments both, so arguments alone would need
/// the entry point, which only the image knows.
fn command(
    container: &Container,
    env: &Environment,
    at: &str,
) -> Result<Option<Vec<String>>, Untranslatable> {
    let command = container.command.as_deref().unwrap_or_default();
    let args = container.args.as_deref().unwrap_or_default();
    if command.is_empty() && !args.is_empty() {
        return Err(Untranslatable::new(
            format!("{at}.args"),
            "ACI has one command that replaces the image's entry point and arguments, so arguments alone have no \
             place",
            format!("set {at}.command as well, to the image's entry point"),
        ));
    }
    let mut words = env.expand_command(command, &format!("{at}.command"))?;
    words.extend(env.expand_command(args, &format!("{at}.args"))?);
    Ok((!words.is_empty()).then_some(words))
}

fn ports(container: &Container, at: &str) -> Result<Option<Vec<Port>>, Untranslatable> {
    let mut ports: Vec<Port> = Vec::new();
    for (i, port) in container.ports.iter().flatten().enumerate() {
        let at = format!("{at}.ports[{i}]");
        if port.host_port.is_some_and(|port| port != 0) {
            return Err(Untranslatable::new(
                format!("{at}.hostPort"),
                "a virtual node has no host whose port could be taken",
                "remove it and reach the pod by its own address or a Service",
            ));
        }
        let protocol = match port.protocol.as_deref().unwrap_or("TCP") {
            "TCP" => Protocol::Tcp,
            "UDP" => Protocol::Udp,
            other => {
                let reason = format!("ACI has no {other}");
                return Err(Untranslatable::new(format!("{at}.protocol"), reason, "use TCP or UDP"));
            }
        };
        let port = Port { protocol: Some(protocol), port: Some(i64::from(port.container_port)) };
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    Ok((!ports.is_empty()).then_some(ports))
}
