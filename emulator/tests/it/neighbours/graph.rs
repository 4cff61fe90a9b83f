//! Microsoft Graph as `az role assignment create --assignee` and `az ad sp show` ask it.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Answer, PROVIDERS, TestApp};

async fn ask(app: &TestApp, path: &str, body: Option<Value>) -> Answer {
    let method = if body.is_some() { "POST" } else { "GET" };
    let request = Request::builder().method(method).uri(path).header("host", "arm.test");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    app.send(request.header("authorization", "Bearer fake").body(body).unwrap()).await
}

fn by_name(name: &str) -> String {
    format!("/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'{name}')")
}

#[tokio::test]
async fn any_client_id_is_a_service_principal() {
    let app = TestApp::bare().await;
    let client = "0000aaaa-0000-0000-0000-000000000000";
    let found = ask(&app, &by_name(client), None).await.json()["value"][0].clone();
    assert_eq!((&found["appId"], &found["servicePrincipalType"]), (&json!(client), &json!("Application")));
    let shown = ask(&app, &format!("/v1.0/servicePrincipals/{}", found["id"].as_str().unwrap()), None).await;
    assert_eq!(shown.json()["appId"], client);
    assert_eq!(ask(&app, &by_name("no-id"), None).await.json()["value"], json!([]));
    let unsigned =
        Request::get("/v1.0/servicePrincipals").header("host", "arm.test").body(Body::empty()).unwrap();
    assert_eq!(app.send(unsigned).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_identity_is_known_by_either_of_its_ids() {
    let app = TestApp::new().await;
    let path = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id");
    let ids = app.put(&path, json!({ "location": "westus" })).await.json()["properties"].clone();
    let (client, object) = (ids["clientId"].as_str().unwrap(), ids["principalId"].as_str().unwrap());
    let found = ask(&app, &by_name(client), None).await.json()["value"][0].clone();
    assert_eq!(
        (&found["id"], &found["servicePrincipalType"]),
        (&ids["principalId"], &json!("ManagedIdentity"))
    );
    // An object id is nobody's client id; az asks by it next.
    assert_eq!(ask(&app, &by_name(object), None).await.json()["value"], json!([]));
    let by_ids = ask(&app, "/v1.0/directoryObjects/getByIds", Some(json!({ "ids": [object] }))).await.json();
    assert_eq!(by_ids["value"][0]["@odata.type"], "#microsoft.graph.servicePrincipal");
    let shown = ask(&app, &format!("/v1.0/servicePrincipals/{object}"), None).await.json();
    assert_eq!(shown["displayName"], "id");
    let nobody = ask(&app, "/v1.0/servicePrincipals/0000bbbb-0000-0000-0000-000000000000", None).await;
    assert_eq!((nobody.status, nobody.code().as_str()), (StatusCode::NOT_FOUND, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn who_has_signed_in_is_known() {
    let app = TestApp::bare().await;
    let form = "grant_type=password&client_id=az&username=ann&password=x&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
    let request =
        Request::post("/common/oauth2/v2.0/token").header("host", "arm.test").body(Body::from(form)).unwrap();
    let token = app.send(request).await.json()["access_token"].as_str().unwrap().to_owned();
    let request = Request::get("/v1.0/me")
        .header("host", "arm.test")
        .header("authorization", format!("Bearer {token}"));
    let me = app.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(me["userPrincipalName"], "ann@aci-local.onmicrosoft.com");
    let found =
        ask(&app, "/v1.0/users?$filter=userPrincipalName%20eq%20'ann@aci-local.onmicrosoft.com'", None)
            .await
            .json();
    assert_eq!(found["value"][0]["id"], me["id"]);
    assert_eq!(ask(&app, "/v1.0/me", None).await.status, StatusCode::BAD_REQUEST);
}
