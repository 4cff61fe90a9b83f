//! The fields of volumes and mounts.

use super::When::{Given, Not};
use super::{Field, Kind, elsewhere, inside, noted, refused, translated, warned};

/// The mode that Kubernetes gives files when nobody says otherwise (0644), and that ACI's files have anyway.
const DEFAULT_MODE: When = Not("420");
const MODE: &str = "ACI chooses the modes of files";
const OPTIONAL: &str = "whether the pod waits for a missing object; absent means that it does";
const ITEMS: &str = "which keys, and under which paths; a folder in a path becomes a volume of its own";

use super::When;

const fn unsupported(name: &'static str) -> Field {
    refused(
        name,
        Given,
        "volumes of this kind cannot be mounted in ACI",
        "use azureFile, a claim of file.csi.azure.com, emptyDir, secret, configMap, downwardAPI, projected or \
         gitRepo",
    )
}

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Volume",
        of: "Volume",
        at: "spec.volumes[*]",
        fields: &[
            unsupported("awsElasticBlockStore"),
            unsupported("azureDisk"),
            inside("azureFile", "AzureFileVolumeSource"),
            unsupported("cephfs"),
            unsupported("cinder"),
            inside("configMap", "ConfigMapVolumeSource"),
            inside("csi", "CSIVolumeSource"),
            inside("downwardAPI", "DownwardAPIVolumeSource"),
            inside("emptyDir", "EmptyDirVolumeSource"),
            unsupported("ephemeral"),
            unsupported("fc"),
            unsupported("flexVolume"),
            unsupported("flocker"),
            unsupported("gcePersistentDisk"),
            translated("gitRepo", "`gitRepo` with repository, directory and revision"),
            unsupported("glusterfs"),
            unsupported("hostPath"),
            unsupported("image"),
            unsupported("iscsi"),
            translated("name", "`name`, brought to ACI's 5 to 63 characters without two dashes in a row"),
            unsupported("nfs"),
            inside("persistentVolumeClaim", "PersistentVolumeClaimVolumeSource"),
            unsupported("photonPersistentDisk"),
            unsupported("portworxVolume"),
            inside("projected", "ProjectedVolumeSource"),
            unsupported("quobyte"),
            unsupported("rbd"),
            unsupported("scaleIO"),
            inside("secret", "SecretVolumeSource"),
            unsupported("storageos"),
            unsupported("vsphereVolume"),
        ],
    },
    Kind {
        name: "EmptyDirVolumeSource",
        of: "EmptyDirVolumeSource",
        at: "emptyDir",
        fields: &[
            warned("medium", Given, "ACI's empty folders are on disk"),
            noted("sizeLimit", Given, "ACI's empty folders share the group's 50 GB"),
        ],
    },
    Kind {
        name: "SecretVolumeSource",
        of: "SecretVolumeSource",
        at: "secret",
        fields: &[
            noted("defaultMode", DEFAULT_MODE, MODE),
            inside("items", "KeyToPath"),
            translated("optional", OPTIONAL),
            translated(
                "secretName",
                "`secret`: a file a key, as it is when the group is made; there are no updates",
            ),
        ],
    },
    Kind {
        name: "ConfigMapVolumeSource",
        of: "ConfigMapVolumeSource",
        at: "configMap",
        fields: &[
            noted("defaultMode", DEFAULT_MODE, MODE),
            inside("items", "KeyToPath"),
            translated(
                "name",
                "`secret`: a file a key, as it is when the group is made; there are no updates",
            ),
            translated("optional", OPTIONAL),
        ],
    },
    Kind {
        name: "KeyToPath",
        of: "KeyToPath",
        at: "items[*]",
        fields: &[translated("key", ITEMS), noted("mode", DEFAULT_MODE, MODE), translated("path", ITEMS)],
    },
    Kind {
        name: "ProjectedVolumeSource",
        of: "ProjectedVolumeSource",
        at: "projected",
        fields: &[noted("defaultMode", DEFAULT_MODE, MODE), inside("sources", "VolumeProjection")],
    },
    Kind {
        name: "VolumeProjection",
        of: "VolumeProjection",
        at: "projected.sources[*]",
        fields: &[
            refused(
                "clusterTrustBundle",
                Given,
                "the provider reads no trust bundles",
                "put the certificates into a config map",
            ),
            inside("configMap", "ConfigMapProjection"),
            inside("downwardAPI", "DownwardAPIProjection"),
            inside("secret", "SecretProjection"),
            inside("serviceAccountToken", "ServiceAccountTokenProjection"),
        ],
    },
    Kind {
        name: "ConfigMapProjection",
        of: "ConfigMapProjection",
        at: "projected.sources[*].configMap",
        fields: &[
            inside("items", "KeyToPath"),
            translated("name", "files among the others"),
            translated("optional", OPTIONAL),
        ],
    },
    Kind {
        name: "SecretProjection",
        of: "SecretProjection",
        at: "projected.sources[*].secret",
        fields: &[
            inside("items", "KeyToPath"),
            translated("name", "files among the others"),
            translated("optional", OPTIONAL),
        ],
    },
    Kind {
        name: "ServiceAccountTokenProjection",
        of: "ServiceAccountTokenProjection",
        at: "projected.sources[*].serviceAccountToken",
        fields: &[
            translated("audience", "asked for in the TokenRequest, bound to the pod"),
            translated(
                "expirationSeconds",
                "asked for in the TokenRequest; a year for the token that admission adds, as ACI writes a volume \
                 once and cannot renew it (told, with the time when it expires)",
            ),
            translated("path", "the file's name"),
        ],
    },
    Kind {
        name: "DownwardAPIVolumeSource",
        of: "DownwardAPIVolumeSource",
        at: "downwardAPI",
        fields: &[noted("defaultMode", DEFAULT_MODE, MODE), inside("items", "DownwardAPIVolumeFile")],
    },
    Kind {
        name: "DownwardAPIProjection",
        of: "DownwardAPIProjection",
        at: "projected.sources[*].downwardAPI",
        fields: &[inside("items", "DownwardAPIVolumeFile")],
    },
    Kind {
        name: "DownwardAPIVolumeFile",
        of: "DownwardAPIVolumeFile",
        at: "downwardAPI.items[*]",
        fields: &[
            translated(
                "fieldRef",
                "a file, as it is when the group is made; labels and annotations do not follow",
            ),
            noted("mode", DEFAULT_MODE, MODE),
            translated("path", "the file's name; a folder in it becomes a volume of its own"),
            translated("resourceFieldRef", "a file"),
        ],
    },
    Kind {
        name: "AzureFileVolumeSource",
        of: "AzureFileVolumeSource",
        at: "azureFile",
        fields: &[
            translated("readOnly", "`azureFile.readOnly`"),
            translated(
                "secretName",
                "`storageAccountName` and `storageAccountKey`, from the secret's keys \
                                      `azurestorageaccountname` and `azurestorageaccountkey`",
            ),
            translated("shareName", "`azureFile.shareName`"),
        ],
    },
    Kind {
        name: "CSIVolumeSource",
        of: "CSIVolumeSource",
        at: "csi",
        fields: &[
            refused(
                "driver",
                Not("file.csi.azure.com"),
                "ACI mounts shares of Azure Files only",
                "use file.csi.azure.com, or another kind of volume",
            ),
            elsewhere("fsType", "the driver mounts SMB whatever it says"),
            translated("nodePublishSecretRef", "another way to name the secret"),
            translated("readOnly", "`azureFile.readOnly`"),
            translated(
                "volumeAttributes",
                "`shareName` and `secretName`; the secret is one of the pod's own namespace",
            ),
        ],
    },
    Kind {
        name: "PersistentVolumeClaimVolumeSource",
        of: "PersistentVolumeClaimVolumeSource",
        at: "persistentVolumeClaim",
        fields: &[
            translated(
                "claimName",
                "`azureFile`, when the claim is bound to a volume of azureFile or of file.csi.azure.com; refused \
                 for other volumes, waited for while it is not bound",
            ),
            translated("readOnly", "`azureFile.readOnly`"),
        ],
    },
    Kind {
        name: "VolumeMount",
        of: "VolumeMount",
        at: "volumeMounts[*]",
        fields: &[
            translated("mountPath", "`mountPath`; refused with a colon in it"),
            refused("mountPropagation", Not("None"), "ACI propagates no mounts", "set it to None"),
            translated("name", "`name`"),
            translated("readOnly", "`readOnly`"),
            elsewhere("recursiveReadOnly", "nothing is mounted below ACI's volumes"),
            translated(
                "subPath",
                "a volume of its own. A file of a secret, config map, projected or downward API volume is mounted \
                 with its folder (Warning `FolderHidden`), and refused in a folder that every image needs; a folder \
                 of an emptyDir becomes an emptyDir unless the whole is mounted, too; refused for shares and \
                 repositories",
            ),
            translated("subPathExpr", "the same, with `$(NAME)` replaced by variables"),
        ],
    },
];
