//! Why a container waits, in the kubelet's words.

use aci_model::group::instance_view::{ContainerInstanceView, Event};
use k8s_openapi::api::core::v1::ContainerStateWaiting;

use super::newest;

/// The reason and message of a container that is neither running nor terminated.
///
/// `detailStatus` reads `Reason` or `Reason: prose` (recorded: `CrashLoopBackOff: Back-off 10s restarting
/// failed`) or is prose alone (`Waiting to run`). Where it gives no reason the events may: Azure tells of
/// images that cannot be pulled only there.
pub(super) fn state(view: Option<&ContainerInstanceView>, default_reason: &str) -> ContainerStateWaiting {
    let detail =
        view.and_then(|view| view.current_state.as_ref()?.detail_status.as_deref()).unwrap_or_default();
    let (head, prose) = detail.split_once(": ").unwrap_or((detail, ""));
    let telling = is_reason(head) && !matches!(head, "ContainerCreating" | "Pending" | "Waiting");
    if telling {
        return waiting(head, Some(prose));
    }
    let events = view.and_then(|view| view.events.as_deref()).unwrap_or_default();
    if let Some((reason, message)) = newest(events.iter()).and_then(image_trouble) {
        return waiting(reason, Some(message));
    }
    waiting(default_reason, (!is_reason(detail)).then_some(detail))
}

fn waiting(reason: &str, message: Option<&str>) -> ContainerStateWaiting {
    let message = message.filter(|text| !text.is_empty()).map(str::to_owned);
    ContainerStateWaiting { reason: Some(reason.to_owned()), message }
}

/// One word in camel case, as Kubernetes' reasons are.
fn is_reason(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn image_trouble(event: &Event) -> Option<(&'static str, &str)> {
    let message = event.message.as_deref()?;
    match event.name.as_deref()? {
        "Failed" if message.starts_with("Failed to pull image") => Some(("ErrImagePull", message)),
        "BackOff" if message.starts_with("Back-off pulling image") => Some(("ImagePullBackOff", message)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aci_model::group::instance_view::ContainerState;

    use super::*;

    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, Option<&'a str>);

    fn view(detail: &str, events: &[(&str, &str)]) -> ContainerInstanceView {
        let event = |(name, message): &(&str, &str)| Event {
            name: Some((*name).to_owned()),
            message: Some((*message).to_owned()),
            ..Event::default()
        };
        ContainerInstanceView {
            current_state: Some(ContainerState {
                state: Some("Waiting".to_owned()),
                detail_status: Some(detail.to_owned()),
                ..ContainerState::default()
            }),
            events: Some(events.iter().map(event).collect()),
            ..ContainerInstanceView::default()
        }
    }

    #[test]
    fn reasons_come_from_the_detail_or_else_from_the_events() {
        let failed = ("Failed", "Failed to pull image \"x\": not found");
        let back_off = ("BackOff", "Back-off pulling image \"x\"");
        let table: &[Row<'_>] = &[
            ("ContainerCreating", &[], "ContainerCreating", None),
            ("", &[], "ContainerCreating", None),
            ("Waiting to run", &[], "ContainerCreating", Some("Waiting to run")),
            (
                "CrashLoopBackOff: Back-off 10s restarting failed",
                &[],
                "CrashLoopBackOff",
                Some("Back-off 10s restarting failed"),
            ),
            ("ErrImagePull: manifest unknown", &[], "ErrImagePull", Some("manifest unknown")),
            ("ContainerCreating", &[failed], "ErrImagePull", Some(failed.1)),
            ("Waiting to run", &[failed, back_off], "ImagePullBackOff", Some(back_off.1)),
            ("", &[failed, ("Pulling", "pulling image \"x\"")], "ContainerCreating", None),
        ];
        for (detail, events, reason, message) in table {
            let waiting = state(Some(&view(detail, events)), "ContainerCreating");
            assert_eq!(waiting.reason.as_deref(), Some(*reason), "{detail} {events:?}");
            assert_eq!(waiting.message.as_deref(), *message, "{detail} {events:?}");
        }
    }
}
