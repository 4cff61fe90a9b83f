//! Brings a group up to date with its pod: of what a pod may change while it runs, ACI can change the images, which
//! starts all containers again where they are, and the tags.

use aci_model::group::ContainerGroup;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::Pod;

use super::super::budget::retry_after;
use super::super::inputs;
use super::super::plan::Aim;
use super::create::fingerprint;
use super::{Context, FIRST_RETRY, LAST_RETRY, Worker};
use crate::arm::ArmError;
use crate::arm::retry::{Verdict, verdict};
use crate::translate::{Settings, is_sidecar, pod_to_group, tags};

/// Why an update did not come about.
enum Failure {
    /// It may later.
    Passing(String, Option<std::time::Duration>),
    /// It never will for the pod as it is.
    Final(String),
}

impl Worker {
    /// Notes whether the group is what the pod asks for, unless this version of the pod has had its update.
    pub(super) fn compare_with_pod(&mut self) {
        let settings = &self.context.config.translate;
        let group = self.seen.as_ref().map(|(group, _)| group);
        let outdated = group.is_some_and(|group| {
            images_differ(&self.pod, group) || missing_tags(&self.pod, group, settings).is_some()
        });
        self.known.outdated = outdated && self.updated_for != Some(fingerprint(&self.pod));
    }

    pub(super) async fn update(&mut self) {
        self.known.outdated = false;
        let Some((group, _)) = self.seen.clone() else { return };
        match self.bring_up_to_date(&group).await {
            Ok(updated) => {
                tracing::info!(group = self.group_name, "container group updated");
                self.succeeded(Aim::Update);
                // Once for a version of the pod, should ARM show what it took in another spelling.
                self.updated_for = Some(fingerprint(&self.pod));
                self.tell_own("ProviderUpdateSuccess", "Update pod in provider successfully", false).await;
                self.saw(updated).await;
            }
            Err(failure) => {
                let (Failure::Passing(text, _) | Failure::Final(text)) = &failure;
                tracing::warn!(group = self.group_name, error = text, "a container group cannot be updated");
                self.tell_own("ProviderUpdateFailed", text.as_str(), true).await;
                match failure {
                    Failure::Passing(_, asked) => {
                        self.known.outdated = true;
                        self.failed(Aim::Update, FIRST_RETRY, LAST_RETRY, asked);
                    }
                    Failure::Final(_) => self.updated_for = Some(fingerprint(&self.pod)),
                }
            }
        }
    }

    /// The group as it is then. A PUT leaves the tags as they are and a PATCH changes nothing else.
    async fn bring_up_to_date(&self, group: &ContainerGroup) -> Result<ContainerGroup, Failure> {
        let Context { budget, arm, config, .. } = &*self.context;
        let mut updated = group.clone();
        if let Some(tags) = missing_tags(&self.pod, group, &config.translate) {
            updated =
                budget.run(arm.retag(&self.group_name, &tags)).await.map_err(|error| refused(&error))?;
        }
        if images_differ(&self.pod, group) {
            let wanted = self.wanted().await?;
            updated =
                budget.run(arm.put(&self.group_name, &wanted)).await.map_err(|error| refused(&error))?;
        }
        Ok(updated)
    }

    async fn wanted(&self) -> Result<ContainerGroup, Failure> {
        let Context { client, config, images, .. } = &*self.context;
        let unread = |error: kube::Error| {
            Failure::Passing(format!("the objects that the pod refers to cannot be read: {error}"), None)
        };
        let inputs = inputs::gather(client, images.as_ref(), &self.pod).await.map_err(unread)?;
        let inputs =
            inputs::with_tokens(client, &self.pod, inputs, &config.translate).await.map_err(unread)?;
        let translated = pod_to_group(&self.pod, &inputs, &config.translate);
        // What is missing may come; what cannot be translated is translated when the pod has changed.
        translated.map(|translated| translated.group).map_err(|refusal| match refusal {
            crate::translate::Refusal::Missing(missing) => Failure::Passing(missing.to_string(), None),
            crate::translate::Refusal::Untranslatable(reason) => Failure::Final(reason.to_string()),
        })
    }
}

fn refused(error: &ArmError) -> Failure {
    match verdict(error) {
        Verdict::Permanent => Failure::Final(error.to_string()),
        _ => Failure::Passing(error.to_string(), retry_after(error)),
    }
}

/// Whether a container of the group has another image than the pod says.
fn images_differ(pod: &Pod, group: &ContainerGroup) -> bool {
    let containers = group.properties.iter().flat_map(|it| it.containers.iter().flatten());
    let images: Vec<_> = containers
        .map(|it| (it.name.as_deref(), it.properties.as_ref().and_then(|it| it.image.as_deref())))
        .collect();
    let spec = pod.spec.iter();
    let sidecars =
        spec.clone().flat_map(|spec| spec.init_containers.iter().flatten()).filter(|it| is_sidecar(it));
    spec.flat_map(|spec| &spec.containers).chain(sidecars).any(|container| {
        let of = |(name, image): &(Option<&str>, Option<&str>)| {
            *name == Some(container.name.as_str()) && image.is_some() && *image != container.image.as_deref()
        };
        images.iter().any(of)
    })
}

/// All tags that the group should have, if it lacks one.
fn missing_tags(pod: &Pod, group: &ContainerGroup, settings: &Settings) -> Option<IndexMap<String, String>> {
    let mut has = group.tags.clone().unwrap_or_default();
    let wanted = tags::of(pod, settings);
    // ARM keeps the case of tag names but compares them without it.
    let same = |name: &str, other: &String| other.eq_ignore_ascii_case(name);
    let lacks = |(name, value): &(&String, &String)| {
        !has.iter().any(|(other, found)| same(name, other) && found == *value)
    };
    wanted.iter().any(|tag| lacks(&tag)).then(|| {
        has.retain(|other, _| !wanted.keys().any(|name| same(name, other)));
        has.into_iter().chain(wanted).collect()
    })
}

#[cfg(test)]
mod tests {
    use aci_model::group::OsType;
    use serde_json::json;

    use super::*;

    fn settings() -> Settings {
        Settings {
            node_name: "n".to_owned(),
            host_ip: None,
            cluster_id: "c".to_owned(),
            location: "westeurope".to_owned(),
            os_type: OsType::Linux,
            subnet: None,
            kube_dns_ip: None,
            cluster_domain: "cluster.local".to_owned(),
            profile: crate::profile::Profile::Modern,
            master: None,
            log_analytics: None,
        }
    }

    #[test]
    fn a_group_that_has_all_tags_is_left_alone_whoever_else_tagged_it() {
        let pod: Pod =
            serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "ns", "uid": "u"}}))
                .unwrap();
        let mut group =
            ContainerGroup { tags: Some(tags::of(&pod, &settings())), ..ContainerGroup::default() };
        group.tags.as_mut().unwrap().insert("costCentre".to_owned(), "7".to_owned());
        assert_eq!(missing_tags(&pod, &group, &settings()), None);

        group.tags.as_mut().unwrap().insert("UID".to_owned(), "another".to_owned());
        let tags = missing_tags(&pod, &group, &settings()).unwrap();
        assert_eq!((tags["UID"].as_str(), tags["costCentre"].as_str()), ("u", "7"));
    }
}
