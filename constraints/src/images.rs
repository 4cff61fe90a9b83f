//! Images and registries.

use aci_emulator::arm::error::catalogue::Blanks;
use aci_emulator::validate::Violation;
use serde_json::{Value, json};

use crate::body::{Body, IMAGE, group};
use crate::recipe::{Recipe, Step, Verb};
use crate::says::Seen;
use crate::table::constraint;
use crate::{Area, Constraint, Says};

fn credential(server: &str) -> Value {
    json!({ "server": server, "username": "user", "password": "secret" })
}

/// A refusal of the next PUT of a group, by its code.
fn refusal(name: &str, code: &str) -> Body {
    crate::body::json(json!({
        "match": { "name": name, "operation": "*/containerGroups/write" },
        "fault": { "kind": "error", "code": code },
        "times": { "next": 1 },
    }))
}

/// A pull that fails once.
fn pull(name: &str, failure: &str) -> Body {
    crate::body::json(json!({
        "match": { "name": name },
        "fault": { "kind": "imagePull", "failure": failure },
        "times": { "next": 1 },
    }))
}

/// A refusal of Azure's side about an image; [`Says::Entry`] has its words.
macro_rules! image_refused {
    ($id:literal, $code:literal, why: $why:expr, way_out: $way_out:expr) => {
        constraint(
            $id,
            Area::Images,
            Says::Entry($code, || Blanks {
                name: $id.to_owned(),
                image: IMAGE.to_owned(),
                ..Blanks::default()
            }),
            $why,
            $way_out,
            Recipe::refused(Step::put(concat!("$groups/", $id), || group($id)))
                .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || refusal($id, $code))])
                .command(create!($id, ""))
                .remedy(&[Step::put(concat!("$groups/", $id), || group($id))]),
        )
    };
}

/// A pull that fails after the PUT was accepted.
macro_rules! pull_fails {
    ($id:literal, $failure:literal, $words:literal, why: $why:expr, way_out: $way_out:expr) => {
        constraint(
            $id,
            Area::Images,
            Says::Seen {
                evidence: "REC for the event's name and its first words; the registry's words are ASSUMED, containerd's",
                seen: &[
                    Seen { at: EVENT_NAMES, is: "Failed" },
                    Seen {
                        at: EVENT_MESSAGES,
                        is: concat!("Failed to pull image \"mcr.microsoft.com/azuredocs/aci-helloworld\": ", $words),
                    },
                ],
            },
            $why,
            $way_out,
            Recipe::comes_to_show(
                Step::put(concat!("$groups/", $id), || group($id)),
                concat!("$groups/", $id),
            )
            .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || pull($id, $failure))])
            .command(create!($id, "--no-wait")),
        )
    };
}

