//! Instruction files.

use super::*;
use crate::project_doc::{self, InstructionNames, InstructionProblem, WithheldReason};
use std::fs;

struct Folders {
    _dir: tempfile::TempDir,
    home: PathBuf,
    project: PathBuf,
}

/// A home, and a project under git with a folder `sub/deep`.
fn folders() -> Folders {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().canonicalize().unwrap();
    let (home, project) = (base.join("home"), base.join("project"));
    fs::create_dir_all(&home).unwrap();
    fs::create_dir_all(project.join(".git")).unwrap();
    fs::create_dir_all(project.join("sub/deep")).unwrap();
    fs::write(base.join("AGENTS.md"), "above the project").unwrap();
    Folders { _dir: dir, home, project }
}

/// Loads the instructions of a folder that is trusted as it is.
fn load(home: &Home, cwd: &Path, max_bytes: usize) -> ProjectDoc {
    let names = InstructionNames::load(home);
    let mut store = TrustStore::default();
    store.trust(cwd, &project_doc::find(cwd, &names), 0);
    project_doc::load(home, cwd, &names, max_bytes, &store.trust_of(cwd))
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let f = folders();
    assert_eq!(load(&Home::at(&f.home), &f.project, 1000), ProjectDoc::default());
}

#[test]
fn the_home_comes_first_then_the_project_from_its_root_down() {
    let f = folders();
    fs::write(f.home.join("AGENTS.md"), "home\n").unwrap();
    fs::write(f.project.join("AGENTS.md"), "root\n").unwrap();
    fs::write(f.project.join("sub/deep/AGENTS.md"), "deep \u{fffd}").unwrap();
    let doc = load(&Home::at(&f.home), &f.project.join("sub/deep"), 1000);
    assert_eq!(doc.text.as_deref(), Some("home\n\nroot\n\ndeep \u{fffd}"));
    assert_eq!(doc.sources.len(), 3);
    assert_eq!(doc.notes, Vec::<String>::new());
    let doc = load(&Home::at(&f.home), &f.project.join("sub"), 1000);
    assert_eq!(doc.text.as_deref(), Some("home\n\nroot"));
}

#[test]
fn what_is_cut_is_said_and_no_character_is_torn() {
    let f = folders();
    fs::write(f.project.join("AGENTS.md"), "aä".repeat(10)).unwrap();
    fs::write(f.project.join("sub/AGENTS.md"), "more").unwrap();
    let doc = load(&Home::at(&f.home), &f.project.join("sub"), 5);
    assert_eq!(doc.text.as_deref(), Some("aäa"));
    let cut = doc.notes.join("\n");
    assert!(cut.contains("5 of 30 bytes") && cut.contains("0 of 4 bytes"), "{cut}");
    assert_eq!(doc.sources, [f.project.join("AGENTS.md")]);
}

#[test]
fn b33_every_encoding_is_read_as_what_it_is_and_said() {
    let f = folders();
    let home = Home::at(&f.home);
    let utf16: Vec<u8> = "naïve ✓".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = "plain text".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (content, text, encoding) in [
        (b"\xef\xbb\xbfplain".to_vec(), "plain", None),
        ([b"\xff\xfe".to_vec(), utf16.clone()].concat(), "naïve ✓", Some("UTF-16LE")),
        (utf16_be, "plain text", Some("UTF-16BE")),
        (b"na\xefve caf\xe9".to_vec(), "naïve café", Some("windows-1252")),
        ("naïve ✓".into(), "naïve ✓", None),
    ] {
        fs::write(f.project.join("AGENTS.md"), &content).unwrap();
        let doc = load(&home, &f.project, 100);
        assert_eq!(doc.text.as_deref(), Some(text));
        assert_eq!(doc.notes.len(), usize::from(encoding.is_some()), "{:?}", doc.notes);
        assert!(encoding.is_none_or(|name| doc.notes[0].ends_with(&format!("read as {name}"))));
    }
    fs::write(f.project.join("AGENTS.md"), b"\x7fELF\0\0\0\0\x01\x02").unwrap();
    let doc = load(&home, &f.project, 100);
    assert_eq!(doc.text, None);
    assert_eq!(doc.withheld[0].reason, WithheldReason::Problem(InstructionProblem::NotText));
}

#[test]
fn b33_an_override_and_the_names_of_the_config_count() {
    let f = folders();
    let home = Home::at(&f.home);
    fs::write(home.config_file(), "project_doc_fallback_filenames = [\"CLAUDE.md\", \"../above.md\"]\n")
        .unwrap();
    fs::write(f.project.join("../above.md"), "above").unwrap();
    fs::write(f.project.join("CLAUDE.md"), "other").unwrap();
    assert_eq!(load(&home, &f.project, 100).text.as_deref(), Some("other"));
    fs::write(f.project.join("AGENTS.md"), "ours").unwrap();
    assert_eq!(load(&home, &f.project, 100).text.as_deref(), Some("ours"));
    fs::write(f.project.join("AGENTS.override.md"), "mine").unwrap();
    fs::write(f.home.join("AGENTS.override.md"), "home").unwrap();
    fs::write(f.home.join("AGENTS.md"), "not this").unwrap();
    assert_eq!(load(&home, &f.project, 100).text.as_deref(), Some("home\n\nmine"));
}

#[cfg(unix)]
#[test]
fn b33_a_link_to_a_secret_is_never_used() {
    let f = folders();
    let (home, file) = (Home::at(&f.home), f.project.join("AGENTS.md"));
    fs::write(f.project.join(".env"), "KEY=secret").unwrap();
    for (target, problem) in
        [(".env", InstructionProblem::LinkToOther), ("hard", InstructionProblem::HardLink)]
    {
        match target {
            "hard" => fs::hard_link(f.project.join(".env"), &file).unwrap(),
            target => std::os::unix::fs::symlink(target, &file).unwrap(),
        }
        let doc = load(&home, &f.project, 100);
        assert_eq!((doc.text, doc.withheld[0].reason), (None, WithheldReason::Problem(problem)));
        fs::remove_file(&file).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_inside_the_project_only() {
    let f = folders();
    fs::write(f.home.join("secret"), "a secret").unwrap();
    std::os::unix::fs::symlink(f.home.join("secret"), f.project.join("AGENTS.md")).unwrap();
    assert_eq!(load(&Home::at(&f.home), &f.project, 100).text, None);
    fs::remove_file(f.project.join("AGENTS.md")).unwrap();
    fs::write(f.project.join("CLAUDE.md"), "inside").unwrap();
    std::os::unix::fs::symlink("CLAUDE.md", f.project.join("AGENTS.md")).unwrap();
    assert_eq!(load(&Home::at(&f.home), &f.project, 100).text.as_deref(), Some("inside"));
}
