//! `GET …/locations/{location}/cachedImages`

use aci_model::location::CachedImage;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;

use super::RegionCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;

/// Operating system, version of Windows and image. Sources: the frequently asked questions of the service's
/// documentation for the images, a recorded answer for the version.
const IMAGES: &[(&str, Option<&str>, &str)] = &[
    ("Linux", None, "ubuntu:18.04"),
    ("Linux", None, "alpine:3.6"),
    ("Windows", Some(BEFORE_2B), "mcr.microsoft.com/windows/nanoserver:1809"),
    ("Windows", Some(BEFORE_2B), "mcr.microsoft.com/windows/servercore:ltsc2019"),
];

const BEFORE_2B: &str = "Windows Server 2019 - Before 2B";

/// Handles the operation: every region has the same.
pub async fn handle(State(app): State<App>, call: RegionCall) -> Result<Json<Page<CachedImage>>, ArmError> {
    call.check(&app, Operation::CachedImages)?;
    let images = IMAGES.iter().map(|(os_type, os_version, image)| CachedImage {
        os_type: (*os_type).to_owned(),
        os_version: os_version.map(str::to_owned),
        image: (*image).to_owned(),
    });
    Ok(Json(Page::whole(images.collect())))
}
