//! What stands before every call: the token's audience, the subscription's state and its registrations.

use aci_emulator::arm::token::Claims;
use aci_emulator::clock::Clock as _;
use aci_emulator::neighbours::subscription::{Subscription, SubscriptionState};
use aci_emulator::policy::Policy;
use axum::body::Body;
use http::{Request, StatusCode};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

#[tokio::test]
async fn a_provider_must_be_registered_where_that_is_asked_for() {
    let app = TestApp::with_policy(Policy { require_registration: true, ..Policy::default() }).await;
    app.put(&format!("{SUBSCRIPTION}/resourceGroups/rg"), json!({ "location": "westus" })).await;
    let provider = format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance");
    assert_eq!(app.get(&provider).await.json()["registrationState"], "NotRegistered");
    let refused = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_json_snapshot!(refused.json(), @r#"
    {
      "error": {
        "code": "MissingSubscriptionRegistration",
        "message": "The subscription is not registered to use namespace 'Microsoft.ContainerInstance'. See https://aka.ms/rps-not-found for how to register subscriptions.",
        "details": [
          {
            "code": "MissingSubscriptionRegistration",
            "message": "The subscription is not registered to use namespace 'Microsoft.ContainerInstance'. See https://aka.ms/rps-not-found for how to register subscriptions.",
            "target": "Microsoft.ContainerInstance"
          }
        ]
      }
    }
    "#);
    assert_eq!(app.post(&format!("{provider}/register")).await.json()["registrationState"], "Registering");
    assert_eq!(app.put(&format!("{GROUPS}/web"), group()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_disabled_subscription_is_only_read() {
    let app = TestApp::new().await;
    let id = &SUBSCRIPTION["/subscriptions/".len()..];
    let disabled = Subscription { state: SubscriptionState::Disabled, ..Subscription::new(id) };
    app.app.neighbours.subscriptions.put(disabled).unwrap();
    assert_eq!(app.get(SUBSCRIPTION).await.json()["state"], "Disabled");
    let refused = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "ReadOnlyDisabledSubscription")
    );
    assert_eq!(app.get(&format!("{SUBSCRIPTION}/resourceGroups/rg")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused() {
    let app = TestApp::bare().await;
    let ask = async |audience: &str| {
        let claims = Claims::new("me", audience, "issuer".to_owned(), app.clock.now(), 60);
        let token = app.app.authority.issue(&claims).unwrap();
        let request =
            Request::get(format!("{SUBSCRIPTION}?api-version=2022-12-01")).header("host", "arm.test");
        app.send(request.header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap())
            .await
    };
    for audience in
        ["https://management.core.windows.net//", "https://management.azure.com", "http://arm.test/"]
    {
        assert_eq!(ask(audience).await.status, StatusCode::OK, "{audience}");
    }
    let refused = ask("https://vault.azure.net").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::UNAUTHORIZED, "InvalidAuthenticationTokenAudience")
    );
    assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
}
