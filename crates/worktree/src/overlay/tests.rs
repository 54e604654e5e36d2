//! Views as a command leaves them, read and applied.

use super::{CommandOverlay, OverlayRoot};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

#[test]
fn a_file_of_a_view_is_found_where_it_lies_through_links_too() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().canonicalize().unwrap();
    let (root, upper) = (place.join("root"), place.join("upper"));
    for folder in ["root/src", "root/hidden", "upper/src", "upper/new", "outside"] {
        fs::create_dir_all(place.join(folder)).unwrap();
    }
    for file in ["root/src/a", "root/src/b", "root/hidden/x", "upper/src/a", "upper/new/n", "outside/secret"]
    {
        fs::write(place.join(file), file).unwrap();
    }
    symlink("src", root.join("link")).unwrap();
    symlink(root.join("src/a"), upper.join("to-a")).unwrap();
    symlink("../outside", upper.join("out")).unwrap();
    symlink(place.join("outside"), root.join("away")).unwrap();
    symlink("round", upper.join("round")).unwrap();
    // a file in the place of a folder
    fs::write(upper.join("hidden"), "").unwrap();
    let view =
        OverlayRoot { root: root.clone(), upper: upper.clone(), work: place.join("work"), through: vec![] };
    for (path, expected) in [
        ("src/a", Some("upper/src/a")),
        ("src/b", Some("root/src/b")),
        ("link/a", Some("upper/src/a")),
        ("link/../src/b", Some("root/src/b")),
        ("to-a", Some("upper/src/a")),
        ("new/n", Some("upper/new/n")),
        ("new", Some("upper/new")),
        ("", Some("upper")),
        ("hidden/x", None),
        ("out/secret", None),
        ("away/secret", None),
        ("../outside/secret", None),
        ("round", None),
        ("nowhere", None),
    ] {
        assert_eq!(view.place_of(Path::new(path)), expected.map(|expected| place.join(expected)), "{path}");
    }
}

#[test]
fn a_view_that_is_set_aside_makes_room_for_another_one_and_is_removed_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (project, folder) = (dir.path().join("project"), dir.path().join("views/call"));
    fs::create_dir_all(&project).unwrap();
    let make = || CommandOverlay::create_whole(&folder, std::slice::from_ref(&project)).unwrap();
    let first = make();
    fs::write(first.roots[0].upper.join("a"), "one").unwrap();
    let gone = first.set_aside();
    assert!(!folder.exists() && gone != folder);
    let second = make();
    fs::write(second.roots[0].upper.join("b"), "two").unwrap();
    CommandOverlay::remove_folder(&gone);
    let left: Vec<_> = fs::read_dir(dir.path().join("views")).unwrap().flatten().collect();
    assert_eq!((left.len(), left[0].file_name().to_str()), (1, Some("call")));
    assert_eq!(fs::read_to_string(second.roots[0].upper.join("b")).unwrap(), "two");
}
