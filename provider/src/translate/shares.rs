//! Shares of Azure Files as volumes name them: inline, inline through the CSI driver, and behind a claim.
//!
//! The driver's rules are those of kubernetes-sigs/azurefile-csi-driver (`pkg/azurefile`): attribute names without
//! regard to case, the secret of an account by a name made of it, an inline volume's secret always of the pod's
//! own namespace, so that nobody mounts what another namespace's key opens.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{CSIPersistentVolumeSource, CSIVolumeSource, PersistentVolume, Volume};

/// The CSI driver of Azure Files.
pub(super) const DRIVER: &str = "file.csi.azure.com";

/// A share, as far as a volume names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// The share's name; empty when the volume names none.
    pub(super) name: String,
    /// The storage account, where the volume names it itself.
    pub(super) account: Option<String>,
    /// Where the account's key is.
    pub(super) secret: Option<KeySecret>,
    /// Whether nobody may write.
    pub(super) read_only: bool,
    /// An attribute that ACI cannot honour.
    pub(super) unsupported: Option<String>,
}

/// A secret with the key of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeySecret {
    /// Its namespace; `None` is the pod's.
    pub(super) namespace: Option<String>,
    /// Its name.
    pub(super) name: String,
}

/// The share of an inline volume.
pub(super) fn of_volume(volume: &Volume) -> Option<Share> {
    if let Some(file) = &volume.azure_file {
        return Some(Share {
            name: file.share_name.clone(),
            secret: Some(KeySecret { namespace: None, name: file.secret_name.clone() }),
            read_only: file.read_only == Some(true),
            ..Share::default()
        });
    }
    volume.csi.as_ref().filter(|csi| csi.driver == DRIVER).map(inline)
}

/// The share of a persistent volume.
pub(super) fn of_persistent_volume(volume: &PersistentVolume) -> Option<Share> {
    let spec = volume.spec.as_ref()?;
    if let Some(file) = &spec.azure_file {
        let namespace = file.secret_namespace.clone().filter(|namespace| !namespace.is_empty());
        return Some(Share {
            name: file.share_name.clone(),
            secret: Some(KeySecret { namespace, name: file.secret_name.clone() }),
            read_only: file.read_only == Some(true),
            ..Share::default()
        });
    }
    spec.csi.as_ref().filter(|csi| csi.driver == DRIVER).map(persistent)
}

fn inline(csi: &CSIVolumeSource) -> Share {
    let attributes = Attributes::of(csi.volume_attributes.as_ref());
    let named = csi.node_publish_secret_ref.as_ref().map(|secret| secret.name.clone());
    let name = attributes.get("secretname").or(named);
    Share {
        name: attributes.get("sharename").unwrap_or_default(),
        account: attributes.get("storageaccount"),
        secret: name.map(|name| KeySecret { namespace: None, name }),
        read_only: csi.read_only == Some(true),
        unsupported: attributes.unsupported(),
    }
}

fn persistent(csi: &CSIPersistentVolumeSource) -> Share {
    let attributes = Attributes::of(csi.volume_attributes.as_ref());
    // resource group # account # share # disk # id # namespace of the secret
    let mut handle =
        csi.volume_handle.split('#').map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
    let mut next = || handle.next().flatten();
    let (_group, account, share) = (next(), next(), next());
    let (_disk, _id, namespace) = (next(), next(), next());
    let account = attributes.get("storageaccount").or(account);
    let staged = csi.node_stage_secret_ref.as_ref().and_then(|secret| {
        Some(KeySecret { namespace: secret.namespace.clone(), name: secret.name.clone()? })
    });
    let by_account = || {
        let made = account.as_ref().map(|account| format!("azure-storage-account-{account}-secret"));
        let name = attributes.get("secretname").or(made)?;
        Some(KeySecret { namespace: attributes.get("secretnamespace").or(namespace), name })
    };
    Share {
        name: attributes.get("sharename").or(share).unwrap_or_default(),
        secret: staged.or_else(by_account),
        account,
        read_only: csi.read_only == Some(true),
        unsupported: attributes.unsupported(),
    }
}

/// The attributes of a CSI volume, by name in lower case.
struct Attributes(BTreeMap<String, String>);

impl Attributes {
    fn of(given: Option<&BTreeMap<String, String>>) -> Self {
        Self(
            given
                .into_iter()
                .flatten()
                .map(|(name, text)| (name.to_ascii_lowercase(), text.clone()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|text| !text.is_empty()).cloned()
    }

    /// Folders of a share, other protocols and other namespaces' keys.
    fn unsupported(&self) -> Option<String> {
        let folder = ["foldername", "subdir"].into_iter().find(|name| self.get(name).is_some());
        let nfs = self.get("protocol").is_some_and(|protocol| !protocol.eq_ignore_ascii_case("smb"));
        folder.or(nfs.then_some("protocol")).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn volume(spec: serde_json::Value) -> Share {
        of_persistent_volume(&serde_json::from_value(json!({"spec": spec})).unwrap()).unwrap()
    }

    #[test]
    fn a_provisioned_volume_names_account_share_and_secret_in_its_handle() {
        let handle = "rg#account1#share1#disk#uuid#billing";
        let share = volume(json!({"csi": {"driver": DRIVER, "volumeHandle": handle}}));
        assert_eq!((share.name.as_str(), share.account.as_deref()), ("share1", Some("account1")));
        let name = "azure-storage-account-account1-secret".to_owned();
        assert_eq!(share.secret, Some(KeySecret { namespace: Some("billing".to_owned()), name }));
    }

    #[test]
    fn attributes_and_a_staging_secret_win_over_the_handle() {
        let share = volume(json!({"csi": {
            "driver": DRIVER, "volumeHandle": "mine", "readOnly": true,
            "volumeAttributes": {"shareName": "data"},
            "nodeStageSecretRef": {"name": "key", "namespace": "infra"},
        }}));
        assert_eq!((share.name.as_str(), share.read_only), ("data", true));
        let secret = KeySecret { namespace: Some("infra".to_owned()), name: "key".to_owned() };
        assert_eq!(share.secret, Some(secret));
    }

    #[test]
    fn folders_and_nfs_are_what_aci_cannot_mount() {
        for (name, text) in [("folderName", "a"), ("subDir", "a"), ("protocol", "nfs")] {
            let csi = json!({"driver": DRIVER, "volumeHandle": "h", "volumeAttributes": {name: text}});
            assert!(volume(json!({"csi": csi})).unsupported.is_some(), "{name}");
        }
    }
}
