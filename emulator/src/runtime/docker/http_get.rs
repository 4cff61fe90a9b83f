//! One GET over a stream that is connected already, as the kubelet sends it (pkg/probe/http of Kubernetes).

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{ACCEPT, CONNECTION, HOST, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Request};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::runtime::probe::of_status;
use crate::runtime::{HttpGet, ProbeOutcome};

/// What probes call themselves; assumed to be the kubelet's name, by which many programs tell probes apart.
const AGENT: &str = "kube-probe/1.20";

type Cause = Box<dyn Error + Send + Sync>;

/// Sends the request to the address at the other end of a stream and judges the status of the answer.
pub(crate) async fn ask<S>(stream: S, host: IpAddr, get: &HttpGet) -> ProbeOutcome
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    match status(stream, host, get).await {
        Ok(status) => of_status(status),
        Err(error) => ProbeOutcome::Failure(format!("Get \"{}\": {}", get.url(host), words(error.as_ref()))),
    }
}

async fn status<S>(stream: S, host: IpAddr, get: &HttpGet) -> Result<u16, Cause>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    if !get.tls {
        return exchange(stream, host, get).await;
    }
    let stream = TlsConnector::from(tls()?).connect(ServerName::from(host), stream).await?;
    exchange(stream, host, get).await
}

async fn exchange<S>(stream: S, host: IpAddr, get: &HttpGet) -> Result<u16, Cause>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut request = Request::get(get.path.as_str()).body(Empty::<Bytes>::new())?;
    *request.headers_mut() = headers(host, get)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Both in this task, so that giving up on the answer gives up the connection.
    let mut answer = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        answer = answer.as_mut() => answer,
        // The answer may be the last thing that came; otherwise it is now an error that says what did.
        ended = connection => {
            ended?;
            answer.await
        }
    };
    Ok(answer?.status().as_u16())
}

fn headers(host: IpAddr, get: &HttpGet) -> Result<HeaderMap, Cause> {
    let mut own = HeaderMap::new();
    for (name, value) in &get.headers {
        own.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let authority = match host {
        IpAddr::V4(host) => format!("{host}:{}", get.port),
        IpAddr::V6(host) => format!("[{host}]:{}", get.port),
    };
    own.entry(HOST).or_insert(HeaderValue::try_from(authority)?);
    own.entry(USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
    own.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    own.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(own)
}

/// An error with its causes, for the first ones often say little.
fn words(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn tls() -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Takes every certificate: a probe asks whether a program answers, not who it is (`InsecureSkipVerify` in
/// pkg/probe/http/http.go).
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 4));

    fn get(path: &str, headers: &[(&str, &str)]) -> HttpGet {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        HttpGet { tls: false, port: 8080, path: path.to_owned(), headers: headers.collect() }
    }

    /// What a server that gives this answer is asked, and what the probe makes of the answer.
    async fn asked(get: &HttpGet, answer: &str) -> (String, ProbeOutcome) {
        let (ours, mut theirs): (DuplexStream, DuplexStream) = tokio::io::duplex(1 << 16);
        let serve = async {
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                heard.push(theirs.read_u8().await.unwrap());
            }
            theirs.write_all(answer.as_bytes()).await.unwrap();
            drop(theirs);
            String::from_utf8(heard).unwrap()
        };
        tokio::join!(serve, ask(ours, HOST, get))
    }

    #[tokio::test]
    async fn statuses_from_200_to_399_are_well_and_no_others() {
        for (status, is_well) in [(200, true), (204, true), (399, true), (400, false), (503, false)] {
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
            let failure = format!("HTTP probe failed with statuscode: {status}");
            let wanted = if is_well { ProbeOutcome::Success } else { ProbeOutcome::Failure(failure) };
            assert_eq!(asked(&get("/", &[]), &answer).await.1, wanted);
        }
    }

    #[tokio::test]
    async fn the_request_looks_like_the_kubelets_with_the_groups_headers_on_top() {
        let (heard, _) = asked(&get("/ok?a=1", &[]), "HTTP/1.0 200 OK\r\n\r\n").await;
        assert!(heard.starts_with("GET /ok?a=1 HTTP/1.1\r\n"), "{heard}");
        for header in ["host: 10.0.0.4:8080", "user-agent: kube-probe/", "accept: */*", "connection: close"] {
            assert!(heard.contains(header), "{heard}");
        }
        let own = get("/", &[("Host", "example.com"), ("X-Key", "1"), ("X-Key", "2")]);
        let (heard, _) = asked(&own, "HTTP/1.0 200 OK\r\n\r\n").await;
        assert!(heard.contains("host: example.com\r\n") && !heard.contains("10.0.0.4"), "{heard}");
        assert!(heard.contains("x-key: 1\r\n") && heard.contains("x-key: 2\r\n"), "{heard}");
    }

    #[tokio::test]
    async fn over_tls_any_certificate_will_do() {
        let own = rcgen::generate_simple_self_signed(vec!["somebody.else".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()).into();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let serve = async {
            let mut stream = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(theirs).await.unwrap();
            while stream.read_u8().await.unwrap() != b'\n' {}
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            stream
        };
        let get = HttpGet { tls: true, ..get("/", &[]) };
        assert_eq!(tokio::join!(serve, ask(ours, HOST, &get)).1, ProbeOutcome::Success);
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        drop(theirs);
        let outcome = ask(ours, HOST, &get).await;
        assert!(matches!(outcome, ProbeOutcome::Failure(words) if words.contains("https://10.0.0.4:8080/")));
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_or_no_http_is_unwell() {
        for answer in ["", "SSH-2.0-OpenSSH\r\n\r\n"] {
            let (_, outcome) = asked(&get("/", &[]), answer).await;
            let ProbeOutcome::Failure(words) = outcome else { panic!("{answer} is well") };
            assert!(words.starts_with("Get \"http://10.0.0.4:8080/\": "), "{words}");
        }
    }
}
