//! The store on disk: sealed records in a file of redb.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use super::seal::Seal;
use super::{StoreError, Table, Write, folder};

pub(super) struct Disk {
    database: Database,
    seal: Seal,
}

fn definition(table: Table) -> TableDefinition<'static, &'static str, &'static [u8]> {
    TableDefinition::new(table.name())
}

impl Disk {
    /// Opens the file and makes the tables, so that no reader has to think of a missing one.
    pub(super) fn open(dir: &Path) -> Result<Self, String> {
        let (database, seal) = folder::open(dir)?;
        let make_tables = || -> Result<(), redb::Error> {
            let transaction = database.begin_write()?;
            for table in Table::ALL {
                transaction.open_table(definition(table))?;
            }
            Ok(transaction.commit()?)
        };
        make_tables().map_err(|error| remedy(&error))?;
        Ok(Self { database, seal })
    }

    pub(super) fn commit(&self, writes: Vec<Write>) -> Result<(), String> {
        let mut sealed = Vec::with_capacity(writes.len());
        for (table, key, plain) in writes {
            let record = plain.map(|plain| self.seal.close(table.name(), &key, plain)).transpose()?;
            sealed.push((table, key, record));
        }
        self.write(&sealed).map_err(|error| remedy(&error))
    }

    fn write(&self, sealed: &[Write]) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        for (table, key, record) in sealed {
            let mut table = transaction.open_table(definition(*table))?;
            match record {
                Some(record) => table.insert(key.as_str(), record.as_slice())?,
                None => table.remove(key.as_str())?,
            };
        }
        Ok(transaction.commit()?)
    }

    pub(super) fn scan(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let records = self.read(table).map_err(|error| StoreError::Access(remedy(&error)))?;
        let unseal = |(key, record): (String, Vec<u8>)| match self.seal.open(table.name(), &key, &record) {
            Some(plain) => Ok((key, plain)),
            None => Err(StoreError::Sealed(format!("{key} of {}", table.name()))),
        };
        records.into_iter().map(unseal).collect()
    }

    fn read(&self, table: Table) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
        let table = self.database.begin_read()?.open_table(definition(table))?;
        let mut records = Vec::new();
        for entry in table.iter()? {
            let (key, record) = entry?;
            records.push((key.value().to_owned(), record.value().to_owned()));
        }
        Ok(records)
    }
}

/// The error in words that say what to do about it.
pub(super) fn remedy(error: &redb::Error) -> String {
    match error {
        redb::Error::Io(io) => folder::io_remedy(io),
        redb::Error::PreviousIo => {
            "an earlier write failed; make room on the disk and start the emulator again".to_owned()
        }
        redb::Error::DatabaseAlreadyOpen => {
            "another emulator uses it; stop that one or choose another --data-dir".to_owned()
        }
        other => format!("{other}; move state.redb away to start empty"),
    }
}
