//! CPU and memory, in ACI's steps.

use aci_model::group::ContainerGroupProperties;
use aci_model::group::resources::{ComputeResources, ResourceRequirements};
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{Translation, Untranslatable};
use crate::quantity;

/// What a container gets that asks for nothing: ACI's own defaults in its CLI and portal.
const DEFAULT_CPU: f64 = 1.0;
/// The same for memory, in GB.
const DEFAULT_MEMORY_GB: f64 = 1.5;
/// A hundredth of a core, in nano-cores: the step of ACI's cpu.
const CPU_STEP: i128 = 10_000_000;
/// A tenth of a gigabyte (10⁹ bytes), in nano-bytes: the step of ACI's memory.
const MEMORY_STEP: i128 = 100_000_000 * 1_000_000_000;

/// Which resource, with what ACI knows of it.
#[derive(Clone, Copy)]
struct Kind {
    key: &'static str,
    step: i128,
    steps_per_unit: f64,
}

const CPU: Kind = Kind { key: "cpu", step: CPU_STEP, steps_per_unit: 100.0 };
const MEMORY: Kind = Kind { key: "memory", step: MEMORY_STEP, steps_per_unit: 10.0 };

/// The requests and limits of `container`, rounded up to ACI's steps.
pub(super) fn requirements(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<ResourceRequirements, Untranslatable> {
    let given = container.resources.clone().unwrap_or_default();
    let (requests, limits) = (given.requests.unwrap_or_default(), given.limits.unwrap_or_default());
    for (list, map) in [("requests", &requests), ("limits", &limits)] {
        for key in map.keys() {
            match key.as_str() {
                "cpu" | "memory" => {}
                "ephemeral-storage" => t.notes.ignored(format!("{at}.resources.{list}.{key}")),
                _ => {
                    let field = format!("{at}.resources.{list}[{key}]");
                    return Err(Untranslatable::new(field, "ACI offers cpu and memory only", "remove it"));
                }
            }
        }
    }
    let amount = |list: &str, map: &std::collections::BTreeMap<String, Quantity>, kind: Kind| {
        map.get(kind.key)
            .map(|quantity| in_steps(quantity, kind, &format!("{at}.resources.{list}.{}", kind.key)))
            .transpose()
    };
    let (cpu_limit, memory_limit) = (amount("limits", &limits, CPU)?, amount("limits", &limits, MEMORY)?);
    let cpu = amount("requests", &requests, CPU)?.or(cpu_limit).unwrap_or(DEFAULT_CPU);
    let memory = amount("requests", &requests, MEMORY)?.or(memory_limit).unwrap_or(DEFAULT_MEMORY_GB);
    let limits = (cpu_limit.is_some() || memory_limit.is_some()).then(|| ComputeResources {
        cpu: Some(cpu_limit.unwrap_or(cpu).max(cpu)),
        memory_in_gb: Some(memory_limit.unwrap_or(memory).max(memory)),
        gpu: None,
    });
    let requests = ComputeResources { cpu: Some(cpu), memory_in_gb: Some(memory), gpu: None };
    Ok(ResourceRequirements { requests: Some(requests), limits })
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
    let (cpu, memory) = (tidy(cpu, CPU), tidy(memory, MEMORY));
    for (i, container) in containers.iter_mut().enumerate() {
        let limits = container.properties.as_mut().and_then(|p| p.resources.as_mut()?.limits.as_mut());
        let Some(limits) = limits else { continue };
        for (limit, total, kind) in [(&mut limits.cpu, cpu, CPU), (&mut limits.memory_in_gb, memory, MEMORY)]
        {
            if let Some(asked) = limit.filter(|asked| *asked > total) {
                *limit = Some(total);
                t.notes.warn(
                    "LimitLowered",
                    format!(
                        "spec.containers[{i}].resources.limits.{}: {asked} is more than the {total} that the \
                         container group requests in total, which is ACI's maximum; {total} is used",
                        kind.key
                    ),
                );
            }
        }
    }
}

fn in_steps(quantity: &Quantity, kind: Kind, field: &str) -> Result<f64, Untranslatable> {
    let steps = quantity::parse(&quantity.0)
        .filter(|nanos| *nanos >= 0)
        .and_then(|nanos| u32::try_from(quantity::steps(nanos, kind.step).max(1)).ok());
    match steps {
        Some(steps) => Ok(f64::from(steps) / kind.steps_per_unit),
        None => Err(Untranslatable::new(field, format!("{:?} is not an amount", quantity.0), "correct it")),
    }
}

/// A sum of steps without the dust of binary fractions.
fn tidy(sum: f64, kind: Kind) -> f64 {
    (sum * kind.steps_per_unit).round() / kind.steps_per_unit
}
