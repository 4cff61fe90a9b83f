//! `GET …/locations/{location}/capabilities`

use aci_model::group::Sku;
use aci_model::location::{Capabilities, MaximumResources};
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;

use super::RegionCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::limits::{Range, RegionLimits};
use crate::regions::Region;

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: RegionCall) -> Result<Json<Page<Capabilities>>, ArmError> {
    let (region, _) = call.check(&app, Operation::Capabilities)?;
    let maximum = maximum(app.limits.now().region(region.name));
    Ok(Json(Page::whole(
        ["Public", "Private"].map(|address| capabilities(region, address, maximum.clone())).to_vec(),
    )))
}

/// The most that a host has: more than a group may request, as it keeps some for itself (recorded by
/// azure-powershell in eastus: 32 cores and 256 GB). The recorded row of V100 GPUs is left out: Azure retired them in
/// July 2025.
fn maximum(limits: &RegionLimits) -> MaximumResources {
    let Range { max_cpu, max_memory_in_gb, max_gpu_count, .. } =
        limits.range(Sku::Standard.as_str()).copied().unwrap_or_default();
    MaximumResources {
        max_memory_in_gb: max_memory_in_gb + limits.host.memory_in_gb,
        max_cpu: max_cpu + limits.host.cpu,
        max_gpu_count,
    }
}

fn capabilities(region: &Region, ip_address_type: &str, maximum: MaximumResources) -> Capabilities {
    Capabilities {
        resource_type: "containerGroups".to_owned(),
        os_type: "NotSpecified".to_owned(),
        location: region.name.to_owned(),
        ip_address_type: ip_address_type.to_owned(),
        gpu: "None".to_owned(),
        capabilities: maximum,
    }
}
