//! A user as Kubernetes knows users.

use std::collections::BTreeMap;

use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The group of whoever is known.
const AUTHENTICATED: &str = "system:authenticated";

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct User {
    /// The name.
    pub name: String,
    /// What tells users of one name apart over time.
    pub uid: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// Whatever else the authenticator said.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// Whom a certificate names: the common name is the user, organisations are groups, as for the API server.
    /// `None` where it names nobody.
    pub(in crate::kubelet) fn of_certificate(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let subject = certificate.subject();
        let name = subject.iter_common_name().next()?.as_str().ok().filter(|name| !name.is_empty())?;
        let organisations = subject.iter_organization().filter_map(|name| name.as_str().ok());
        let groups = organisations.chain([AUTHENTICATED]).map(str::to_owned).collect();
        Some(Self { name: name.to_owned(), groups, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;

    fn certificate(names: &[(DnType, &str)]) -> CertificateDer<'static> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().into()
    }

    #[test]
    fn the_common_name_is_the_user_and_the_organisation_a_group() {
        let user = User::of_certificate(&certificate(&[
            (DnType::CommonName, "kube-apiserver-kubelet-client"),
            (DnType::OrganizationName, "system:masters"),
        ]))
        .unwrap();
        assert_eq!(user.name, "kube-apiserver-kubelet-client");
        assert_eq!(user.groups, ["system:masters", "system:authenticated"]);
    }

    #[test]
    fn a_certificate_without_a_name_is_nobody_s() {
        let nameless = certificate(&[(DnType::OrganizationName, "system:masters")]);
        assert_eq!(User::of_certificate(&nameless), None);
        assert_eq!(User::of_certificate(&CertificateDer::from(vec![1, 2, 3])), None);
    }
}
