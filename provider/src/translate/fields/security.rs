//! The fields of security contexts.

use super::When::{Given, Not};
use super::{Kind, elsewhere, inside, noted, translated, warned};

const USER: &str = "`securityContext.runAsUser`";
const GROUP: &str = "`securityContext.runAsGroup`";
const SELINUX: &str = "ACI's hosts label no files; its groups have machines of their own";
const APP_ARMOR: &str = "ACI loads no AppArmor profiles; its groups have machines of their own";
const WINDOWS: &str = "ACI takes no options of Windows containers";
const NON_ROOT: &str = "refused when the user is 0; where no user is set, nobody looks which one the image sets \
                        (told)";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "PodSecurityContext",
        of: "PodSecurityContext",
        at: "spec.securityContext",
        fields: &[
            noted("appArmorProfile", Given, APP_ARMOR),
            noted("fsGroup", Given, "ACI changes no owners of volumes"),
            elsewhere("fsGroupChangePolicy", "goes with fsGroup"),
            translated("runAsGroup", GROUP),
            translated("runAsNonRoot", NON_ROOT),
            translated("runAsUser", USER),
            elsewhere("seLinuxChangePolicy", "goes with seLinuxOptions"),
            noted("seLinuxOptions", Given, SELINUX),
            inside("seccompProfile", "SeccompProfile"),
            warned("supplementalGroups", Given, "ACI gives processes no further groups"),
            elsewhere("supplementalGroupsPolicy", "goes with supplementalGroups"),
            warned("sysctls", Given, "ACI sets no kernel parameters"),
            noted("windowsOptions", Given, WINDOWS),
        ],
    },
    Kind {
        name: "SecurityContext",
        of: "SecurityContext",
        at: "securityContext",
        fields: &[
            translated("allowPrivilegeEscalation", "`securityContext.allowPrivilegeEscalation`"),
            noted("appArmorProfile", Given, APP_ARMOR),
            translated("capabilities", "`securityContext.capabilities`"),
            translated(
                "privileged",
                "`securityContext.privileged` in a confidential group; refused elsewhere, as hosts are shared",
            ),
            warned("procMount", Not("Default"), "ACI mounts /proc as usual"),
            noted("readOnlyRootFilesystem", Given, "ACI's root file systems can be written to"),
            translated("runAsGroup", GROUP),
            translated("runAsNonRoot", NON_ROOT),
            translated("runAsUser", USER),
            noted("seLinuxOptions", Given, SELINUX),
            inside("seccompProfile", "SeccompProfile"),
            noted("windowsOptions", Given, WINDOWS),
        ],
    },
];
