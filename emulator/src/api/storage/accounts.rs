//! `…/storageAccounts/{account}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::names;
use crate::api::tracked::{Body, ResourceCall, Shown, checked_location, without_read_only};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::neighbours::storage::{AccountKey, AccountProperties, StorageAccount, is_account_name};
use crate::neighbours::tracked::{Kind as _, Tracked};
use crate::regions;

/// What the service writes; a client may send it back.
const READ_ONLY: &[&str] = &[
    "provisioningState",
    "creationTime",
    "keyCreationTime",
    "primaryEndpoints",
    "primaryLocation",
    "statusOfPrimary",
    "secondaryEndpoints",
    "secondaryLocation",
    "statusOfSecondary",
    "privateEndpointConnections",
];

/// The services of an account, in the order in which its endpoints are shown (recorded).
const SERVICES: [&str; 6] = ["dfs", "web", "blob", "queue", "table", "file"];

impl Shown for AccountProperties {
    fn collection(app: &App) -> &Collection<StorageAccount> {
        &app.neighbours.storage_accounts
    }

    /// In the order of the recorded answers, less the second region: nothing is kept in any region here.
    fn body(account: &StorageAccount, _: &App) -> Value {
        let AccountProperties { sku, kind, created, keys, identity, others } = &account.properties;
        let (name, created) = (account.id.name(), time(*created));
        let mut properties = Map::new();
        let mut put = |name: &str, value: Value| properties.insert(name.to_owned(), value);
        put("keyCreationTime", json!({ "key1": time(keys[0].created), "key2": time(keys[1].created) }));
        put("privateEndpointConnections", json!([]));
        defaults(&created).into_iter().for_each(|(name, value)| {
            put(&name, completed(&name, others.get(&name), value));
        });
        others.iter().filter(|(name, _)| !is_default(name)).for_each(|(name, value)| {
            put(name, value.clone());
        });
        put("provisioningState", json!("Succeeded"));
        put("creationTime", json!(created));
        let endpoints =
            SERVICES.iter().map(|service| ((*service).to_owned(), json!(endpoint(name, service))));
        put("primaryEndpoints", Value::Object(endpoints.collect()));
        put("primaryLocation", json!(regions::normalise(&account.location)));
        put("statusOfPrimary", json!("available"));
        let tier = sku.split('_').next().unwrap_or_default();
        let mut body = json!({ "sku": { "name": sku, "tier": tier }, "kind": kind });
        if let Some(identity) = identity {
            body["identity"] = identity.clone();
        }
        body["id"] = json!(account.id);
        body["name"] = json!(name);
        body["type"] = json!(Self::TYPE);
        body["location"] = json!(regions::normalise(&account.location));
        body["tags"] = json!(account.tags.clone().unwrap_or_default());
        body["properties"] = Value::Object(properties);
        body
    }
}

