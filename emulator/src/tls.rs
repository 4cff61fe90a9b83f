//! The emulator's certificate authority and its server certificate.
//!
//! The authority is made once and kept, as clients trust it by file. The server certificate is issued anew at
//! every start, so names and dates are never stale, and its key is never on disk.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use crate::data::{Data, DataError};

/// The authority's certificate, for clients to trust.
pub const CA_FILE: &str = "ca.pem";
const CA_KEY_FILE: &str = "ca-key.pem";

/// Names that lead here on every machine: loopback, the usual container names, and Azure's own for clients
/// whose name resolution was bent to us.
const NAMES: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "::1",
    "aci-emulator",
    "aci-local-emulator",
    "management.azure.com",
    "login.microsoftonline.com",
];

/// Ten years: an authority outlives the machines that trust it.
const CA_LIFETIME_DAYS: i64 = 3650;

/// The most that Apple's and the browsers' verifiers accept of a server certificate is 398 days.
const LEAF_LIFETIME_DAYS: i64 = 397;

/// Clocks differ: certificates begin a day early.
const BACKDATING_DAYS: i64 = -1;

/// What TLS needs at run time.
pub struct Identity {
    /// The authority's certificate.
    pub ca_pem: String,
    /// The server's side of the handshake.
    pub server: Arc<ServerConfig>,
}

/// Why there is no TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The files cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A certificate cannot be made from the authority's files.
    #[error("cannot make certificates: {0}; remove ca.pem and ca-key.pem from the data folder to begin anew")]
    Certificate(#[from] rcgen::Error),
    /// TLS refuses the certificate.
    #[error("cannot set up TLS: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Loads or makes the authority and issues a certificate for the usual names and `extra` ones.
///
/// # Errors
/// When the data folder or the certificates in it cannot be used.
pub fn identity(data: &Data, extra: &[String], now: Timestamp) -> Result<Identity, TlsError> {
    let (ca_pem, ca_key) = authority(data, now)?;
    let issuer = Issuer::from_ca_cert_pem(&ca_pem, ca_key)?;
    let key = KeyPair::generate()?;
    let certificate = leaf(extra, now)?.signed_by(&key, &issuer)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Identity { ca_pem, server: Arc::new(server) })
}

fn authority(data: &Data, now: Timestamp) -> Result<(String, KeyPair), TlsError> {
    if let (Some(pem), Some(key)) = (data.read(CA_FILE)?, data.read(CA_KEY_FILE)?) {
        let (pem, key) =
            (String::from_utf8_lossy(&pem).into_owned(), String::from_utf8_lossy(&key).into_owned());
        return Ok((pem, KeyPair::from_pem(&key)?));
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = name("aci-local certificate authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    date(&mut params, now, CA_LIFETIME_DAYS);
    let pem = params.self_signed(&key)?.pem();
    // The key first: a certificate without its key would be trusted and useless.
    data.write(CA_KEY_FILE, key.serialize_pem().as_bytes(), 0o600)?;
    data.write(CA_FILE, pem.as_bytes(), 0o644)?;
    Ok((pem, key))
}

fn leaf(extra: &[String], now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.extend(extra.iter().chain([&host.trim().to_owned()]).filter(|name| !name.is_empty()).cloned());
    names.sort_unstable();
    names.dedup();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = name("aci-local emulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    date(&mut params, now, LEAF_LIFETIME_DAYS);
    Ok(params)
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn date(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let day = |offset: i64| {
        let time = now.saturating_add(SignedDuration::from_hours(24 * offset)).unwrap_or(now);
        let date = time.to_zoned(jiff::tz::TimeZone::UTC).date();
        date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(BACKDATING_DAYS);
    params.not_after = day(BACKDATING_DAYS + days);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_survives_a_restart_and_new_names() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::open(folder.path()).unwrap();
        let first = identity(&data, &[], Timestamp::UNIX_EPOCH).unwrap();
        let second = identity(&data, &["emulator.example".to_owned()], Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(first.ca_pem, second.ca_pem);
    }

    #[test]
    fn a_name_that_cannot_be_in_a_certificate_is_refused() {
        assert!(identity(&Data::in_memory(), &["é".to_owned()], Timestamp::UNIX_EPOCH).is_err());
    }
}
