//! Modes of what a command makes.

use crate::world::{levels, worlds};
use rustix::fs::XattrFlags;
use std::fs;

/// A default access control list as the kernel takes it: the owner and the group may do everything, others may read.
fn default_acl() -> Vec<u8> {
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights) in [(1_u16, 7_u16), (4, 7), (32, 5)] {
        list.extend(tag.to_le_bytes());
        list.extend(rights.to_le_bytes());
        list.extend(u32::MAX.to_le_bytes());
    }
    list
}

#[test]
fn a_default_access_control_list_takes_the_place_of_the_mask() {
    for world in worlds() {
        let shared = world.path("root/shared");
        fs::create_dir(&shared).unwrap();
        world.give(&shared);
        let set = rustix::fs::setxattr(&shared, "system.posix_acl_default", &default_acl(), XattrFlags::empty());
        if let Err(error) = set {
            eprintln!("SKIPPED: there are no access control lists here: {error}");
            return;
        }
        for level in levels() {
            let script = "umask 077; cd shared; echo > file; mkdir folder; mkfifo pipe; stat -c %a file folder pipe
                cd ..; echo > file; stat -c %a file; rm -r file shared/*";
            let outcome = world.run(level, script);
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (0, "664\n775\n664\n600\n"),
                "{level:?} {}: {outcome:?}",
                world.who()
            );
        }
    }
}
