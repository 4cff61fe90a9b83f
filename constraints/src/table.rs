//! The shapes in which tables write constraints.

use crate::{Area, Constraint, Recipe, Says};

/// A constraint in one line of its members.
pub(crate) const fn constraint(
    id: &'static str,
    area: Area,
    says: Says,
    why: &'static str,
    way_out: &'static str,
    recipe: Recipe,
) -> Constraint {
    Constraint { id, area, says, why, way_out, recipe }
}

/// A rule of validation, which a PUT of the smallest group with a change breaks, and with another change does not:
///
/// ```text
/// rule! {
///     "id" Area, |name| Violation::…,
///     why: "…", way_out: "…",
///     sends: |it| it.with(…), accepted: |it| it
/// }
/// ```
///
/// `; az: "…"` are options with which `az container create` sends the same; then come calls of [`Recipe`]'s methods.
macro_rules! rule {
    (
        $id:literal $area:ident, |$name:pat_param| $violation:expr,
        why: $why:expr, way_out: $way_out:expr,
        sends: |$sent:ident| $sends:expr, accepted: |$taken:ident| $accepted:expr
        $(; az: $options:literal)? $(, $method:ident($($argument:expr),*))* $(,)?
    ) => {
        $crate::Constraint {
            id: $id,
            area: $crate::Area::$area,
            says: $crate::Says::Rule(|| {
                let $name = $id.to_owned();
                $violation
            }),
            why: $why,
            way_out: $way_out,
            recipe: $crate::Recipe::refused($crate::recipe::Step::put(concat!("$groups/", $id), || {
                let $sent = $crate::body::group($id);
                $sends
            }))
            .remedy(&[$crate::recipe::Step::put(concat!("$groups/", $id), || {
                let $taken = $crate::body::group($id);
                $accepted
            })])
            $(.command(create!($id, $options)))?
            $(.$method($($argument),*))*,
        }
    };
}

/// `az container create` of the smallest group, with more options.
macro_rules! create {
    ($id:literal, $options:literal) => {
        concat!(
            "az container create -g constraints -n ",
            $id,
            " -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 1 --memory 1 ",
            $options
        )
    };
}
