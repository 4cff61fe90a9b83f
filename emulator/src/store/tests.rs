//! Records survive, stay secret and cannot be exchanged.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn needle_in(dir: &Path, needle: &[u8]) -> bool {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}

#[test]
fn a_reopened_store_holds_what_was_written_and_not_what_was_removed() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = Store::open(dir.path()).unwrap();
        store.put(Table::Groups, "a", &"one").unwrap();
        store.put(Table::Groups, "b", &"two").unwrap();
        store.put(Table::Meta, "a", &"three").unwrap();
        store.remove(Table::Groups, "a").unwrap();
        store.remove(Table::Groups, "never there").unwrap();
    }
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.scan::<String>(Table::Groups).unwrap(), [("b".to_owned(), "two".to_owned())]);
    assert_eq!(store.scan::<String>(Table::Meta).unwrap(), [("a".to_owned(), "three".to_owned())]);
    assert_eq!(store.scan::<String>(Table::Operations).unwrap(), []);
}

#[test]
fn records_are_not_readable_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.put(Table::Groups, "visible-key", &"hunter2-is-secret").unwrap();
    drop(store);
    assert!(needle_in(dir.path(), b"visible-key"), "the search must be able to find something");
    assert!(!needle_in(dir.path(), b"hunter2-is-secret"));
}

#[test]
fn the_key_is_its_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let _store = Store::open(dir.path()).unwrap();
    let mode = fs::metadata(dir.path().join("state.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_emulator_on_the_same_folder_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Store::open(dir.path()).unwrap();
    let error = Store::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("another emulator"), "{error}");
    assert!(error.contains("--data-dir"), "{error}");
}

#[test]
fn a_missing_key_is_not_replaced_while_records_need_it() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap().put(Table::Meta, "a", &1).unwrap();
    fs::remove_file(dir.path().join("state.key")).unwrap();
    let error = Store::open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("state.key is missing"), "{error}");
    assert!(!dir.path().join("state.key").exists());
}

#[test]
fn another_key_opens_no_record() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap().put(Table::Meta, "a", &1).unwrap();
    fs::write(dir.path().join("state.key"), [1; 32]).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert!(
        matches!(store.scan::<u8>(Table::Meta), Err(StoreError::Sealed(record)) if record == "a of meta")
    );
}

#[test]
fn a_file_in_the_folders_place_is_named_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    let error = Store::open(&dir.path().join("file")).err().unwrap().to_string();
    assert!(error.contains("--data-dir"), "{error}");
}

#[test]
fn a_batch_is_written_whole() {
    let store = Store::in_memory();
    let mut batch = Batch::default();
    batch.put(Table::Groups, "a", &1).unwrap();
    batch.put(Table::Operations, "b", &2).unwrap();
    batch.remove(Table::Groups, "a");
    store.commit(batch).unwrap();
    assert_eq!(store.scan::<u8>(Table::Groups).unwrap(), []);
    assert_eq!(store.scan::<u8>(Table::Operations).unwrap(), [("b".to_owned(), 2)]);
}
