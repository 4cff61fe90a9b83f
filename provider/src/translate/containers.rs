//! Containers and init containers.
//!
//! A sidecar (an init container that is always restarted) becomes an ordinary container, before the pod's own.
//! What it serves while the pod runs works as on a kubelet; what ACI cannot do is start it before the init
//! containers behind it, which run first, and wait for it before the others start. That is told. To refuse the
//! pod would also refuse all whose init containers do not need their sidecars, which is most of them. A pod that
//! is to end is refused, though: a kubelet stops sidecars when the others have ended, a container group does not
//! end before all have.

use aci_model::group::OsType;
use aci_model::group::container::{
    Container as AciContainer, ContainerProperties, InitContainer, InitContainerProperties,
};
use k8s_openapi::api::core::v1::Container;

use super::volumes::Mounts;
use super::{Refusal, Translation, Untranslatable, env, probes, reasons, resources, security};

mod launch;
mod ports;

/// The containers of the group: the sidecars and then the pod's own.
pub(super) fn ordinary(t: &mut Translation<'_>, mounts: &mut Mounts) -> Result<Vec<AciContainer>, Refusal> {
    let spec = t.spec;
    let mut taken = ports::Taken::default();
    let mut all = Vec::new();
    for (i, container) in spec.init_containers.iter().flatten().enumerate() {
        if is_sidecar(container) {
            let at = format!("spec.initContainers[{i}]");
            tell_sidecar(t, container, &at)?;
            all.push(ordinary_one(t, container, &at, mounts, &mut taken)?);
        }
    }
    for (i, container) in spec.containers.iter().enumerate() {
        all.push(ordinary_one(t, container, &format!("spec.containers[{i}]"), mounts, &mut taken)?);
    }
    Ok(all)
}

/// The init containers; `None` when there are none.
pub(super) fn init(
    t: &mut Translation<'_>,
    mounts: &mut Mounts,
) -> Result<Option<Vec<InitContainer>>, Refusal> {
    let mut all = Vec::new();
    for (i, container) in t.spec.init_containers.iter().flatten().enumerate() {
        if !is_sidecar(container) {
            all.push(init_one(t, container, &format!("spec.initContainers[{i}]"), mounts)?);
        }
    }
    if !all.is_empty() && t.settings.os_type == OsType::Windows {
        let reason = "Windows container groups have no init containers";
        return Err(
            Untranslatable::new("spec.initContainers", reason, "do their work in the container").into()
        );
    }
    Ok((!all.is_empty()).then_some(all))
}

/// Whether an init container goes on running beside the others.
pub(crate) fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn tell_sidecar(t: &mut Translation<'_>, container: &Container, at: &str) -> Result<(), Untranslatable> {
    if t.spec.restart_policy.as_deref().is_some_and(|policy| policy != "Always") {
        return Err(Untranslatable::new(
            format!("{at}.restartPolicy"),
            "a container group ends when all its containers have, and a sidecar does not end by itself",
            "make it an ordinary container that ends with the others",
        ));
    }
    let text = format!(
        "{at}: {} runs as an ordinary container, as ACI has no sidecars: init containers run before it and the \
         others start beside it",
        container.name
    );
    t.notes.warn(reasons::SIDECAR_NOT_FIRST, text);
    Ok(())
}

fn ordinary_one(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
    mounts: &mut Mounts,
    taken: &mut ports::Taken,
) -> Result<AciContainer, Refusal> {
    check_image(container, at)?;
    let env = env::resolve(t, container, at)?;
    let properties = ContainerProperties {
        image: container.image.clone(),
        command: launch::command(t, container, &env, at)?,
        ports: taken.take(container, at)?,
        resources: Some(resources::requirements(t, container, at)?),
        volume_mounts: mounts.of_container(t, container, &env, at)?,
        liveness_probe: probes::liveness(t, container, at)?,
        readiness_probe: probes::readiness(t, container, at)?,
        security_context: security::context(t, container, at)?,
        environment_variables: env.into_variables(),
        ..ContainerProperties::default()
    };
    Ok(AciContainer { name: Some(container.name.clone()), properties: Some(properties) })
}

fn init_one(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
    mounts: &mut Mounts,
) -> Result<InitContainer, Refusal> {
    check_image(container, at)?;
    let env = env::resolve(t, container, at)?;
    let properties = InitContainerProperties {
        image: container.image.clone(),
        command: launch::command(t, container, &env, at)?,
        volume_mounts: mounts.of_container(t, container, &env, at)?,
        security_context: security::context(t, container, at)?,
        environment_variables: env.into_variables(),
        ..InitContainerProperties::default()
    };
    Ok(InitContainer { name: Some(container.name.clone()), properties: Some(properties) })
}

/// The API server lets templates leave the image out, and pods that something was to fill in.
fn check_image(container: &Container, at: &str) -> Result<(), Untranslatable> {
    match container.image.as_deref().unwrap_or_default() {
        "" => Err(Untranslatable::new(format!("{at}.image"), "a container needs an image", "name one")),
        _ => Ok(()),
    }
}
