//! From a form to who gets a token for what, or to the reason why nobody does. Pure but for the look at the known
//! identities.

use jiff::Timestamp;
use serde::Deserialize;

use super::refusal::Refusal;
use super::ticket::{Ticket, TicketKind};
use super::{Authority, payload};
use crate::directory::IdentityIds;
use crate::directory::principal::DirectoryObject;
use crate::neighbours::Neighbours;
use crate::neighbours::identity::FederatedProperties;

/// The version of the endpoint, which decides the names and types of forms and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/oauth2/token`: a resource, and every number as text.
    V1,
    /// `/oauth2/v2.0/token`: a scope.
    V2,
}

/// The members of a form.
#[derive(Clone, Debug)]
pub struct Form(pub Vec<(String, String)>);

/// Who gets a token for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Who asks.
    pub client: String,
    /// For whom.
    pub principal: DirectoryObject,
    /// The resource.
    pub audience: String,
    /// What was asked for, as it was written: scopes, or a resource.
    pub scope: String,
    /// What the id token must say again.
    pub nonce: Option<String>,
}

/// What of the emulator a grant looks at.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Who signed the tickets.
    pub authority: &'a Authority,
    /// The identities, and whose tokens are good for theirs.
    pub neighbours: &'a Neighbours,
    /// The present.
    pub now: Timestamp,
}

/// Words of a scope that are no resource (OpenID Connect).
const OPENID_SCOPES: &[&str] = &["openid", "profile", "offline_access", "email"];

/// The resource of a token when only OpenID's words are asked for: Microsoft Graph's application id.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// The grant of device codes, by its long name and by the first endpoint's.
const DEVICE_CODE_GRANTS: [&str; 2] = ["urn:ietf:params:oauth:grant-type:device_code", "device_code"];

impl Form {
    /// A member that is not empty.
    pub fn field(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// AADSTS900144.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.field(name).ok_or_else(|| Refusal::missing(name))
    }

    /// What is asked for, in the words of the endpoint.
    fn scope(&self, endpoint: Endpoint) -> Option<&str> {
        match endpoint {
            Endpoint::V1 => self.field("resource"),
            Endpoint::V2 => self.field("scope"),
        }
    }
}

/// Decides about a form.
///
/// # Errors
/// The refusal.
pub fn decide(endpoint: Endpoint, form: &Form, known: Known<'_>) -> Result<Granted, Refusal> {
    let grant = form.required("grant_type")?;
    match grant {
        "client_credentials" => client_credentials(endpoint, form, known),
        "password" => {
            let client = form.required("client_id")?;
            let user = form.required("username")?;
            form.required("password")?;
            Ok(for_user(endpoint, client, user, form.scope(endpoint).unwrap_or_default(), None))
        }
        "authorization_code" => {
            let ticket = redeem(form, "code", TicketKind::Code, known)?;
            ticket.check_code(form.field("redirect_uri"), form.field("code_verifier"))?;
            Ok(for_ticket(endpoint, form, ticket))
        }
        "refresh_token" => {
            Ok(for_ticket(endpoint, form, redeem(form, "refresh_token", TicketKind::Refresh, known)?))
        }
        grant if DEVICE_CODE_GRANTS.contains(&grant) => {
            // The first endpoint calls it `code`.
            let member = if form.field("device_code").is_some() { "device_code" } else { "code" };
            Ok(for_ticket(endpoint, form, redeem(form, member, TicketKind::DeviceCode, known)?))
        }
        other => Err(Refusal::unsupported_grant(other)),
    }
}

fn client_credentials(endpoint: Endpoint, form: &Form, known: Known<'_>) -> Result<Granted, Refusal> {
    let client = form.required("client_id")?;
    match (form.field("client_assertion"), form.field("client_secret")) {
        (Some(assertion), _) => check_assertion(client, assertion, known)?,
        (None, Some(_)) => {}
        (None, None) => return Err(Refusal::no_proof()),
    }
    let (audience, scope) = match endpoint {
        Endpoint::V1 => (form.required("resource")?.to_owned(), form.required("resource")?),
        Endpoint::V2 => {
            let scope = form.required("scope")?;
            let resource = scope.strip_suffix("/.default").ok_or_else(|| Refusal::scope(scope))?;
            (resource.to_owned(), scope)
        }
    };
    let principal = DirectoryObject::service(client);
    Ok(Granted { client: client.to_owned(), principal, audience, scope: scope.to_owned(), nonce: None })
}

