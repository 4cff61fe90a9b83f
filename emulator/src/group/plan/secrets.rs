//! Values that a group takes from key vaults by reference.

use std::borrow::Cow;

use aci_model::Secret;
use aci_model::group::registry::ImageRegistryCredential;
use aci_model::group::secret_reference::SecretReference;

use crate::group::Group;
use crate::identities::{GroupIdentities, User};
use crate::neighbours::vault::SecretUri;
use crate::surroundings::{SecretRefusal, Surroundings};

/// The vaults as a group sees them.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'a> {
    pub(super) group: &'a Group,
    pub(super) surroundings: &'a dyn Surroundings,
}

impl<'a> Secrets<'a> {
    fn references(self) -> impl Iterator<Item = &'a SecretReference> {
        self.group.spec.properties.iter().flat_map(|it| it.secret_references.iter().flatten())
    }

    /// The value of a reference, now: the platform reads it as the identity that the reference names.
    pub(super) fn value(self, name: &str) -> Result<Secret, SecretRefusal> {
        let unknown = || SecretRefusal::Reference(name.to_owned());
        let mut references = self.references();
        let reference = references.find(|it| it.name.as_deref() == Some(name)).ok_or_else(unknown)?;
        let place: SecretUri =
            reference.secret_reference_uri.as_deref().unwrap_or_default().parse().map_err(|_| unknown())?;
        let who = GroupIdentities::of(self.group, self.surroundings, User::Platform);
        let reader = who.as_ref().and_then(|who| who.by_name(reference.identity.as_deref()?));
        let reader = reader.ok_or_else(|| SecretRefusal::Identity(name.to_owned()))?;
        self.surroundings.secret(&place, reader)
    }

    /// A value that is given, or else comes from a reference, or neither.
    pub(super) fn given_or(
        self,
        given: Option<&Secret>,
        reference: Option<&String>,
    ) -> Result<Option<Secret>, SecretRefusal> {
        match reference {
            Some(reference) => self.value(reference).map(Some),
            None => Ok(given.cloned()),
        }
    }

    /// The first reference that cannot be read, whether anything uses it or not.
    pub(super) fn check(self) -> Result<(), (String, SecretRefusal)> {
        self.references().try_for_each(|reference| {
            let name = reference.name.clone().unwrap_or_default();
            self.value(&name).map(drop).map_err(|refusal| (name, refusal))
        })
    }

    /// A credential with its password.
    pub(super) fn credential<'c>(
        self,
        credential: &'c ImageRegistryCredential,
    ) -> Result<Cow<'c, ImageRegistryCredential>, SecretRefusal> {
        let Some(reference) = &credential.password_reference else { return Ok(Cow::Borrowed(credential)) };
        let password = Some(self.value(reference)?);
        Ok(Cow::Owned(ImageRegistryCredential { password, ..credential.clone() }))
    }
}
