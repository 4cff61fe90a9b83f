//! What images say of themselves: the entry point that arguments alone go to.
//!
//! ACI's command replaces it, so the provider has to know it. It asks the emulator, which has local images that no
//! registry has, and then the image's registry. Answers are kept for a while: the pods of a Deployment have the
//! same image and come at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

mod challenge;
mod document;
mod emulator;
pub mod reference;
mod registry;

pub use emulator::Emulator;
pub use reference::ImageReference;
pub use registry::Registry;

use crate::clock::SharedClock;
use crate::translate::inputs::ImageConfig;
use crate::translate::registry::keyring::Login;

/// How long an answer is kept: as long as a tag may take to move without anybody minding.
const KEPT: SignedDuration = SignedDuration::from_mins(5);
/// How long a failure is kept: shorter than the longest wait between two attempts to create a pod.
const KEPT_FAILURE: SignedDuration = SignedDuration::from_secs(10);
/// More images than a cluster's pods start without a command; beyond them everything is asked anew.
const MOST_KEPT: usize = 256;

/// Who knows images.
#[async_trait]
pub trait Images: Send + Sync + 'static {
    /// What `image` says of the process that it starts; `login` is the pod's for its registry.
    async fn config(&self, image: &str, login: Option<&Login>) -> Result<ImageConfig, ImageError>;
}

/// Those who know, as they are handed around.
pub type SharedImages = Arc<dyn Images>;

/// Why an image's configuration is not known; nothing of an answer's text is repeated, as it is a stranger's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImageError {
    /// No answer.
    #[error("{host} does not answer ({why})")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What happened: connection, time-out, TLS.
        why: &'static str,
    },
    /// Nobody may read the image with this login, or without.
    #[error("{0} refuses the pod's credentials for it")]
    Unauthorized(String),
    /// There is none.
    #[error("{0} has no such image")]
    NotFound(String),
    /// Another answer.
    #[error("{host} answers with status {status}")]
    Status {
        /// Who was asked.
        host: String,
        /// The status.
        status: u16,
    },
    /// An answer that is not what the OCI specifications say.
    #[error("{host} answers with {what}")]
    Malformed {
        /// Who was asked.
        host: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// The emulator, where there is one, and then registries; with a memory.
pub struct KnownImages {
    emulator: Option<Emulator>,
    registry: Registry,
    clock: SharedClock,
    kept: Mutex<HashMap<Key, Slot>>,
}

/// An image and the user who asks: nobody learns of an image that his own login does not open.
type Key = (String, Option<String>);

/// The last answer about an image. Who asks holds it, and the others wait for his answer instead of asking, too.
type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// An answer and until when it is good.
struct Kept {
    until: Timestamp,
    answer: Result<ImageConfig, ImageError>,
}

impl KnownImages {
    /// Nobody is asked yet.
    pub fn new(emulator: Option<Emulator>, registry: Registry, clock: SharedClock) -> Self {
        Self { emulator, registry, clock, kept: Mutex::default() }
    }

    async fn ask(&self, image: &str, login: Option<&Login>) -> Result<ImageConfig, ImageError> {
        if let Some(emulator) = &self.emulator
            && let Some(config) = emulator.config(image).await?
        {
            return Ok(config);
        }
        self.registry.config(&ImageReference::parse(image), login).await
    }

    fn slot(&self, key: Key) -> Slot {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(&key) {
            kept.clear();
        }
        Arc::clone(kept.entry(key).or_default())
    }
}

#[async_trait]
impl Images for KnownImages {
    async fn config(&self, image: &str, login: Option<&Login>) -> Result<ImageConfig, ImageError> {
        let slot = self.slot((image.to_owned(), login.map(|login| login.username.clone())));
        let mut kept = slot.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.until > self.clock.now()) {
            return kept.answer.clone();
        }
        let answer = self.ask(image, login).await;
        let now = self.clock.now();
        let time = if answer.is_ok() { KEPT } else { KEPT_FAILURE };
        *kept = Some(Kept { until: now.saturating_add(time).unwrap_or(now), answer: answer.clone() });
        answer
    }
}
