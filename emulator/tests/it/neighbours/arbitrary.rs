//! Whatever comes in, the answer is an envelope and never a failure of ours.

use aci_emulator::policy::{Policy, Rbac};
use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::app::{PROVIDERS, SUBSCRIPTION, TestApp};

/// JSON that has the members of the neighbours' bodies in all places, with values that may not fit.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(|number| json!(number)),
        prop::sample::select(vec!["westus", "10.0.0.0/24", "10.0.0.0/16", "Standard_LRS", "", "é"])
            .prop_map(|text| json!(text)),
    ];
    let key = prop::sample::select(vec![
        "location",
        "tags",
        "properties",
        "addressSpace",
        "addressPrefixes",
        "addressPrefix",
        "subnets",
        "name",
        "delegations",
        "sku",
        "kind",
        "shareQuota",
        "issuer",
        "audiences",
        "securityRules",
        "permissions",
        "roleDefinitionId",
        "principalId",
        "operation",
        "keyName",
        "elasticityProfile",
        "maxReadyCapacity",
        "containerGroupProperties",
        "containerGroupProfile",
        "subnetIds",
        "zones",
        "id",
    ]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((key.clone().prop_map(str::to_owned), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn no_body_makes_a_neighbour_fail() {
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = executor.block_on(TestApp::new());
    let guid = "11111111-0000-0000-0000-000000000000";
    let paths: Vec<String> = [
        "Microsoft.Network/virtualNetworks/v",
        "Microsoft.Network/virtualNetworks/v/subnets/n",
        "Microsoft.Network/networkProfiles/p",
        "Microsoft.Network/networkSecurityGroups/g",
        "Microsoft.Network/networkSecurityGroups/g/securityRules/r",
        "Microsoft.ManagedIdentity/userAssignedIdentities/i",
        "Microsoft.ManagedIdentity/userAssignedIdentities/i/federatedIdentityCredentials/f",
        "Microsoft.Storage/storageAccounts/account",
        "Microsoft.Storage/storageAccounts/account/fileServices/default/shares/share",
        "Microsoft.OperationalInsights/workspaces/w",
        "Microsoft.StandbyPool/standbyContainerGroupPools/pool",
        &format!("Microsoft.Authorization/roleAssignments/{guid}"),
        &format!("Microsoft.Authorization/roleDefinitions/{guid}"),
        "Microsoft.Resources/tags/default",
    ]
    .into_iter()
    .map(|path| format!("{PROVIDERS}/{path}"))
    .chain([format!("{SUBSCRIPTION}/resourceGroups/rg")])
    .collect();
    let mut runner = TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
    let method = prop::sample::select(vec![Method::PUT, Method::PATCH, Method::POST]);
    let checked = runner.run(&(prop::sample::select(paths), method, body()), |(path, method, body)| {
        let answer = executor.block_on(app.call(method.clone(), &path, Some(body.clone())));
        prop_assert!(
            !answer.status.is_server_error(),
            "{method} {path} {body}: {} {}",
            answer.status,
            answer.text
        );
        if answer.status.is_client_error() {
            prop_assert!(!answer.code().is_empty(), "{method} {path} {body}: {}", answer.text);
        }
        let after = executor.block_on(app.get(&path));
        prop_assert!(!after.status.is_server_error(), "{path} after {body}: {}", after.text);
        Ok(())
    });
    checked.unwrap();
}

/// A path made of ARM's words and of others, in any order.
fn path() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "subscriptions",
        "11111111-2222-3333-4444-555555555555",
        "resourceGroups",
        "rg",
        "providers",
        "Microsoft.Network",
        "Microsoft.Authorization",
        "Microsoft.Storage",
        "Microsoft.ContainerInstance",
        "Microsoft.Resources",
        "virtualNetworks",
        "subnets",
        "storageAccounts",
        "fileServices",
        "default",
        "shares",
        "roleAssignments",
        "roleDefinitions",
        "tags",
        "locations",
        "operations",
        "v",
        "%28x%29",
        "%FF",
        "é",
        "",
    ]);
    prop::collection::vec(word, 1..12).prop_map(|words| {
        let path = words.iter().map(|word| if *word == "é" { "%C3%A9" } else { word }).collect::<Vec<_>>();
        format!("/{}", path.join("/"))
    })
}

#[test]
fn no_path_makes_the_emulator_fail() {
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let open = executor.block_on(TestApp::new());
    let policy = Policy {
        rbac: Rbac::Enforce,
        rbac_admin: Some("admin".to_owned()),
        require_registration: true,
        ..Policy::default()
    };
    let strict = executor.block_on(TestApp::with_policy(policy));
    let mut runner = TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
    let methods = vec![Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::POST, Method::DELETE];
    let checked = runner.run(&(prop::sample::select(methods), path()), |(method, path)| {
        let body = Some(json!({}));
        let answer = executor.block_on(open.call(method.clone(), &path, body.clone()));
        prop_assert!(!answer.status.is_server_error(), "{method} {path}: {} {}", answer.status, answer.text);
        let answer = executor.block_on(strict.call_as("me", method.clone(), &path, body));
        prop_assert!(!answer.status.is_server_error(), "{method} {path}: {} {}", answer.status, answer.text);
        let is_write = method != Method::GET && method != Method::HEAD;
        let is_arm = ["/subscriptions", "/providers"].iter().any(|root| path.starts_with(root));
        prop_assert!(!(is_write && is_arm && answer.status.is_success()), "{method} {path}: {}", answer.text);
        Ok(())
    });
    checked.unwrap();
}
