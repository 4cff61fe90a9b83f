//! Images that are there, and those that are not to be had.

use aci_emulator::runtime::{ImageErrorKind, PullSpec, Runtime, RuntimeError};
use aci_model::ResourceId;

use crate::support::with_lab;

fn pull(image: &str) -> PullSpec {
    let group = ResourceId::container_group("sub", "rg", "group");
    PullSpec { group, container: "web".to_owned(), image: image.to_owned(), auth: None }
}

#[tokio::test]
async fn an_image_that_the_engine_has_needs_no_registry() {
    with_lab("local-image", |lab| async move {
        let pulled = lab.runtime.pull(&pull(&lab.image)).await.unwrap();
        assert_eq!(pulled.reference, lab.image, "an imported image has no digest");
    })
    .await;
}

#[tokio::test]
async fn a_refused_image_says_why() {
    with_lab("refused-image", |lab| async move {
        // Port 9 of loopback is nobody's, and `.invalid` never resolves (RFC 6761).
        let cases = [
            ("registry.invalid/app:1", ImageErrorKind::Unreachable),
            ("127.0.0.1:9/app:1", ImageErrorKind::Unreachable),
            ("UPPER/app", ImageErrorKind::InvalidReference),
            ("a b", ImageErrorKind::InvalidReference),
        ];
        for (image, wanted) in cases {
            match lab.runtime.pull(&pull(image)).await.unwrap_err() {
                RuntimeError::Image { kind, detail, .. } => assert_eq!(kind, wanted, "{image}: {detail}"),
                other => panic!("{image}: {other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_image_of_the_engine_tells_its_entry_point_and_another_is_none() {
    with_lab("image-config", |lab| async move {
        let config = lab.runtime.image_config(&lab.image).await.unwrap().expect("the tests' own image");
        assert_eq!(config.entrypoint, ["/probe", "say", "the image's own"]);
        assert_eq!(config.cmd, ["7"]);
        assert_eq!(lab.runtime.image_config("registry.invalid/nobody:1").await, Ok(None));
        assert!(matches!(lab.runtime.image_config("a b").await, Err(RuntimeError::Image { .. })));
    })
    .await;
}
