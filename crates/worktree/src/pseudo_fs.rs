//! File systems whose files are the kernel's words, and nobody's: `/proc`, `/sys` and the like, where the folder that holds everything is
//! the project.

use std::os::fd::AsFd;
use std::path::Path;

/// Their numbers in `linux/magic.h`.
#[cfg(target_os = "linux")]
const PSEUDO: &[u64] = &[
    0x9fa0,      // proc
    0x6265_6572, // sysfs
    0x1cd1,      // devpts
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xcafe_4a11, // bpf
    0x6165_676c, // pstore
    0xde5e_81e4, // efivarfs
    0x6265_6570, // configfs
    0x1980_0202, // mqueue
    0x9584_58f6, // hugetlbfs
    0xf97c_ff8c, // selinuxfs
    0x4249_4e4d, // binfmt_misc
    0x6573_5543, // fusectl
];

/// Folder of devices: its file system is of the kind that also holds files in memory.
const DEVICES: &str = "/dev";

/// Reports whether the folder at `path` holds no files of anybody's. It is open, and to be looked at where it may be of another file
/// system than the folder above.
pub(crate) fn is_at(path: &Path, folder: Option<impl AsFd>) -> bool {
    path == Path::new(DEVICES) || folder.is_some_and(holds)
}

/// Reports whether an open folder is of such a file system.
#[cfg(target_os = "linux")]
fn holds(folder: impl AsFd) -> bool {
    rustix::fs::fstatfs(folder)
        .is_ok_and(|stat| u64::try_from(stat.f_type).is_ok_and(|kind| PSEUDO.contains(&kind)))
}

/// Reports whether an open folder is of such a file system; elsewhere than on Linux there are none.
#[cfg(not(target_os = "linux"))]
fn holds(_folder: impl AsFd) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn the_kernels_own_file_systems_are_told_from_those_that_hold_files() {
        for folder in ["/proc", "/proc/self", "/sys"] {
            assert!(is_at(Path::new(folder), Some(File::open(folder).unwrap())), "{folder}");
        }
        assert!(is_at(Path::new("/dev"), Some(File::open("/dev").unwrap())));
        let dir = tempfile::tempdir().unwrap();
        for folder in [dir.path(), Path::new("/")] {
            assert!(!is_at(folder, Some(File::open(folder).unwrap())), "{}", folder.display());
        }
    }
}
