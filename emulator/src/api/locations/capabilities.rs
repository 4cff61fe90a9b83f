//! `GET …/locations/{location}/capabilities`

use aci_model::location::{Capabilities, MaximumResources};
use aci_model::resource::Page;
use axum::Json;

use super::RegionCall;
use crate::api::surface::Operation;
use crate::arm::error::ArmError;
use crate::regions::Region;

/// The most that a group may have. Recorded by azure-powershell in eastus; more than the validated limits, which
/// are the documentation's, as the host keeps a core and 16 GB for itself. The recorded row of V100 GPUs is left
/// out: Azure retired them in July 2025.
const MAXIMUM: MaximumResources =
    MaximumResources { max_memory_in_gb: 256.0, max_cpu: 32.0, max_gpu_count: 0 };

/// Handles the operation: every region has the same.
pub async fn handle(call: RegionCall) -> Result<Json<Page<Capabilities>>, ArmError> {
    let (region, _) = call.check(Operation::Capabilities)?;
    Ok(Json(Page::whole(["Public", "Private"].map(|address| capabilities(region, address)).to_vec())))
}

fn capabilities(region: &Region, ip_address_type: &str) -> Capabilities {
    Capabilities {
        resource_type: "containerGroups".to_owned(),
        os_type: "NotSpecified".to_owned(),
        location: region.name.to_owned(),
        ip_address_type: ip_address_type.to_owned(),
        gpu: "None".to_owned(),
        capabilities: MAXIMUM,
    }
}
