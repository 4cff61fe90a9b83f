//! The data folder: `state.redb`, and `state.key` that only its owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use redb::Database;

use super::disk::remedy;
use super::seal::Seal;

const DATABASE: &str = "state.redb";
const KEY: &str = "state.key";
const NEW_KEY: &str = "state.key.new";

pub(super) fn open(dir: &Path) -> Result<(Database, Seal), String> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| io_remedy(&error))?;
    let is_new = !dir.join(DATABASE).exists();
    let key = match fs::read(dir.join(KEY)) {
        Ok(key) => key,
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_new => make_key(dir)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(format!(
                "{KEY} is missing, and {DATABASE} cannot be read without it; restore it, or remove {DATABASE} to start empty"
            ));
        }
        Err(error) => return Err(io_remedy(&error)),
    };
    let seal = Seal::new(&key)?;
    let database = Database::create(dir.join(DATABASE)).map_err(|error| remedy(&error.into()))?;
    Ok((database, seal))
}

/// Writes the key beside its place and moves it there, so that a crash leaves a whole key or none.
fn make_key(dir: &Path) -> Result<Vec<u8>, String> {
    let key = Seal::random_key()?;
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(dir.join(NEW_KEY))?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(dir.join(NEW_KEY), dir.join(KEY))?;
        fs::File::open(dir)?.sync_all()
    };
    write().map_err(|error| io_remedy(&error))?;
    Ok(key.to_vec())
}

/// An error of the file system in words that say what to do about it.
pub(super) fn io_remedy(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{error}; make room on the disk and start the emulator again")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("{error}; make the folder writable or choose another --data-dir")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            format!("{error}; choose another --data-dir")
        }
        _ => error.to_string(),
    }
}
