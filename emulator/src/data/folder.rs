//! A folder for what lies beside the store: kept like the store, or gone with the emulator.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

/// A folder; clones are the same one. It is not made before somebody needs it.
#[derive(Clone)]
pub struct Folder {
    root: Root,
    below: PathBuf,
}

#[derive(Clone)]
enum Root {
    Kept(PathBuf),
    Fleeting(Arc<OnceLock<TempDir>>),
}

impl Folder {
    /// A folder that stays.
    pub fn kept(path: &Path) -> Self {
        Self { root: Root::Kept(path.to_owned()), below: PathBuf::new() }
    }

    /// A folder that is removed with its last clone.
    pub fn fleeting() -> Self {
        Self { root: Root::Fleeting(Arc::default()), below: PathBuf::new() }
    }

    /// A folder inside this one.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self { root: self.root.clone(), below: self.below.join(name) }
    }

    /// Where it lies, whether it has been made or not.
    ///
    /// # Errors
    /// When there is no place for a folder that is to go.
    pub fn path(&self) -> io::Result<PathBuf> {
        Ok(match &self.root {
            Root::Kept(path) => path.join(&self.below),
            Root::Fleeting(folder) => match folder.get() {
                Some(folder) => folder.path().join(&self.below),
                None => {
                    let new = tempfile::Builder::new().prefix("aci-emulator-").tempdir()?;
                    // Of two at once one stays, and the other is dropped, which removes it.
                    folder.get_or_init(|| new).path().join(&self.below)
                }
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleeting_folder_goes_with_its_last_clone_and_a_kept_one_stays() {
        let folder = Folder::fleeting().below("shares");
        let path = folder.path().unwrap();
        std::fs::create_dir(&path).unwrap();
        let clone = folder.clone();
        drop(folder);
        assert_eq!(clone.path().unwrap(), path);
        assert!(path.is_dir());
        drop(clone);
        assert!(!path.exists());

        let root = tempfile::tempdir().unwrap();
        let kept = Folder::kept(root.path());
        let path = kept.below("x").path().unwrap();
        std::fs::create_dir(&path).unwrap();
        drop(kept);
        assert!(path.is_dir());
    }
}
