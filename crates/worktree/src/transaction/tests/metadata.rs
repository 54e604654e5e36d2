//! Metadata that stays when a file's content changes.

use super::*;
use rustix::fs::XattrFlags;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

const ACL: &str = "system.posix_acl_access";
const DEFAULT_ACL: &str = "system.posix_acl_default";

/// An access control list as the kernel takes it: the owner and user 12345 may write, the group and others may not.
fn acl() -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in
        [(1_u16, 6_u16, u32::MAX), (2, 6, 12345), (4, 4, u32::MAX), (16, 6, u32::MAX), (32, 0, u32::MAX)]
    {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

/// Sets an attribute; says so where the file system has none.
fn set(path: &PathBuf, name: &str, value: &[u8]) -> bool {
    let set = rustix::fs::setxattr(path, name, value, XattrFlags::empty());
    if let Err(error) = set {
        eprintln!("SKIPPED: {name} cannot be set here: {error}");
    }
    set.is_ok()
}

fn get(path: &PathBuf, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 1024];
    let length = rustix::fs::getxattr(path, name, &mut value[..]).ok()?;
    value.truncate(length);
    Some(value)
}

fn patched(world: &World, patch: &str) {
    let patch = format!("*** Begin Patch\n{patch}\n*** End Patch\n");
    let proposal = verify(&patch, &world.path(""), &roots(world)).unwrap();
    assert!(matches!(write(&proposal, None, &log(world), None), PatchWriteResult::Written(_)));
}

#[test]
fn b22_a_patch_keeps_special_modes_attributes_lists_and_owner() {
    for (path, patch) in
        [("f", "*** Update File: f\n-one\n+two"), ("g", "*** Update File: f\n*** Move to: g\n-one\n+two")]
    {
        let world = World::new(&[("f", "one\n")]);
        let file = world.path("f");
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            std::os::unix::fs::chown(&file, Some(12345), Some(12346)).unwrap();
        }
        world.chmod("f", 0o7751);
        let with_attribute = set(&file, "user.color", b"blue");
        let with_list = set(&file, ACL, &acl());
        let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let with_capability = is_root && set(&file, "security.capability", &capability);
        let before = fs::metadata(&file).unwrap();
        patched(&world, patch);
        let file = world.path(path);
        let after = fs::metadata(&file).unwrap();
        assert_eq!(world.read(path), "two\n");
        assert_eq!(format!("{:o}", after.mode()), format!("{:o}", before.mode()));
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert!(!with_attribute || get(&file, "user.color").as_deref() == Some(b"blue"));
        assert!(!with_list || get(&file, ACL) == Some(acl()));
        assert!(!with_capability || get(&file, "security.capability").as_deref() == Some(&capability));
    }
}

#[test]
fn b36_an_undo_keeps_attributes_and_lists_of_what_it_puts_back() {
    let mut world = World::new(&[("f", "one\n")]);
    let file = world.path("f");
    world.chmod("f", 0o4751);
    let with_attribute = set(&file, "user.color", b"blue");
    let with_list = set(&file, ACL, &acl());
    let target = world.take();
    let mode = fs::metadata(&file).unwrap().mode();
    patched(&world, "*** Update File: f\n-one\n+two");
    let base = world.take();
    world.undo(target, base, false).unwrap();
    assert_eq!((world.read("f").as_str(), fs::metadata(&file).unwrap().mode()), ("one\n", mode));
    assert!(!with_attribute || get(&file, "user.color").as_deref() == Some(b"blue"));
    assert!(!with_list || get(&file, ACL) == Some(acl()));
}

