//! The emulator as one who knows local images.
//!
//! `GET {endpoint}/_emulator/images?name={image}` is answered 200 with
//! `{"name": "…", "entrypoint": […], "cmd": […], "workingDir": "…"}`, and 404 where the engine has no such image; an
//! emulator without that path answers 404, too.

use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::ImageError;
use super::registry::{read, unreachable};
use crate::arm::client::http_client;
use crate::arm::settings::{ArmSettings, SettingsError};
use crate::translate::inputs::ImageConfig;

/// It looks into its own engine, and no further.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The emulator's images.
#[derive(Debug)]
pub struct Emulator {
    http: reqwest::Client,
    url: Url,
    host: String,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Answer {
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: Option<String>,
}

impl Emulator {
    /// Whoever is behind the endpoint of `settings`; nobody when that is Azure, who has no such path.
    ///
    /// # Errors
    /// An unreadable CA file, an endpoint that no path can be appended to.
    pub fn behind(settings: &ArmSettings) -> Result<Option<Self>, SettingsError> {
        if settings.is_azure() {
            return Ok(None);
        }
        let mut url = settings.endpoint.clone();
        url.path_segments_mut()
            .map_err(|()| SettingsError::Endpoint(settings.endpoint.clone()))?
            .pop_if_empty()
            .extend(["_emulator", "images"]);
        let host = settings.endpoint.host_str().unwrap_or_default().to_owned();
        Ok(Some(Self { http: http_client(settings)?, url, host }))
    }

    /// What it says of `image`; `None` when it has none.
    ///
    /// # Errors
    /// When it does not answer, or not so.
    pub(super) async fn config(&self, image: &str) -> Result<Option<ImageConfig>, ImageError> {
        let request = self.http.get(self.url.clone()).query(&[("name", image)]).timeout(TIMEOUT);
        let answer = request.send().await.map_err(|error| unreachable(&self.host, &error))?;
        match answer.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            status if !status.is_success() => {
                return Err(ImageError::Status { host: self.host.clone(), status: status.as_u16() });
            }
            _ => {}
        }
        let body = read(answer, &self.host).await?;
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| ImageError::Malformed { host: self.host.clone(), what: "no configuration" })?;
        Ok(Some(ImageConfig {
            entrypoint: answer.entrypoint.unwrap_or_default(),
            cmd: answer.cmd.unwrap_or_default(),
            working_dir: answer.working_dir.unwrap_or_default(),
        }))
    }
}
