//! Role assignments and definitions as `az role` uses them, and what they decide.

use aci_emulator::directory::object_id;
use aci_emulator::policy::{Policy, Rbac};
use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, PROVIDERS, SUBSCRIPTION, TestApp, group};

const AUTHORIZATION: &str = "providers/Microsoft.Authorization";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const ACI_CONTRIBUTOR: &str = "5d977122-f97e-4b4d-a52f-6b43003ddb4d";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const SOMEBODY: &str = "27e3fe0a-ef36-41a0-ab3b-4666831b100b";
const NAME: &str = "ed1b7e3c-01d4-4e07-b09f-8e91788a95e2";

fn role(guid: &str) -> String {
    format!("{SUBSCRIPTION}/{AUTHORIZATION}/roleDefinitions/{guid}")
}

fn assignment(role: &str, principal: &str) -> Value {
    json!({ "properties": { "roleDefinitionId": role, "principalId": principal } })
}

#[tokio::test]
async fn a_role_is_found_by_its_name_as_recorded() {
    let app = TestApp::new().await;
    let account = format!("{PROVIDERS}/Microsoft.Storage/storageAccounts/account");
    let path = format!("{account}/{AUTHORIZATION}/roleDefinitions?$filter=roleName%20eq%20%27Contributor%27");
    let found = app.get(&path).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    assert_json_snapshot!(found.json());
    let all = app.get(&format!("{SUBSCRIPTION}/{AUTHORIZATION}/roleDefinitions")).await.json();
    assert!(all["value"].as_array().unwrap().len() > 15);
    let unclear = app.get(&format!("{SUBSCRIPTION}/{AUTHORIZATION}/roleDefinitions?$filter=x")).await;
    assert_eq!(
        (unclear.status, unclear.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidFilterInQueryString")
    );
}

#[tokio::test]
async fn an_assignment_is_shown_as_recorded_and_listed_by_scope_and_principal() {
    let app = TestApp::new().await;
    let scope = format!("{GROUPS}/web");
    let path = format!("{scope}/{AUTHORIZATION}/roleAssignments/{NAME}");
    let created = app.put(&path, assignment(&role(CONTRIBUTOR), SOMEBODY)).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert_json_snapshot!(created.json());
    assert_eq!(app.get(&path).await.json(), created.json());
    for (scope, filter, count) in [
        (scope.as_str(), "", 1),
        (SUBSCRIPTION, "", 1),
        (SUBSCRIPTION, "?$filter=atScope()", 0),
        (scope.as_str(), "?$filter=atScope()", 1),
        (SUBSCRIPTION, &format!("?$filter=principalId%20eq%20'{SOMEBODY}'"), 1),
        (SUBSCRIPTION, "?$filter=assignedTo('other')", 0),
        ("/subscriptions/22222222-2222-3333-4444-555555555555", "", 0),
    ] {
        let list = app.get(&format!("{scope}/{AUTHORIZATION}/roleAssignments{filter}")).await.json();
        assert_eq!(list["value"].as_array().unwrap().len(), count, "{scope} {filter}");
    }
    assert_eq!(app.delete(&path).await.status, StatusCode::OK);
    assert_eq!(app.delete(&path).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_assignment_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let at = |name: &str| format!("{SUBSCRIPTION}/{AUTHORIZATION}/roleAssignments/{name}");
    app.put(&at(NAME), assignment(&role(CONTRIBUTOR), SOMEBODY)).await;
    let another = "11111111-0000-0000-0000-000000000000";
    for (name, body, status, code) in [
        (another, assignment(&role(CONTRIBUTOR), SOMEBODY), 409, "RoleAssignmentExists"),
        (NAME, assignment(&role(READER), SOMEBODY), 400, "RoleAssignmentUpdateNotPermitted"),
        (another, assignment(&role(another), SOMEBODY), 400, "RoleDefinitionDoesNotExist"),
        (another, assignment(&role(READER), "me"), 400, "InvalidPrincipalId"),
        ("name", assignment(&role(READER), SOMEBODY), 400, "InvalidRoleAssignmentId"),
    ] {
        let answer = app.put(&at(name), body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code));
    }
    let nowhere = format!("{SUBSCRIPTION}/resourceGroups/none/{AUTHORIZATION}/roleAssignments/{another}");
    let answer = app.put(&nowhere, assignment(&role(READER), SOMEBODY)).await;
    assert_eq!(answer.code(), "ResourceGroupNotFound");
}

#[tokio::test]
async fn a_role_of_ones_own_is_made_and_stays_while_somebody_has_it() {
    let app = TestApp::new().await;
    let guid = "22222222-0000-0000-0000-000000000000";
    let body = json!({ "properties": {
        "roleName": "Starter", "description": "Starts groups", "type": "CustomRole",
        "assignableScopes": [SUBSCRIPTION],
        "permissions": [{ "actions": ["Microsoft.ContainerInstance/containerGroups/start/action"], "notActions": [] }],
    } });
    assert_eq!(app.put(&role(guid), body.clone()).await.status, StatusCode::CREATED);
    assert_eq!(app.put(&role(guid), body.clone()).await.status, StatusCode::OK);
    let other = app.put(&role("33333333-0000-0000-0000-000000000000"), body).await;
    assert_eq!(
        (other.status, other.code().as_str()),
        (StatusCode::CONFLICT, "RoleDefinitionWithSameNameExists")
    );
    let own = app
        .get(&format!("{SUBSCRIPTION}/{AUTHORIZATION}/roleDefinitions?$filter=type%20eq%20'CustomRole'"))
        .await;
    assert_eq!(own.json()["value"][0]["properties"]["roleName"], "Starter");
    let path = format!("{SUBSCRIPTION}/{AUTHORIZATION}/roleAssignments/{NAME}");
    app.put(&path, assignment(&role(guid), SOMEBODY)).await;
    assert_eq!(app.delete(&role(guid)).await.code(), "RoleDefinitionHasAssignments");
    app.delete(&path).await;
    assert_eq!(app.delete(&role(guid)).await.status, StatusCode::OK);
    assert_eq!(app.delete(&role(guid)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.delete(&role(READER)).await.code(), "RoleDefinitionIsBuiltIn");
}

#[tokio::test]
async fn what_is_never_there_is_an_empty_list() {
    let app = TestApp::new().await;
    for path in [
        format!("{SUBSCRIPTION}/{AUTHORIZATION}/locks"),
        format!("{SUBSCRIPTION}/resourceGroups/rg/{AUTHORIZATION}/policyAssignments"),
        format!(
            "{GROUPS}/web/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview"
        ),
    ] {
        let answer = app.get(&path).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, r#"{"value":[]}"#), "{path}");
    }
}

/// An emulator where roles decide, the resource group `rg` in it, made by `admin`.
async fn enforcing() -> TestApp {
    let policy = Policy { rbac: Rbac::Enforce, rbac_admin: Some("admin".to_owned()), ..Policy::default() };
    let app = TestApp::with_policy(policy).await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/rg");
    let made = app.call_as("admin", Method::PUT, &group, Some(json!({ "location": "westus" }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    app
}

async fn assign(app: &TestApp, client: &str, guid: &str, scope: &str) {
    let path = format!("{scope}/{AUTHORIZATION}/roleAssignments/{}", app.app.ids.next());
    let body = assignment(&role(guid), &object_id(client).to_string());
    let made = app.call_as("admin", Method::PUT, &path, Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
}

#[tokio::test]
async fn a_caller_needs_a_role_where_roles_decide() {
    let app = enforcing().await;
    let web = format!("{GROUPS}/web");
    let refused = app.call_as("me", Method::PUT, &web, Some(group())).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        refused.json()["error"]["message"],
        format!(
            "The client 'me' with object id '{}' does not have authorization to perform action \
             'Microsoft.ContainerInstance/containerGroups/write' over scope '{web}' or the scope is invalid. If access \
             was recently granted, please refresh your credentials.",
            object_id("me")
        )
    );
    assign(&app, "me", ACI_CONTRIBUTOR, &format!("{SUBSCRIPTION}/resourceGroups/rg")).await;
    assert_eq!(app.call_as("me", Method::PUT, &web, Some(group())).await.status, StatusCode::CREATED);
    assert_eq!(app.call_as("me", Method::GET, &web, None).await.status, StatusCode::OK);
    let network = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/v");
    assert_eq!(app.call_as("me", Method::GET, &network, None).await.code(), "AuthorizationFailed");
    let anonymous = app.get(&web).await;
    assert_eq!(
        (anonymous.status, anonymous.code().as_str()),
        (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken")
    );
}

#[tokio::test]
async fn nobody_takes_a_role_without_one() {
    let app = enforcing().await;
    let body = assignment(&role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), &object_id("me").to_string());
    for scope in ["", "/providers/Microsoft.Management/managementGroups/all", SUBSCRIPTION] {
        let path = format!("{scope}/{AUTHORIZATION}/roleAssignments/{NAME}");
        let refused = app.call_as("me", Method::PUT, &path, Some(body.clone())).await;
        assert_eq!(refused.code(), "AuthorizationFailed", "{scope}");
    }
}

#[tokio::test]
async fn an_operation_is_polled_by_who_may_begin_it() {
    let app = enforcing().await;
    assign(&app, "me", "4d97b98b-1d4f-4787-a291-c67834d212e7", &format!("{SUBSCRIPTION}/resourceGroups/rg"))
        .await;
    let nsg = format!("{PROVIDERS}/Microsoft.Network/networkSecurityGroups/nsg");
    let begun = app.call_as("me", Method::PUT, &nsg, Some(json!({ "location": "westus" }))).await;
    let operation = begun.header("azure-asyncoperation").strip_prefix("http://arm.test").unwrap().to_owned();
    assert_eq!(app.call_as("me", Method::GET, &operation, None).await.status, StatusCode::OK);
    assert_eq!(app.call_as("you", Method::GET, &operation, None).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_a_group_touches_needs_a_role_too() {
    let app = enforcing().await;
    assign(&app, "me", ACI_CONTRIBUTOR, &format!("{SUBSCRIPTION}/resourceGroups/rg")).await;
    let subnet = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/v/subnets/n");
    let mut body = group();
    body["properties"].as_object_mut().unwrap().remove("ipAddress");
    body["properties"]["subnetIds"] = json!([{ "id": subnet }]);
    let refused = app.call_as("me", Method::PUT, &format!("{GROUPS}/web"), Some(body.clone())).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::FORBIDDEN, "LinkedAuthorizationFailed")
    );
    let text = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        text.contains("'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s)"),
        "{text}"
    );
    assign(&app, "me", "4d97b98b-1d4f-4787-a291-c67834d212e7", &subnet).await;
    let created = app.call_as("me", Method::PUT, &format!("{GROUPS}/web"), Some(body)).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
}

#[tokio::test]
async fn lists_show_what_a_caller_may_read() {
    let app = enforcing().await;
    let other = format!("{SUBSCRIPTION}/resourceGroups/other");
    app.call_as("admin", Method::PUT, &other, Some(json!({ "location": "westus" }))).await;
    let groups = format!("{SUBSCRIPTION}/resourceGroups");
    assert_eq!(app.call_as("me", Method::GET, &groups, None).await.status, StatusCode::FORBIDDEN);
    assign(&app, "me", READER, &other).await;
    let seen = app.call_as("me", Method::GET, &groups, None).await.json();
    let names: Vec<&Value> = seen["value"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["other"]);
    assert_eq!(app.call_as("me", Method::GET, SUBSCRIPTION, None).await.status, StatusCode::OK);
    let permissions =
        app.call_as("me", Method::GET, &format!("{other}/{AUTHORIZATION}/permissions"), None).await;
    assert_eq!(permissions.json()["value"][0]["actions"], json!(["*/read"]));
}

#[tokio::test]
async fn the_first_caller_is_owner_where_nobody_else_is() {
    let app = TestApp::with_policy(Policy { rbac: Rbac::Enforce, ..Policy::default() }).await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/rg");
    let made = app.call_as("first", Method::PUT, &group, Some(json!({ "location": "westus" }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(app.call_as("second", Method::GET, &group, None).await.status, StatusCode::FORBIDDEN);
    let list =
        app.call_as("first", Method::GET, &format!("{group}/{AUTHORIZATION}/roleAssignments"), None).await;
    assert_eq!(list.json()["value"][0]["properties"]["principalId"], object_id("first").to_string());
}
