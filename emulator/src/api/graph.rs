//! Microsoft Graph, as far as `az role assignment` and `az ad sp show` ask it who somebody is.
//!
//! Nobody is registered in this directory: whoever is asked for by client id is there. Object ids are known of
//! identities, of container groups that have one, and of those who have called or signed in.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub mod person;

use crate::app::App;
use crate::arm::query;
use crate::arm::reject::JsonBody;
use crate::arm::token::Judgement;
use crate::directory::TENANT_ID;
use crate::directory::principal::{self, DirectoryObject, PrincipalKind};
use crate::neighbours::role::Principal;
use person::Person;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1.0/me", get(me))
        .route("/v1.0/users", get(users))
        .route("/v1.0/users/{id}", get(user))
        .route("/v1.0/servicePrincipals", get(service_principals))
        .route("/v1.0/servicePrincipals/{id}", get(service_principal))
        .route("/v1.0/directoryObjects/getByIds", post(by_ids))
        .route("/v1.0/directoryObjects/{id}", get(directory_object))
}

/// Why Graph refuses.
struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl GraphError {
    fn not_found(id: &str) -> Self {
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self { status: StatusCode::NOT_FOUND, code: "Request_ResourceNotFound", message }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "Request_BadRequest", message: message.into() }
    }

    fn unauthenticated(message: &str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: "InvalidAuthenticationToken",
            message: message.to_owned(),
        }
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        (self.status, Json(body)).into_response()
    }
}

/// Whose token a request carries; anybody's is accepted by its shape, as everywhere.
fn caller(app: &App, headers: &HeaderMap) -> Result<Option<Principal>, GraphError> {
    let header = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|text| text.split_once(' ')).map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| GraphError::unauthenticated("Access token is empty."))?;
    match app.authority.judge(token, app.clock.now()) {
        Judgement::Ours(claims) => Ok(Some(Principal { object_id: claims.oid, client_id: claims.appid })),
        Judgement::Foreign(bearer) => Ok(bearer.map(|it| it.principal)),
        Judgement::Expired => {
            Err(GraphError::unauthenticated("Lifetime validation failed, the token is expired."))
        }
        Judgement::Malformed => Err(GraphError::unauthenticated("CompactToken parsing failed.")),
    }
}

fn body(person: &Person, context: &str) -> Value {
    let mut body = match person.kind {
        PrincipalKind::User => json!({
            "id": person.object_id,
            "displayName": person.display_name,
            "userPrincipalName": person.name,
            "mail": null,
            "businessPhones": [],
        }),
        PrincipalKind::ServicePrincipal => json!({
            "id": person.object_id,
            "accountEnabled": true,
            "appDisplayName": person.display_name,
            "appId": person.name,
            "appOwnerOrganizationId": TENANT_ID,
            "displayName": person.display_name,
            "servicePrincipalNames": [person.name],
            "servicePrincipalType": if person.is_managed { "ManagedIdentity" } else { "Application" },
            "tags": [],
        }),
    };
    if let Value::Object(members) = &mut body {
        let (name, value) = match context {
            "" => ("@odata.type", format!("#microsoft.graph.{}", kind(person.kind))),
            context => ("@odata.context", format!("$metadata#{context}/$entity")),
        };
        members.shift_insert(0, name.to_owned(), json!(value));
    }
    body
}

fn kind(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "user",
        PrincipalKind::ServicePrincipal => "servicePrincipal",
    }
}

fn page(context: &str, people: &[Person]) -> Json<Value> {
    let value: Vec<Value> = people.iter().map(|person| body(person, "")).collect();
    Json(json!({ "@odata.context": format!("$metadata#{context}"), "value": value }))
}

