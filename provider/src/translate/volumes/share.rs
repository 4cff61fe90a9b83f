//! Shares of Azure Files with the keys that open them.

use aci_model::Secret as SecretText;
use aci_model::group::volume::AzureFileVolume;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaimVolumeSource, Secret};

use super::super::shares::{self, KeySecret, Share};
use super::super::{Missing, Refusal, Translation, Untranslatable};
use super::files::unmounted;
use crate::translate::inputs::{secret_of, volume_of};

/// The keys of a secret with an account's name and key, as in the Go provider and in the CSI driver; the second
/// names are older ones that the driver reads, too.
const ACCOUNT: [&str; 2] = ["azurestorageaccountname", "accountname"];
const KEY: [&str; 2] = ["azurestorageaccountkey", "accountkey"];

/// The share of an inline volume of the pod's.
pub(super) fn of_inline(
    t: &Translation<'_>,
    volume: &str,
    share: Share,
    at: &str,
) -> Result<AzureFileVolume, Refusal> {
    let Some(KeySecret { name, .. }) = share.secret.clone().filter(|secret| !secret.name.is_empty()) else {
        let reason = "the volume names no secret with the storage account's key";
        let remedy = "name one of the pod's namespace as secretName";
        return Err(Untranslatable::new(at, reason, remedy).into());
    };
    let secret = t.inputs.secrets.get(&name);
    let secret = secret.ok_or_else(|| unmounted(volume, format!("secret {name:?} not found"), at))?;
    opened(volume, share, secret, at)
}

/// The share behind a claim.
pub(super) fn of_claim(
    t: &Translation<'_>,
    volume: &str,
    source: &PersistentVolumeClaimVolumeSource,
    at: &str,
) -> Result<AzureFileVolume, Refusal> {
    let name = &source.claim_name;
    let at = format!("{at}.claimName");
    let missing = |why: String| -> Missing { unmounted(volume, why, at.clone()) };
    let claim = t.inputs.claims.get(name);
    let claim = claim.ok_or_else(|| missing(format!("persistentvolumeclaim {name:?} not found")))?;
    let behind = volume_of(claim).ok_or_else(|| missing(format!("PVC {name} is not bound")))?;
    let behind = t.inputs.volumes.get(behind);
    let behind = behind.ok_or_else(|| missing(format!("the volume of PVC {name} is not found")))?;
    let Some(share) = shares::of_persistent_volume(behind) else {
        let reason = format!("claim {name:?} is bound to a volume that ACI cannot mount: {}", kind(behind));
        let remedy = "use a claim of a storage class with the provisioner file.csi.azure.com";
        return Err(Untranslatable::new(at, reason, remedy).into());
    };
    let Some((namespace, secret_name)) = secret_of(behind, t.namespace()) else {
        let reason = format!("the volume of claim {name:?} names neither a secret nor an account");
        return Err(
            Untranslatable::new(at, reason, "name a secret with the account's key in the volume").into()
        );
    };
    let secret = t.inputs.volume_secrets.get(&(namespace.clone(), secret_name.clone()));
    let secret = secret.ok_or_else(|| missing(format!("secret {namespace}/{secret_name} not found")))?;
    let share = Share { read_only: share.read_only || source.read_only == Some(true), ..share };
    opened(volume, share, secret, &at)
}

fn opened(volume: &str, share: Share, secret: &Secret, at: &str) -> Result<AzureFileVolume, Refusal> {
    if let Some(attribute) = share.unsupported {
        let reason = format!("ACI mounts whole shares over SMB, so {attribute} cannot be had");
        return Err(Untranslatable::new(at, reason, "give the folder a share of its own").into());
    }
    if share.name.is_empty() {
        return Err(Untranslatable::new(at, "the volume names no share", "add shareName").into());
    }
    let text = |keys: [&str; 2]| {
        let data = secret.data.as_ref()?;
        let bytes = keys.iter().find_map(|key| data.get(*key))?;
        Some(String::from_utf8_lossy(&bytes.0).trim().to_owned()).filter(|text| !text.is_empty())
    };
    let lacks = |key: &str| unmounted(volume, format!("the secret of the share has no key {key:?}"), at);
    let account = text(ACCOUNT).or(share.account).ok_or_else(|| lacks(ACCOUNT[0]))?;
    let key = text(KEY).ok_or_else(|| lacks(KEY[0]))?;
    Ok(AzureFileVolume {
        share_name: Some(share.name),
        read_only: share.read_only.then_some(true),
        storage_account_name: Some(account),
        storage_account_key: Some(SecretText::new(key)),
        ..AzureFileVolume::default()
    })
}

/// What a persistent volume is, as its own fields say.
fn kind(volume: &PersistentVolume) -> String {
    /// Fields that every volume may have.
    const COMMON: [&str; 9] = [
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeAttributesClassName",
        "volumeMode",
    ];
    let Some(spec) = &volume.spec else { return "nothing".to_owned() };
    if let Some(csi) = &spec.csi {
        return format!("one of the driver {}", csi.driver);
    }
    let fields = serde_json::to_value(spec).unwrap_or_default();
    let known = fields.as_object().into_iter().flat_map(|members| members.keys());
    let mut known = known.filter(|name| !COMMON.contains(&name.as_str()));
    known.next().cloned().unwrap_or_else(|| "nothing".to_owned())
}