/// What an assertion says; whose key signed it cannot be told, as clients are not registered.
#[derive(Deserialize)]
struct Assertion {
    #[serde(default)]
    iss: String,
    #[serde(default)]
    sub: String,
    #[serde(default)]
    aud: Audiences,
    // Some libraries write fractions of a second.
    nbf: Option<f64>,
    exp: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Several(Vec<String>),
}

impl Default for Audiences {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Audiences {
    fn list(self) -> Vec<String> {
        match self {
            Self::One(audience) => vec![audience],
            Self::Several(audiences) => audiences,
        }
    }
}

/// A time as JSON Web Tokens have it; they need no more than seconds, which a fraction holds exactly.
fn seconds(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

/// Checks an assertion by its shape and times, and, where the client is a known identity, against its federated
/// credentials.
fn check_assertion(client: &str, assertion: &str, known: Known<'_>) -> Result<(), Refusal> {
    let Assertion { iss, sub, aud, nbf, exp } =
        payload(assertion).ok_or_else(Refusal::malformed_assertion)?;
    if exp.is_none_or(|exp| exp <= seconds(known.now)) {
        return Err(Refusal::assertion_time(known.now, nbf, exp));
    }
    let identities = known.neighbours.identities.all();
    let is_client = |id| IdentityIds::of(id).client_id.to_string().eq_ignore_ascii_case(client);
    let Some(identity) = identities.iter().find(|identity| is_client(&identity.id)) else { return Ok(()) };
    let audiences = aud.list();
    let fits = |it: &FederatedProperties| {
        it.issuer.trim_end_matches('/') == iss.trim_end_matches('/')
            && it.subject == sub
            && it.audiences.iter().any(|audience| audiences.contains(audience))
    };
    let credentials = known.neighbours.federated_credentials.below(&identity.id.key());
    if credentials.iter().any(|credential| fits(&credential.properties)) {
        return Ok(());
    }
    Err(Refusal::no_federated_identity(&iss, &sub, &audiences.join(" ")))
}

fn redeem(form: &Form, member: &str, kind: TicketKind, known: Known<'_>) -> Result<Ticket, Refusal> {
    let client = form.required("client_id")?;
    Ticket::redeem(form.required(member)?, kind, client, known.authority, known.now)
}

fn for_ticket(endpoint: Endpoint, form: &Form, ticket: Ticket) -> Granted {
    let scope = form.scope(endpoint).unwrap_or(&ticket.scope);
    for_user(endpoint, &ticket.client, &ticket.user, scope, ticket.nonce)
}

fn for_user(endpoint: Endpoint, client: &str, user: &str, scope: &str, nonce: Option<String>) -> Granted {
    let audience = match endpoint {
        Endpoint::V1 if scope.is_empty() => GRAPH.to_owned(),
        Endpoint::V1 => scope.to_owned(),
        Endpoint::V2 => audience(scope),
    };
    let (client, principal) = (client.to_owned(), DirectoryObject::user(user));
    Granted { client, principal, audience, scope: scope.to_owned(), nonce }
}

/// The resource of the first scope that has one: what stands before its last slash.
fn audience(scope: &str) -> String {
    let mut scopes = scope.split_whitespace().filter(|it| !OPENID_SCOPES.contains(it));
    match scopes.next().map(|scope| scope.rsplit_once('/').map_or("", |(resource, _)| resource)) {
        Some(resource) if !resource.is_empty() => resource.to_owned(),
        _ => GRAPH.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_names_its_resource() {
        for (scope, resource) in [
            ("https://management.core.windows.net//.default openid", "https://management.core.windows.net/"),
            (
                "offline_access https://management.azure.com/user_impersonation",
                "https://management.azure.com",
            ),
            ("openid profile offline_access", GRAPH),
            ("User.Read", GRAPH),
            ("", GRAPH),
        ] {
            assert_eq!(audience(scope), resource, "{scope}");
        }
    }
}
