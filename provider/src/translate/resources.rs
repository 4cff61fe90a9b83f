//! CPU and memory, in ACI's steps.
//!
//! The Go provider rounds down, so that 1.05 GB become 1.0 and a container is killed that asked for enough; here
//! everything is rounded up.

use std::collections::BTreeMap;

use aci_model::group::ContainerGroupProperties;
use aci_model::group::resources::{ComputeResources, ResourceRequirements};
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{Translation, Untranslatable, containers, reasons};
use crate::quantity;

/// What a container gets that asks for nothing: ACI's own defaults in its CLI and portal, one core.
const DEFAULT_CPU_STEPS: u32 = 100;
/// The same for memory: 1.5 GB.
const DEFAULT_MEMORY_STEPS: u32 = 15;
/// A hundredth of a core, in nano-cores: the step of ACI's cpu, as of the Go provider.
const CPU_STEP: i128 = quantity::UNIT / 100;
/// A tenth of a gigabyte (10⁹ bytes), in nano-bytes: the step of ACI's memory.
const MEMORY_STEP: i128 = 100_000_000 * quantity::UNIT;

/// Which resource, with what ACI knows of it.
#[derive(Clone, Copy)]
struct Kind {
    key: &'static str,
    step: i128,
    steps_per_unit: f64,
    default: u32,
}

const CPU: Kind = Kind { key: "cpu", step: CPU_STEP, steps_per_unit: 100.0, default: DEFAULT_CPU_STEPS };
const MEMORY: Kind =
    Kind { key: "memory", step: MEMORY_STEP, steps_per_unit: 10.0, default: DEFAULT_MEMORY_STEPS };

/// What a container asks for of one resource, in steps.
#[derive(Clone, Copy)]
struct Asked {
    request: u32,
    limit: Option<u32>,
}

/// The requests and limits of `container`, rounded up to ACI's steps.
pub(super) fn requirements(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<ResourceRequirements, Untranslatable> {
    check_names(t, container, at)?;
    let (cpu, memory) = (asked(container, CPU, at)?, asked(container, MEMORY, at)?);
    let limits = (cpu.limit.is_some() || memory.limit.is_some()).then(|| ComputeResources {
        cpu: Some(CPU.units(cpu.limit.unwrap_or(cpu.request))),
        memory_in_gb: Some(MEMORY.units(memory.limit.unwrap_or(memory.request))),
        gpu: None,
    });
    let requests = ComputeResources {
        cpu: Some(CPU.units(cpu.request)),
        memory_in_gb: Some(MEMORY.units(memory.request)),
        gpu: None,
    };
    Ok(ResourceRequirements { requests: Some(requests), limits })
}

/// What ACI grants `container` of `resource` (such as `limits.cpu`), in nano-units; `None` for what is neither cpu
/// nor memory.
pub(super) fn granted(
    t: &Translation<'_>,
    container: &Container,
    resource: &str,
) -> Result<Option<i128>, Untranslatable> {
    let at = format!("container {:?}", container.name);
    let (list, kind) = match resource {
        "requests.cpu" => ("requests", CPU),
        "requests.memory" => ("requests", MEMORY),
        "limits.cpu" => ("limits", CPU),
        "limits.memory" => ("limits", MEMORY),
        _ => return Ok(None),
    };
    let asked = asked(container, kind, &at)?;
    let steps = match (list, asked.limit) {
        ("requests", _) => asked.request,
        (_, limit) => {
            let total = group_total(t, kind)?;
            limit.map_or(total, |limit| limit.min(total))
        }
    };
    Ok(Some(i128::from(steps) * kind.step))
}

/// Brings limits down to the group's total: ACI refuses a container limit above the sum of requests
/// (`ContainerLimitGreaterThanContainerGroupTotalRequest`), which every burstable pod has.
pub(super) fn clamp_limits(t: &mut Translation<'_>, properties: &mut ContainerGroupProperties) {
    let containers = properties.containers.as_deref_mut().unwrap_or_default();
    let (mut cpu, mut memory) = (0.0, 0.0);
    for requests in
        containers.iter().filter_map(|c| c.properties.as_ref()?.resources.as_ref()?.requests.as_ref())
    {
        cpu += requests.cpu.unwrap_or_default();
        memory += requests.memory_in_gb.unwrap_or_default();
    }
    let (cpu, memory) = (CPU.tidy(cpu), MEMORY.tidy(memory));
    for container in containers {
        let name = container.name.clone().unwrap_or_default();
        let limits = container.properties.as_mut().and_then(|p| p.resources.as_mut()?.limits.as_mut());
        let Some(limits) = limits else { continue };
        for (limit, total, kind) in [(&mut limits.cpu, cpu, CPU), (&mut limits.memory_in_gb, memory, MEMORY)]
        {
            if let Some(asked) = limit.filter(|asked| *asked > total) {
                *limit = Some(total);
                t.notes.warn(
                    reasons::LIMIT_LOWERED,
                    format!(
                        "resources.limits.{} of container {name:?}: {asked} is more than the {total} that the \
                         container group requests in total, which is ACI's maximum; {total} is used",
                        kind.key
                    ),
                );
            }
        }
    }
}

/// What all containers of the group request together, in steps.
fn group_total(t: &Translation<'_>, kind: Kind) -> Result<u32, Untranslatable> {
    let sidecars =
        t.spec.init_containers.iter().flatten().filter(|container| containers::is_sidecar(container));
    let mut total: u32 = 0;
    for container in sidecars.chain(&t.spec.containers) {
        let at = format!("container {:?}", container.name);
        total = total.saturating_add(asked(container, kind, &at)?.request);
    }
    Ok(total)
}

/// A limit without a request is the request, too, as the API server has it; a limit is never below it.
fn asked(container: &Container, kind: Kind, at: &str) -> Result<Asked, Untranslatable> {
    let resources = container.resources.as_ref();
    let amount = |list: &str, map: Option<&BTreeMap<String, Quantity>>| {
        let quantity = map.and_then(|map| map.get(kind.key));
        quantity.map(|it| kind.steps(it, &format!("{at}.resources.{list}.{}", kind.key))).transpose()
    };
    let limit = amount("limits", resources.and_then(|it| it.limits.as_ref()))?;
    let request = amount("requests", resources.and_then(|it| it.requests.as_ref()))?;
    let request = request.or(limit).unwrap_or(kind.default);
    Ok(Asked { request, limit: limit.map(|limit| limit.max(request)) })
}

/// Notes and refuses what is neither cpu nor memory.
fn check_names(t: &mut Translation<'_>, container: &Container, at: &str) -> Result<(), Untranslatable> {
    let Some(resources) = &container.resources else { return Ok(()) };
    for (list, map) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        for (key, amount) in map.iter().flatten() {
            let field = format!("{at}.resources.{list}[{key}]");
            let nothing = quantity::parse(&amount.0) == Some(0);
            match key.as_str() {
                "cpu" | "memory" => {}
                _ if nothing => {}
                "ephemeral-storage" => {
                    let text = format!("{field}: ACI gives every group the same 50 GB of storage");
                    t.notes.info(reasons::RESOURCE_IGNORED, text);
                }
                _ if key.starts_with("hugepages-") => {
                    t.notes.warn(reasons::RESOURCE_IGNORED, format!("{field}: ACI offers no huge pages"));
                }
                _ if key.ends_with("/gpu") => {
                    let reason = "Azure retired the GPUs of container groups in July 2025";
                    let remedy = "remove it, or run the pod on nodes with GPUs";
                    return Err(Untranslatable::new(field, reason, remedy));
                }
                _ => return Err(Untranslatable::new(field, "ACI offers cpu and memory only", "remove it")),
            }
        }
    }
    Ok(())
}

