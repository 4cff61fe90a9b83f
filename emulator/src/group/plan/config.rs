//! Config maps: volumes of files that change under a running container.

use aci_model::group::container::ConfigMap;

use super::Unplannable;
use crate::group::Group;
use crate::runtime::{MountSpec, SecretFile, VolumeContent, VolumeSpec};

/// Where the config map of a container appears, in a folder of the container's name and a file for each key (DOC:
/// "Config maps for Azure Container Instances").
const CONFIG_FOLDER: &str = "/mnt/configmap";

/// The config maps of a group's containers that have any pairs; those of a group of a standby pool also without, for it
/// may get its pairs while it runs.
pub(crate) fn config_maps(group: &Group) -> impl Iterator<Item = (&str, &ConfigMap)> {
    let containers =
        group.spec.properties.iter().flat_map(|properties| properties.containers.iter().flatten());
    containers.filter_map(|container| {
        let map = container.properties.as_ref()?.config_map.as_ref()?;
        let is_wanted = group.is_of_pool() || !map.key_value_pairs.is_empty();
        is_wanted.then_some((container.name.as_deref()?, map))
    })
}

/// The volume of a container's config map.
pub(super) fn config_volume(container: &str, map: &ConfigMap) -> Result<VolumeSpec, Unplannable> {
    let file = |(key, value): (&String, &String)| {
        if key.is_empty() || key.contains(['/', '\0']) || key == "." || key == ".." {
            return Err(Unplannable::ConfigKey { container: container.to_owned(), key: key.clone() });
        }
        Ok(SecretFile { name: key.clone(), content: value.clone().into_bytes() })
    };
    let files = map.key_value_pairs.iter().map(file).collect::<Result<_, _>>()?;
    Ok(VolumeSpec { name: volume_name(container), content: VolumeContent::Secret(files) })
}

/// The config maps as they are now, each with its volume's place among the volumes.
///
/// # Errors
/// [`Unplannable::ConfigKey`].
pub fn config_files(group: &Group) -> Result<Vec<(usize, VolumeSpec)>, Unplannable> {
    let properties = group.spec.properties.as_ref();
    let own = properties.and_then(|properties| properties.volumes.as_ref()).map_or(0, Vec::len);
    let volumes = config_maps(group).enumerate();
    volumes.map(|(index, (name, map))| Ok((own + index, config_volume(name, map)?))).collect()
}

/// Where a container finds its config map; `None` when it has none.
pub(super) fn mount(group: &Group, container: &str) -> Option<MountSpec> {
    config_maps(group).find(|(name, _)| *name == container).map(|(name, _)| MountSpec {
        volume: volume_name(name),
        path: format!("{CONFIG_FOLDER}/{name}"),
        read_only: true,
    })
}

/// None that a request can give a volume.
fn volume_name(container: &str) -> String {
    format!("configmap.{container}")
}
