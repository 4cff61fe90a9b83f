//! The enforcement policy of a confidential group that names none.

use aci_model::group::{ContainerGroupProperties, Sku};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// What Azure then writes into the group: everything is allowed (recorded up to the last two lines, which are those of
/// the same policy in `az confcom`).
const ALLOW_ALL: &str = r#"package policy

api_svn := "0.10.0"

mount_device := {"allowed": true}
mount_overlay := {"allowed": true}
create_container := {"allowed": true, "env_list": null, "allow_stdio_access": true}
unmount_device := {"allowed": true} 
unmount_overlay := {"allowed": true}
exec_in_container := {"allowed": true, "env_list": null}
exec_external := {"allowed": true, "env_list": null, "allow_stdio_access": true}
shutdown_container := {"allowed": true}
signal_container_process := {"allowed": true}
plan9_mount := {"allowed": true}
plan9_unmount := {"allowed": true}
get_properties := {"allowed": true}
dump_stacks := {"allowed": true}
runtime_logging := {"allowed": true}
load_fragment := {"allowed": true}
scratch_mount := {"allowed": true}
scratch_unmount := {"allowed": true}
"#;

/// Fills the policy in.
pub(super) fn fill(properties: &mut ContainerGroupProperties) {
    if properties.sku == Some(Sku::Confidential) {
        let confidential = properties.confidential_compute_properties.get_or_insert_default();
        confidential.cce_policy.get_or_insert_with(|| BASE64_STANDARD.encode(ALLOW_ALL));
    }
}
