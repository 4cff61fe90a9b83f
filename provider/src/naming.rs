//! Names of container groups: one pod, one group, never two pods for one name.

/// The name of a pod's container group.
///
/// The UID makes it unique over time (a pod recreated under the same name gets another group) and across
/// namespaces whose names join ambiguously; the result is a legal group name of at most 63 characters.
pub fn group_name(_namespace: &str, _name: &str, _uid: &str) -> String {
    unimplemented!()
}
