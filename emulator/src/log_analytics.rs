//! Log Analytics: what the containers of groups with diagnostics write, in a file for each workspace.
//!
//! A file has a JSON object a line, in the shape in which a query shows the records of the tables
//! `ContainerInstanceLog_CL` and `ContainerEvent_CL`. Which lines of a container are in it already is read from the
//! file itself, so a process that was killed leaves no line out and writes none twice.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

pub mod record;

use crate::data::Folder;
use record::Record;

/// The workspaces' files; clones share them.
#[derive(Clone)]
pub struct LogAnalytics {
    folder: Folder,
    files: Arc<Mutex<HashMap<String, File>>>,
}

/// Which lines of an attempt of a container have been delivered: all before a time, and the first so many of those
/// at that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    at: Option<Timestamp>,
    count: u64,
    /// Lines at the time of `at` that came again.
    seen: u64,
}

impl Cursor {
    /// Takes a line into account; whether it is new.
    pub fn is_new(&mut self, at: Timestamp) -> bool {
        let at = record::ticks(at);
        match self.at {
            Some(last) if at < last => false,
            Some(last) if at == last => {
                self.seen += 1;
                if self.seen <= self.count {
                    return false;
                }
                self.count = self.seen;
                true
            }
            _ => {
                *self = Self { at: Some(at), count: 1, seen: 1 };
                true
            }
        }
    }

    /// From when on lines can be new.
    pub fn since(&self) -> Option<Timestamp> {
        self.at
    }

    fn delivered(&mut self, at: Timestamp) {
        if self.at == Some(at) {
            self.count += 1;
        } else {
            (self.at, self.count) = (Some(at), 1);
        }
    }
}

impl LogAnalytics {
    /// Files in a folder, which is made with the first of them.
    pub fn new(folder: Folder) -> Self {
        Self { folder, files: Arc::default() }
    }

    /// Appends records to a workspace's file.
    ///
    /// # Errors
    /// When the file cannot be written, or the workspace's id cannot be a file's name.
    pub fn append(&self, workspace: &str, records: &[Record]) -> io::Result<()> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match files.entry(workspace.to_owned()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(open(&self.path(workspace)?)?),
        };
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
        }
        file.write_all(&lines)
    }

    /// Which lines of an attempt of a container a workspace's file has.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn cursor(&self, workspace: &str, container_id: &str) -> io::Result<Cursor> {
        let file = match File::open(self.path(workspace)?) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Cursor::default()),
            Err(error) => return Err(error),
        };
        let mut cursor = Cursor::default();
        for line in BufReader::new(file).lines() {
            // The end of a file may be a line that was never written whole.
            let Ok(record) = serde_json::from_str::<Value>(&line?) else { continue };
            let is_its = record["Type"] == record::LOG_TABLE && record["ContainerID_s"] == container_id;
            let at = record["TimeGenerated"].as_str().and_then(|time| time.parse().ok());
            if let Some(at) = at.filter(|_| is_its) {
                cursor.delivered(at);
            }
        }
        Ok(cursor)
    }

    fn path(&self, workspace: &str) -> io::Result<PathBuf> {
        let is_name =
            !workspace.is_empty() && workspace.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        if !is_name {
            return Err(io::Error::other("the workspace's id is not made of letters, digits and hyphens"));
        }
        Ok(self.folder.path()?.join(format!("{workspace}.jsonl")))
    }
}

/// Opens a file to append to, without the beginning of a line that a kill left at its end.
fn open(path: &PathBuf) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let length = file.metadata()?.len();
    // No record is longer than the longest piece of a line that Docker keeps (16 KiB), escaped.
    let tail = length.min(128 * 1024);
    file.seek(SeekFrom::Start(length - tail))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let torn = end.iter().rev().take_while(|byte| **byte != b'\n').count() as u64;
    if torn > 0 {
        file.set_len(length - torn)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanosecond(1_700_000_000_000_000_000 + i128::from(nanos)).unwrap()
    }

    fn line(id: &str, nanos: i64) -> Record {
        Record { container_id: id.to_owned(), ..Record::log(at(nanos), false, "text".to_owned()) }
    }

    #[test]
    fn lines_of_the_same_tick_are_counted_and_earlier_ones_are_not_new() {
        let mut cursor = Cursor::default();
        assert!(cursor.is_new(at(100)) && cursor.is_new(at(150)), "both in one tick of 100 ns");
        assert!(cursor.is_new(at(300)));
        assert!(!cursor.is_new(at(100)));
        let mut again = Cursor { at: Some(at(300)), count: 2, seen: 0 };
        let news: Vec<bool> = [100, 300, 300, 300, 400].map(|nanos| again.is_new(at(nanos))).to_vec();
        assert_eq!(news, [false, false, false, true, true]);
    }

    #[test]
    fn what_is_in_the_file_is_known_to_the_next_process_and_a_torn_line_is_dropped() {
        let folder = Folder::fleeting();
        let first = LogAnalytics::new(folder.clone());
        first.append("ws-1", &[line("a", 100), line("b", 100), line("a", 200), line("a", 250)]).unwrap();
        drop(first);
        let path = folder.path().unwrap().join("ws-1.jsonl");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole.as_slice(), b"{\"TimeGene"].concat()).unwrap();

        let second = LogAnalytics::new(folder);
        let mut cursor = second.cursor("ws-1", "a").unwrap();
        assert_eq!(cursor.since(), Some(at(200)));
        assert!(!cursor.is_new(at(100)) && !cursor.is_new(at(200)) && !cursor.is_new(at(250)));
        assert!(cursor.is_new(at(260)));
        second.append("ws-1", &[line("a", 300)]).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().count(), 5);
        assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{text}");
    }

    #[test]
    fn an_id_that_leads_elsewhere_is_refused() {
        let logs = LogAnalytics::new(Folder::fleeting());
        for id in ["", "../x", "a/b", "a.b"] {
            assert!(logs.append(id, &[]).is_err(), "{id}");
        }
    }
}
