//! Signing in: the page to which a browser is sent, and the code that is typed on another device.
//!
//! Nobody is asked for a password: whoever reaches this machine may use it, and the page sends the browser back at
//! once. For the same reason a device code is approved when it is made; the page that a person is told to open says so.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::LOCATION;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::entra;
use super::grant::Form;
use super::refusal::{self, Refusal};
use super::ticket::{ChallengeMethod, Ticket, TicketKind};
use crate::app::App;
use crate::arm::origin::Origin;
use crate::arm::query;

/// Who signs in where a client suggests nobody.
const DEFAULT_USER: &str = "user";

/// Seconds between two questions whether a device code is approved (DOC).
const POLL_SECONDS: u32 = 5;

/// `GET /{tenant}/oauth2/v2.0/authorize` and `GET /{tenant}/oauth2/authorize`: back to the client with a code.
pub async fn authorize(State(app): State<App>, Path(_tenant): Path<String>, parts: Parts) -> Response {
    let form = Form(query::pairs(parts.uri.query().unwrap_or_default()).collect());
    match code(&app, &form) {
        Ok(Some(answer)) => answer,
        Ok(None) => refusal::internal(&app, &parts),
        Err(refusal) => refusal.answer(&app, &parts),
    }
}

fn code(app: &App, form: &Form) -> Result<Option<Response>, Refusal> {
    let client = form.required("client_id")?;
    let redirect_uri = form.required("redirect_uri")?;
    if !leads_to_this_machine(redirect_uri) {
        return Err(Refusal::redirect(redirect_uri));
    }
    let user = form.field("login_hint").unwrap_or(DEFAULT_USER);
    let scope = form.field("scope").or_else(|| form.field("resource")).unwrap_or_default();
    let method = match form.field("code_challenge_method") {
        Some("S256") => ChallengeMethod::S256,
        _ => ChallengeMethod::Plain,
    };
    let ticket = Ticket {
        redirect_uri: Some(redirect_uri.to_owned()),
        challenge: form.field("code_challenge").map(|challenge| (method, challenge.to_owned())),
        nonce: form.field("nonce").map(str::to_owned),
        ..Ticket::new(TicketKind::Code, client, user, scope, app.clock.now())
    };
    let Ok(code) = app.authority.issue(&ticket) else { return Ok(None) };
    let state = form.field("state").unwrap_or_default();
    Ok(Some(match form.field("response_mode") {
        Some("form_post") => post_back(redirect_uri, &code, state),
        Some("fragment") => send_back(redirect_uri, '#', &code, state),
        _ => send_back(redirect_uri, if redirect_uri.contains('?') { '&' } else { '?' }, &code, state),
    }))
}

/// Only there may a code go: another place could be anybody's.
fn leads_to_this_machine(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|it| it.eq_ignore_ascii_case(host))
}

fn send_back(uri: &str, separator: char, code: &str, state: &str) -> Response {
    let mut answer = form_urlencoded::Serializer::new(String::new());
    answer.append_pair("code", code);
    if !state.is_empty() {
        answer.append_pair("state", state);
    }
    let place = HeaderValue::from_str(&format!("{uri}{separator}{}", answer.finish()));
    match place {
        Ok(place) => (StatusCode::FOUND, [(LOCATION, place)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// A page that posts itself, for clients that want no code in their logs.
fn post_back(uri: &str, code: &str, state: &str) -> Response {
    let (uri, code, state) = (escaped(uri), escaped(code), escaped(state));
    Html(format!(
        "<!doctype html><title>Signed in</title><body onload=\"document.forms[0].submit()\">\
         <form method=\"post\" action=\"{uri}\"><input type=\"hidden\" name=\"code\" value=\"{code}\">\
         <input type=\"hidden\" name=\"state\" value=\"{state}\"><button>Continue</button></form></body>"
    ))
    .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `POST /{tenant}/oauth2/v2.0/devicecode` and `POST /{tenant}/oauth2/devicecode`
pub async fn device_code(State(app): State<App>, Path(_tenant): Path<String>, request: Request) -> Response {
    let (parts, form) = match entra::form(&app, request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let client = match form.required("client_id") {
        Ok(client) => client,
        Err(refusal) => return refusal.answer(&app, &parts),
    };
    let scope = form.field("scope").or_else(|| form.field("resource")).unwrap_or_default();
    let kind = TicketKind::DeviceCode;
    let ticket = Ticket::new(kind, client, DEFAULT_USER, scope, app.clock.now());
    let Ok(device_code) = app.authority.issue(&ticket) else { return refusal::internal(&app, &parts) };
    let user_code = user_code(app.ids.next());
    let page = format!("{}/deviceauth", Origin::of(&parts).0);
    let message = format!(
        "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
    );
    Json(json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": page,
        "verification_url": page,
        "expires_in": kind.lifetime_seconds(),
        "interval": POLL_SECONDS,
        "message": message,
    }))
    .into_response()
}

/// Nine letters that are not mistaken for digits, as Entra's.
fn user_code(id: uuid::Uuid) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes = id.into_bytes();
    let letters =
        bytes.iter().rev().take(9).filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
    letters.map(|letter| char::from(*letter)).collect()
}

/// `GET /deviceauth`: what a person finds who follows the message.
pub async fn device_page() -> Html<&'static str> {
    Html(
        "<!doctype html><title>aci-local</title><p>There is nothing to enter: whoever reaches this machine is signed \
         in. The program that sent you here goes on by itself.</p>",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_to_this_machine_alone() {
        for good in
            ["http://localhost", "http://localhost:8400/", "https://127.0.0.1:1/x?y", "http://[::1]:80"]
        {
            assert!(leads_to_this_machine(good), "{good}");
        }
        for bad in [
            "http://localhost.example.com",
            "http://example.com/localhost",
            "http://localhost@example.com",
            "http://localhost:x@example.com",
            "ftp://localhost",
            "",
        ] {
            assert!(!leads_to_this_machine(bad), "{bad}");
        }
    }

    #[test]
    fn what_a_client_says_is_no_markup() {
        assert_eq!(escaped("\"><script>&"), "&quot;&gt;&lt;script&gt;&amp;");
    }
}