impl Kind {
    fn steps(self, quantity: &Quantity, field: &str) -> Result<u32, Untranslatable> {
        quantity::parse(&quantity.0)
            .filter(|nanos| *nanos >= 0)
            .and_then(|nanos| u32::try_from(quantity::steps(nanos, self.step).max(1)).ok())
            .ok_or_else(|| {
                Untranslatable::new(field, format!("{:?} is not an amount", quantity.0), "correct it")
            })
    }

    fn units(self, steps: u32) -> f64 {
        f64::from(steps) / self.steps_per_unit
    }

    /// A sum of steps without the dust of binary fractions.
    fn tidy(self, sum: f64) -> f64 {
        (sum * self.steps_per_unit).round() / self.steps_per_unit
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amounts(requests: &str, limits: &str, kind: Kind) -> (f64, Option<f64>) {
        let quantities = |text: &str| {
            let pair =
                text.split_once(' ').map(|(key, amount)| (key.to_owned(), Quantity(amount.to_owned())));
            Some(pair.into_iter().collect())
        };
        let resources = k8s_openapi::api::core::v1::ResourceRequirements {
            requests: quantities(requests),
            limits: quantities(limits),
            claims: None,
        };
        let container = Container { resources: Some(resources), ..Container::default() };
        let asked = asked(&container, kind, "at").unwrap();
        (kind.units(asked.request), asked.limit.map(|limit| kind.units(limit)))
    }

    /// The figures of the Go provider's tests of `CreatePod`, rounded up where it rounds down.
    #[test]
    fn the_go_provider_s_cases_get_no_less_than_they_asked_for() {
        assert_eq!(amounts("", "", CPU), (1.0, None));
        assert_eq!(amounts("", "", MEMORY), (1.5, None));
        assert_eq!(amounts("cpu 1981m", "", CPU), (1.99, None));
        assert_eq!(amounts("memory 3.49G", "", MEMORY), (3.5, None));
        assert_eq!(amounts("cpu 1981m", "cpu 3999m", CPU), (1.99, Some(4.0)));
        assert_eq!(amounts("memory 3.49G", "memory 8010M", MEMORY), (3.5, Some(8.1)));
    }

    #[test]
    fn the_least_is_a_step_and_a_limit_alone_is_a_request() {
        assert_eq!(amounts("cpu 0", "", CPU), (0.01, None));
        assert_eq!(amounts("", "memory 50Mi", MEMORY), (0.1, Some(0.1)));
        assert_eq!(amounts("memory 128Mi", "", MEMORY), (0.2, None));
    }

    proptest! {
        #[test]
        fn nobody_gets_less_than_asked_for_nor_a_step_more(bytes in 1u64..1_000_000_000_000) {
            let (granted, _) = amounts(&format!("memory {bytes}"), "", MEMORY);
            let asked = bytes as f64 / 1e9;
            prop_assert!(granted >= asked - 1e-9 && granted < asked + 0.1 + 1e-9, "{asked} {granted}");
        }
    }
}
