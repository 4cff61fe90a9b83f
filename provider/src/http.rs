//! HTTP clients: who calls, with which cryptography, trusting whom.

use std::sync::LazyLock;

use reqwest::{Certificate, ClientBuilder};

/// Whether this system has certificate authorities of its own. An image of one program often has none, and then the
/// platform's verifier refuses to be made at all.
static SYSTEM_HAS_ROOTS: LazyLock<bool> =
    LazyLock::new(|| !rustls_native_certs::load_native_certs().certs.is_empty());

/// A client that calls itself `agent` and trusts whom the system trusts; where the system says nothing, Mozilla's list.
pub(crate) fn client_builder(agent: &str) -> ClientBuilder {
    // reqwest is built without cryptography of its own; a provider that main has installed stays.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder().user_agent(agent);
    if *SYSTEM_HAS_ROOTS {
        return builder;
    }
    let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    builder.tls_certs_merge(mozilla.filter_map(|der| Certificate::from_der(der).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_made_on_a_system_without_certificate_authorities() {
        const NONE: &str = "/dev/null";
        if std::env::var_os("SSL_CERT_FILE").is_some_and(|file| file == NONE) {
            assert!(!*SYSTEM_HAS_ROOTS);
            client_builder("test").build().unwrap();
            return;
        }
        // The environment of a process is its own: the test runs itself in one where there are none.
        let name = "http::tests::clients_are_made_on_a_system_without_certificate_authorities";
        let this = std::env::current_exe().unwrap();
        let again = std::process::Command::new(this)
            .args(["--exact", name])
            .env("SSL_CERT_FILE", NONE)
            .env("SSL_CERT_DIR", NONE)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&again.stdout).into_owned();
        assert!(again.status.success() && said.contains("1 passed"), "{said}");
    }
}