/// What an account says of itself when its maker does not (recorded; `TLS1_2` and no public blobs since 2024, DOC).
fn defaults(created: &str) -> [(String, Value); 6] {
    let service = json!({ "keyType": "Account", "enabled": true, "lastEnabledTime": created });
    [
        ("minimumTlsVersion", json!("TLS1_2")),
        ("allowBlobPublicAccess", json!(false)),
        (
            "networkAcls",
            json!({
                "bypass": "AzureServices",
                "virtualNetworkRules": [],
                "ipRules": [],
                "defaultAction": "Allow",
            }),
        ),
        ("supportsHttpsTrafficOnly", json!(true)),
        (
            "encryption",
            json!({ "services": { "file": service, "blob": service }, "keySource": "Microsoft.Storage" }),
        ),
        ("accessTier", json!("Hot")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// What a maker said, with what the service adds: which of its services it encrypts is its own to say (recorded).
fn completed(name: &str, given: Option<&Value>, default: Value) -> Value {
    match (given, default) {
        (Some(Value::Object(given)), Value::Object(mut default)) if name == "encryption" => {
            default.extend(
                given.iter().filter(|(name, _)| *name != "services").map(|(k, v)| (k.clone(), v.clone())),
            );
            Value::Object(default)
        }
        (Some(given), _) => given.clone(),
        (None, default) => default,
    }
}

fn is_default(name: &str) -> bool {
    defaults("").iter().any(|(known, _)| known == name)
}

fn endpoint(account: &str, service: &str) -> String {
    // Static websites live in a zone of the region; all of ours are in one.
    let zone = if service == "web" { "z22." } else { "" };
    format!("https://{account}.{zone}{service}.core.windows.net/")
}

/// A time as this service writes it: seven digits of a second.
pub(super) fn time(time: Timestamp) -> String {
    let digits = time.subsec_nanosecond() / 100;
    format!("{}.{digits:07}Z", time.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// `PUT`: 202 and a place to look for a new account, 200 for a known one (recorded). `Retry-After` is OURS.
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Body<Map<String, Value>>>,
) -> Result<Response, ArmError> {
    let Body { location, tags, properties: mut given, others } = body.value;
    let name = call.id.name();
    if !is_account_name(name) {
        return Err(ArmError::storage_account_name(name));
    }
    if names::owner(&app, name).is_some_and(|account| account.id != call.id) {
        return Err(ArmError::storage_account_taken(name));
    }
    without_read_only(&mut given, READ_ONLY);
    let text = |path: &[&str]| {
        let value = path.iter().skip(1).try_fold(others.get(path[0])?, |value, name| value.get(name))?;
        value.as_str().map(str::to_owned)
    };
    let sku = text(&["sku", "name"]).filter(|sku| is_sku(sku));
    let sku =
        sku.ok_or_else(|| ArmError::storage_value("sku.name", &text(&["sku", "name"]).unwrap_or_default()))?;
    let kind = text(&["kind"]).unwrap_or_else(|| "Storage".to_owned());
    let now = app.clock.now();
    let (account, created) = app.neighbours.storage_accounts.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let identity = others.get("identity").cloned();
        let properties = match known {
            Some(Tracked { properties, .. }) => {
                AccountProperties { sku, kind, identity, others: given, ..properties.clone() }
            }
            None => {
                let keys = [AccountKey::new(&app.ids, now), AccountKey::new(&app.ids, now)];
                AccountProperties { sku, kind, created: now, keys, identity, others: given }
            }
        };
        let id = call.id_of(known);
        Ok::<_, ArmError>(StorageAccount {
            id,
            location,
            tags,
            etag: app.ids.next(),
            properties,
            authorship: None,
        })
    })?;
    Ok(match created {
        true => (StatusCode::ACCEPTED, begun(&app, &origin, &account, &call.version)).into_response(),
        false => Json(AccountProperties::body(&account, &app)).into_response(),
    })
}

fn begun(app: &App, origin: &Origin, account: &StorageAccount, version: &str) -> HeaderMap {
    let operation = app.ids.next();
    app.neighbours.operations.add(operation, account.id.clone());
    let url = format!(
        "{}/subscriptions/{}/providers/Microsoft.Storage/locations/{}/asyncoperations/{operation}?monitor=true\
         &api-version={version}",
        origin.0,
        account.id.subscription,
        regions::normalise(&account.location)
    );
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(&url).ok().map(|url| (LOCATION, url)));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    headers
}

/// Source: "SKU types", Storage resource provider.
fn is_sku(text: &str) -> bool {
    const TIERS: [&str; 4] = ["Standard", "Premium", "StandardV2", "PremiumV2"];
    const COPIES: [&str; 6] = ["LRS", "ZRS", "GRS", "GZRS", "RAGRS", "RAGZRS"];
    text.split_once('_').is_some_and(|(tier, copies)| TIERS.contains(&tier) && COPIES.contains(&copies))
}

/// `PATCH`: tags are replaced, properties that are given too.
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<Map<String, Value>>>,
) -> Result<Json<Value>, ArmError> {
    let Body { location: _, tags, properties: mut given, others } = body.value;
    without_read_only(&mut given, READ_ONLY);
    let (account, _) = app.neighbours.storage_accounts.change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let mut account = StorageAccount { etag: app.ids.next(), ..known.clone() };
        account.tags = tags.or(account.tags);
        account.properties.others.extend(given);
        if let Some(sku) = others.get("sku").and_then(|sku| sku.get("name")?.as_str()) {
            if !is_sku(sku) {
                return Err(ArmError::storage_value("sku.name", sku));
            }
            sku.clone_into(&mut account.properties.sku);
        }
        account.properties.identity = others.get("identity").cloned().or(account.properties.identity);
        Ok(account)
    })?;
    Ok(Json(AccountProperties::body(&account, &app)))
}

/// `DELETE`: its shares and what is about it go along.
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    let removed = app.neighbours.storage_accounts.remove(&call.id.key())?;
    app.neighbours.remove_below(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