const EVENT_NAMES: &str = "/properties/containers/*/properties/instanceView/events/*/name";
const EVENT_MESSAGES: &str = "/properties/containers/*/properties/instanceView/events/*/message";

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "more-credentials-than-containers" Images, |name| Violation::MoreCredentialsThanContainers { group: name },
        why: "Each container has one image, so more credentials than containers cannot all be needed.",
        way_out: "Drop those of registries that no image is from.",
        sends: |it| it.with("/properties/imageRegistryCredentials", json!([
            credential("one.example.com"), credential("two.example.com"),
        ])),
        accepted: |it| it.with("/properties/imageRegistryCredentials", json!([credential("one.example.com")]))
    },
    rule! {
        "registry-server" Images, |name| Violation::RegistryServer {
            server: "https://registry.example.com".to_owned(),
            group: name,
        },
        why: "The server of a credential is compared with the first part of image names, which have no protocol.",
        way_out: "Write the host name alone: `registry.example.com`.",
        sends: |it| it.with("/properties/imageRegistryCredentials", json!([credential("https://registry.example.com")])),
        accepted: |it| it.with("/properties/imageRegistryCredentials", json!([credential("registry.example.com")]));
        az: "--registry-login-server https://registry.example.com --registry-username user --registry-password secret"
    },
    rule! {
        "registry-credential-kind" Images, |name| Violation::RegistryCredentialKind { group: name },
        why: "A credential is a user or an identity; this one is both, or neither.",
        way_out: "Set exactly one of `username` (with `password`) and `identity`.",
        sends: |it| it.with("/properties/imageRegistryCredentials", json!([{ "server": "registry.example.com" }])),
        accepted: |it| it.with("/properties/imageRegistryCredentials", json!([credential("registry.example.com")]))
    },
    rule! {
        "registry-identity-version" Images, |name| Violation::RegistryIdentityVersion { group: name },
        why: "Pulling with a managed identity came with api-version 2021-07-01.",
        way_out: "Use a newer version of the API, or a user and a password.",
        sends: |it| with_registry_identity(it), accepted: |it| with_registry_identity(it),
        in_version("2021-03-01")
    },
    rule! {
        "registry-identity-unknown" Images, |name| Violation::RegistryIdentityUnknown { group: name },
        why: "The group pulls as one of its own identities, and has not got this one.",
        way_out: "Add the identity to the group's `identity.userAssignedIdentities`.",
        sends: |it| it.with("/properties/imageRegistryCredentials", json!([
            { "server": "registry.example.com", "identity": format!("{IDENTITIES}/nobody") },
        ])),
        accepted: |it| it
            .with("/identity/type", json!("SystemAssigned"))
            .with("/properties/imageRegistryCredentials", json!([
                { "server": "registry.example.com", "identity": "system" },
            ]))
    },
    rule! {
        "image-without-name" Images, |name| Violation::InaccessibleImage { image: String::new(), group: name },
        why: "No registry has an image without a name; most often a variable of a pipeline was empty.",
        way_out: "Name the image.",
        sends: |it| it.with_container("/image", json!("")), accepted: |it| it
    },
    rule! {
        "image-of-windows" Images, |name| Violation::ImageOs {
            image: "mcr.microsoft.com/windows/servercore:ltsc2019".to_owned(),
            os: "Linux",
            group: name,
        },
        why: "The image is for Windows, and the group for Linux. The emulator knows it by the image's name.",
        way_out: "Set `osType` to the image's, or use an image for Linux.",
        sends: |it| it.with_container("/image", json!("mcr.microsoft.com/windows/servercore:ltsc2019")),
        accepted: |it| it
    },
    image_refused!(
        "inaccessible-image", "InaccessibleImage",
        why: "Azure asks the registry before it accepts the group: there is no such image, or it is not to be had with these \
              credentials. A virtual node says so too, where the pull secret's server is not written as in the image.",
        way_out: "Check name, tag and credentials with `docker pull`; write the server of the credential exactly as in the image."
    ),
    image_refused!(
        "multiple-errors", "MultipleErrorsOccurred",
        why: "Several images of the group have a fault each.",
        way_out: "Read the inner errors one by one; each is one of this page's."
    ),
    image_refused!(
        "registry-error-response", "RegistryErrorResponse",
        why: "Docker Hub refused Azure, most often for its limit of pulls.",
        way_out: "Retry later, give credentials of Docker Hub, or import the image into a registry of your own."
    ),
    image_refused!(
        "os-version-not-supported", "OsVersionNotSupported",
        why: "The image is for a release of Windows that the hosts do not run.",
        way_out: "Build on a base image of Windows Server 2019 or 2022 (LTSC)."
    ),
    image_refused!(
        "image-os-type", "ImageOsTypeNotMatchContainerGroup",
        why: "The image is for the other operating system.",
        way_out: "Set `osType` to the image's, or use an image for Linux."
    ),
    pull_fails!(
        "image-not-found", "notFound",
        "failed to resolve reference \"mcr.microsoft.com/azuredocs/aci-helloworld\": mcr.microsoft.com/azuredocs/aci-helloworld: not found",
        why: "The image was there when the group was accepted and is gone, or the tag was moved.",
        way_out: "Refer to images by digest, and keep what runs."
    ),
    pull_fails!(
        "registry-unauthorized", "unauthorized",
        "failed to resolve reference \"mcr.microsoft.com/azuredocs/aci-helloworld\": failed to authorize: 401 Unauthorized",
        why: "The credentials were changed or have expired since the group was accepted; each restart on another host pulls again.",
        way_out: "Update the group with new credentials, or pull with a managed identity."
    ),
    pull_fails!(
        "registry-unreachable", "unreachable",
        "failed to do request for \"mcr.microsoft.com/azuredocs/aci-helloworld\": no such host",
        why: "The registry's name does not resolve where the group runs: it is private, or the group's name servers do not know it.",
        way_out: "Give the network the registry's private zone, or open the registry to trusted services."
    ),
    pull_fails!(
        "registry-timeout", "timeout",
        "failed to do request for \"mcr.microsoft.com/azuredocs/aci-helloworld\": i/o timeout",
        why: "The registry does not answer: a firewall drops the packets.",
        way_out: "Let the subnet out to the registry, or put the registry's endpoint into the network."
    ),
    pull_fails!(
        "registry-rate-limit", "rateLimited",
        "failed to copy \"mcr.microsoft.com/azuredocs/aci-helloworld\": 429 Too Many Requests: toomanyrequests: You have reached your pull rate limit.",
        why: "Docker Hub counts pulls by address, and the platform's addresses are shared.",
        way_out: "Give credentials of Docker Hub, or import the image into a registry of your own."
    ),
    pull_fails!(
        "image-platform", "wrongPlatform",
        "failed to pull \"mcr.microsoft.com/azuredocs/aci-helloworld\": no match for platform in manifest: not found",
        why: "The image was built for ARM64; the hosts are AMD64.",
        way_out: "Build for `linux/amd64`: `docker buildx build --platform linux/amd64`."
    ),
];

const IDENTITIES: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/elsewhere/providers/Microsoft.ManagedIdentity/userAssignedIdentities";

fn with_registry_identity(body: Body) -> Body {
    body.with("/identity/type", json!("SystemAssigned")).with(
        "/properties/imageRegistryCredentials",
        json!([{ "server": "registry.example.com", "identity": "system" }]),
    )
}