/// `GET /v1.0/me`
async fn me(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, GraphError> {
    let caller = caller(&app, &headers)?;
    let person = caller.and_then(|caller| Person::by_object_id(&app, &caller.object_id));
    match person.filter(|person| person.kind == PrincipalKind::User) {
        Some(person) => Ok(Json(body(&person, "users"))),
        None => Err(GraphError::bad_request("/me request is only valid with delegated authentication flow.")),
    }
}

/// `GET /v1.0/servicePrincipals`
async fn service_principals(
    State(app): State<App>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, GraphError> {
    caller(&app, &headers)?;
    let known =
        Person::known(&app).into_iter().filter(|person| person.kind == PrincipalKind::ServicePrincipal);
    let people: Vec<Person> = match filter(&uri)? {
        None => known.collect(),
        Some((property, value)) => match property.as_str() {
            "serviceprincipalnames" | "appid" => found(&app, &value).into_iter().collect(),
            "id" => known.filter(|it| it.object_id.to_string().eq_ignore_ascii_case(&value)).collect(),
            _ => known.filter(|it| it.display_name.eq_ignore_ascii_case(&value)).collect(),
        },
    };
    Ok(page("servicePrincipals", &people))
}

/// A program by its client id, which is remembered, as its object id is what is asked for next.
fn found(app: &App, client: &str) -> Option<Person> {
    let person = Person::by_client_id(app, client)?;
    let principal = DirectoryObject::service(&person.name);
    if !person.is_managed
        && let Err(error) = principal::remember(&app.neighbours.principals, principal)
    {
        tracing::warn!(%error, "Failed to remember a principal");
    }
    Some(person)
}

/// `GET /v1.0/servicePrincipals/{id}`
async fn service_principal(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, GraphError> {
    caller(&app, &headers)?;
    let person = Person::by_object_id(&app, &id).filter(|it| it.kind == PrincipalKind::ServicePrincipal);
    let person = person.ok_or_else(|| GraphError::not_found(&id))?;
    Ok(Json(body(&person, "servicePrincipals")))
}

/// `GET /v1.0/users`
async fn users(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Result<Json<Value>, GraphError> {
    caller(&app, &headers)?;
    let wanted = filter(&uri)?;
    let mut people = Person::known(&app);
    people.retain(|it| {
        let is_wanted =
            |value: &str| it.name.eq_ignore_ascii_case(value) || it.display_name.eq_ignore_ascii_case(value);
        it.kind == PrincipalKind::User && wanted.as_ref().is_none_or(|(_, value)| is_wanted(value))
    });
    Ok(page("users", &people))
}

/// `GET /v1.0/users/{id}`: by object id or user principal name.
async fn user(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, GraphError> {
    caller(&app, &headers)?;
    let is_it =
        |it: &Person| it.object_id.to_string().eq_ignore_ascii_case(&id) || it.name.eq_ignore_ascii_case(&id);
    let person = Person::known(&app).into_iter().find(|it| it.kind == PrincipalKind::User && is_it(it));
    let person = person.ok_or_else(|| GraphError::not_found(&id))?;
    Ok(Json(body(&person, "users")))
}

/// `GET /v1.0/directoryObjects/{id}`
async fn directory_object(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, GraphError> {
    caller(&app, &headers)?;
    let person = Person::by_object_id(&app, &id).ok_or_else(|| GraphError::not_found(&id))?;
    Ok(Json(body(&person, "")))
}

/// The body of `getByIds`.
#[derive(Deserialize)]
struct Ids {
    #[serde(default)]
    ids: Vec<String>,
}

/// `POST /v1.0/directoryObjects/getByIds`
async fn by_ids(
    State(app): State<App>,
    headers: HeaderMap,
    request: JsonBody<Ids>,
) -> Result<Json<Value>, GraphError> {
    caller(&app, &headers)?;
    let people: Vec<Person> =
        request.value.ids.iter().filter_map(|id| Person::by_object_id(&app, id)).collect();
    Ok(page("directoryObjects", &people))
}

/// The property and the value of a filter such as `appId eq '…'` or `servicePrincipalNames/any(c:c eq '…')`. Of
/// several comparisons the first is taken: clients join those of alternatives, which name the same value.
fn filter(uri: &Uri) -> Result<Option<(String, String)>, GraphError> {
    let Some(text) = query::value(uri.query(), "$filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let unclear = || GraphError::bad_request(format!("Invalid filter clause: '{text}'."));
    let property = text.split([' ', '/', '(']).next().unwrap_or_default();
    let property = match property.to_ascii_lowercase().as_str() {
        "startswith" => text.split(['(', ',']).nth(1).unwrap_or_default().to_ascii_lowercase(),
        other => other.to_owned(),
    };
    let value = text.split('\'').nth(1).ok_or_else(unclear)?;
    Ok(Some((property, value.to_owned())))
}

/// Whether a text has the shape of an id.
fn is_id(text: &str) -> bool {
    text.parse::<Uuid>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_in_the_forms_that_clients_write() {
        let read = |text: &str| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("$filter", text).finish();
            filter(&format!("/v1.0/users?{query}").parse().unwrap()).ok().flatten()
        };
        let is = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(read("servicePrincipalNames/any(c:c eq 'x')"), is("serviceprincipalnames", "x"));
        assert_eq!(read("appId eq 'x'"), is("appid", "x"));
        assert_eq!(read("startswith(displayName,'x')"), is("displayname", "x"));
        assert_eq!(read("appId"), None);
    }
}
