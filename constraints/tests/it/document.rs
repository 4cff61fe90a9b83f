//! `docs/CONSTRAINTS.md` is what the tables say.

use std::path::Path;

#[test]
fn the_document_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONSTRAINTS.md");
    let document = aci_constraints::document::document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == document, "docs/CONSTRAINTS.md is not what the code says: UPDATE_DOCS=1 writes it");
}
