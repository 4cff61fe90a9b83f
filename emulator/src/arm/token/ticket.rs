//! Tickets that a client brings back for tokens: authorization codes, device codes, refresh tokens.
//!
//! Each is signed and says all that it is good for, so that nothing needs to be remembered, and a refresh token
//! outlives a restart. A ticket has members that an access token lacks, so neither passes for the other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Authority;
use super::refusal::Refusal;

/// What a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketKind {
    /// What a browser brings back from the sign-in page.
    Code,
    /// What a client polls with while its user signs in elsewhere.
    DeviceCode,
    /// What brings new tokens without a new sign-in.
    Refresh,
}

impl TicketKind {
    /// How long it is good, in seconds (DOC: ten minutes, fifteen minutes, ninety days).
    pub fn lifetime_seconds(self) -> i64 {
        match self {
            Self::Code => 600,
            Self::DeviceCode => 900,
            Self::Refresh => 90 * 24 * 3600,
        }
    }
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// What it is for.
    pub ticket: TicketKind,
    /// Who may bring it back.
    pub client: String,
    /// The user principal name of who has signed in.
    pub user: String,
    /// What was asked for: scopes, or a resource.
    pub scope: String,
    /// Seconds of the Unix epoch after which it is good for nothing.
    pub expires: i64,
    /// Where a code was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// What proves that who brings a code is who asked for it (RFC 7636): method and challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<(ChallengeMethod, String)>,
    /// What the id token must say again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// How a challenge is made of its verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChallengeMethod {
    /// It is the verifier.
    Plain,
    /// It is the verifier's hash.
    S256,
}

impl Ticket {
    /// A ticket that begins now.
    pub fn new(ticket: TicketKind, client: &str, user: &str, scope: &str, now: Timestamp) -> Self {
        Self {
            ticket,
            client: client.to_owned(),
            user: user.to_owned(),
            scope: scope.to_owned(),
            expires: now.as_second() + ticket.lifetime_seconds(),
            redirect_uri: None,
            challenge: None,
            nonce: None,
        }
    }

    /// Reads a ticket that a client brings back.
    ///
    /// # Errors
    /// When it was not made here, is of another kind or client, or has expired.
    pub fn redeem(
        text: &str,
        kind: TicketKind,
        client: &str,
        authority: &Authority,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let ticket: Self = authority.verified(text).ok_or_else(Refusal::malformed_grant)?;
        if ticket.ticket != kind {
            return Err(Refusal::malformed_grant());
        }
        if !ticket.client.eq_ignore_ascii_case(client) {
            return Err(Refusal::grant_of_another());
        }
        if ticket.expires <= now.as_second() {
            return Err(Refusal::expired_grant());
        }
        Ok(ticket)
    }

    /// Checks that who brings a code is who asked for it.
    ///
    /// # Errors
    /// When the redirect URI or the verifier is another's.
    pub fn check_code(&self, redirect_uri: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
        if self.redirect_uri.as_deref() != redirect_uri {
            return Err(Refusal::redirect_mismatch());
        }
        let Some((method, challenge)) = &self.challenge else { return Ok(()) };
        let verifier = verifier.unwrap_or_default();
        let made = match method {
            ChallengeMethod::Plain => verifier.to_owned(),
            ChallengeMethod::S256 => {
                BASE64.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()))
            }
        };
        if made == *challenge { Ok(()) } else { Err(Refusal::verifier()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn authority() -> Authority {
        Authority::new(&Authority::generate_key().unwrap()).unwrap()
    }

    #[test]
    fn a_ticket_is_good_for_its_kind_and_client_until_it_expires() {
        let authority = authority();
        let ticket = Ticket::new(TicketKind::Code, "App", "ann", "x", NOW);
        let text = authority.issue(&ticket).unwrap();
        let redeem = |kind, client: &str, now| Ticket::redeem(&text, kind, client, &authority, now);
        assert_eq!(redeem(TicketKind::Code, "app", NOW), Ok(ticket));
        assert_eq!(redeem(TicketKind::Refresh, "app", NOW), Err(Refusal::malformed_grant()));
        assert_eq!(redeem(TicketKind::Code, "other", NOW), Err(Refusal::grant_of_another()));
        let later = Timestamp::from_second(600).unwrap();
        assert_eq!(redeem(TicketKind::Code, "app", later), Err(Refusal::expired_grant()));
        let forged = Ticket::redeem("a.b.c", TicketKind::Code, "app", &authority, NOW);
        assert_eq!(forged, Err(Refusal::malformed_grant()));
    }

    #[test]
    fn a_code_needs_its_redirect_uri_and_its_verifier() {
        // The pair of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        let uri = "http://localhost:1234";
        let ticket = Ticket {
            redirect_uri: Some(uri.to_owned()),
            challenge: Some((ChallengeMethod::S256, challenge)),
            ..Ticket::new(TicketKind::Code, "app", "ann", "x", NOW)
        };
        assert_eq!(ticket.check_code(Some(uri), Some(verifier)), Ok(()));
        assert_eq!(ticket.check_code(Some(uri), None), Err(Refusal::verifier()));
        assert_eq!(
            ticket.check_code(Some("http://localhost"), Some(verifier)),
            Err(Refusal::redirect_mismatch())
        );
    }
}