#[test]
fn b22_what_a_patch_makes_gets_what_the_kernel_gives() {
    let world = World::new(&[("old", "one\n")]);
    if !set(&world.path(""), DEFAULT_ACL, &acl()) {
        return;
    }
    fs::write(world.path("by-kernel"), "").unwrap();
    fs::create_dir(world.path("folder-by-kernel")).unwrap();
    patched(&world, "*** Add File: new\n+n\n*** Add File: folder/n\n+n\n*** Update File: old\n-one\n+two");
    let same = |one: &str, other: &str| {
        let (one, other) = (world.path(one), world.path(other));
        assert_eq!(fs::metadata(&one).unwrap().mode(), fs::metadata(&other).unwrap().mode());
        assert_eq!(get(&one, ACL), get(&other, ACL));
        assert_eq!(get(&one, DEFAULT_ACL), get(&other, DEFAULT_ACL));
    };
    assert!(get(&world.path("by-kernel"), ACL).is_some());
    same("new", "by-kernel");
    same("folder", "folder-by-kernel");
    fs::write(world.path("folder-by-kernel/x"), "").unwrap();
    same("folder/n", "folder-by-kernel/x");
    // one that had no list is given none
    assert_eq!(get(&world.path("old"), ACL), None);
}

#[test]
fn b22_a_patch_makes_nothing_writable_that_was_not() {
    let world = World::new(&[("new/x", "x")]);
    patched(&world, "*** Add File: a/b\n+b");
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    let mode = |path: &str| fs::metadata(world.path(path)).unwrap().permissions().mode() & 0o7777;
    #[allow(clippy::useless_conversion, reason = "macOS has fewer bits")]
    let umask = u32::from(mask.bits());
    assert_eq!((mode("a"), mode("a/b")), (0o777 & !umask, 0o666 & !umask));
}

#[test]
fn b36_an_undo_brings_attributes_and_lists_back_with_what_was_removed_or_replaced() {
    let mut world = World::new(&[("gone", "g"), ("replaced", "one\n"), ("folder/x", "x"), ("plain", "p")]);
    let (gone, replaced, folder) = (world.path("gone"), world.path("replaced"), world.path("folder"));
    if !set(&gone, "user.color", b"blue")
        || !set(&replaced, ACL, &acl())
        || !set(&folder, DEFAULT_ACL, &acl())
    {
        return;
    }
    set(&replaced, "user.shape", b"round");
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().mode();
    let modes = [mode(&gone), mode(&replaced), mode(&folder)];
    let target = world.take();
    fs::remove_file(&gone).unwrap();
    fs::write(world.path("new"), "two\n").unwrap();
    fs::rename(world.path("new"), &replaced).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_file(world.path("plain")).unwrap();
    // what is made in the folder from here on begins with a list
    set(&world.path(""), DEFAULT_ACL, &acl());
    let base = world.take();
    world.undo(target, base, false).unwrap();
    assert_eq!((world.read("gone").as_str(), world.read("replaced").as_str()), ("g", "one\n"));
    assert_eq!([mode(&gone), mode(&replaced), mode(&folder)], modes);
    assert_eq!(get(&gone, "user.color").as_deref(), Some(b"blue".as_slice()));
    assert_eq!(get(&replaced, "user.shape").as_deref(), Some(b"round".as_slice()));
    assert_eq!((get(&gone, ACL), get(&replaced, ACL)), (None, Some(acl())));
    assert_eq!((get(&folder, DEFAULT_ACL), get(&folder, ACL)), (Some(acl()), None));
    assert_eq!(get(&world.path("plain"), ACL), None, "it had no list");
}

#[test]
fn b36_an_undo_keeps_the_names_of_a_file_together() {
    let mut world = World::new(&[("a", "one\n"), ("deep/x", "x")]);
    let [a, b, c] = ["a", "deep/b", "c"].map(|path| world.path(path));
    fs::hard_link(&a, &b).unwrap();
    fs::hard_link(&a, &c).unwrap();
    let target = world.take();
    let changes: [&dyn Fn(); 4] = [
        &|| fs::write(&a, "two\n").unwrap(),
        &|| fs::remove_file(&b).unwrap(),
        &|| {
            for name in [&a, &b, &c] {
                fs::remove_file(name).unwrap();
            }
        },
        &|| {
            fs::remove_file(&c).unwrap();
            fs::write(&c, "parted\n").unwrap();
            fs::write(&a, "both\n").unwrap();
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        change();
        let base = world.take();
        world.undo(target, base, false).unwrap();
        let inode = |path: &PathBuf| fs::metadata(path).unwrap().ino();
        assert_eq!([inode(&a), inode(&b)], [inode(&c); 2], "change {number}");
        assert_eq!(fs::read_to_string(&a).unwrap(), "one\n", "change {number}");
    }
}
