//! The prerequisites, a probe for each, and the names of their packages.
//!
//! The Debian column is tried by CI; the others follow the distributions' package lists.

/// A program, library or font that the system must have.
pub(crate) struct Prerequisite {
    /// Name in messages.
    pub(crate) name: &'static str,
    pub(super) probe: Probe,
    /// Names of its packages, separated by spaces: apt, dnf, pacman, zypper. Empty where there is none.
    pub(super) packages: [&'static str; 4],
}

/// Test whether a prerequisite is installed.
pub(super) enum Probe {
    /// A program on `PATH`.
    Program(&'static str),
    /// A library with its headers, by its pkg-config name.
    Library(&'static str),
    /// A library to be linked in, by its file's name.
    StaticLibrary(&'static str),
    /// Python with its module for virtual environments, which Debian packages apart.
    PythonVenv,
    /// Any Chromium that starts.
    Chromium,
    /// Any scalable font.
    Fonts,
    /// A file or folder.
    Path(&'static str),
}

const fn program(name: &'static str, packages: [&'static str; 4]) -> Prerequisite {
    Prerequisite { name, probe: Probe::Program(name), packages }
}

/// Compiler and linker, for everything of the app.
pub(crate) const BUILD: &[Prerequisite] = &[
    program("cc", ["build-essential", "gcc gcc-c++ make", "base-devel", "gcc gcc-c++ make"]),
    program("pkg-config", ["pkg-config", "pkgconf-pkg-config", "pkgconf", "pkg-config"]),
    // the sandbox's helper is linked to it
    Prerequisite {
        name: "the static C library",
        probe: Probe::StaticLibrary("libc.a"),
        packages: ["libc6-dev", "glibc-static", "glibc", "glibc-devel-static"],
    },
];

/// Node, to build the window's pages.
pub(crate) const NODE: &[Prerequisite] = &[
    program("node", ["nodejs", "nodejs", "nodejs", "nodejs-default"]),
    program("npm", ["npm", "nodejs-npm", "npm", "npm-default"]),
];

/// Python, for servers that tests talk to and for tools that PyPI packages.
pub(crate) const PYTHON: &[Prerequisite] = &[Prerequisite {
    name: "python3 with venv",
    probe: Probe::PythonVenv,
    packages: ["python3-venv", "python3 python3-pip", "python", "python3 python3-pip"],
}];

/// Libraries of the window.
pub(crate) const WINDOW: &[Prerequisite] = &[Prerequisite {
    name: "WebKitGTK 4.1",
    probe: Probe::Library("webkit2gtk-4.1"),
    packages: [
        "libwebkit2gtk-4.1-dev",
        "pkgconfig(webkit2gtk-4.1)",
        "webkit2gtk-4.1",
        "pkgconfig(webkit2gtk-4.1)",
    ],
}];

/// Programs that the sandbox's third layer needs.
pub(crate) const SANDBOX: &[Prerequisite] =
    &[program("bwrap", ["bubblewrap", "bubblewrap", "bubblewrap", "bubblewrap"])];

/// Tracer that kills a program at a system call.
pub(crate) const STRACE: &[Prerequisite] = &[program("strace", ["strace", "strace", "strace", "strace"])];

/// Everyday tools that tests run inside the sandbox.
pub(crate) const EVERYDAY: &[Prerequisite] = &[
    program("tmux", ["tmux", "tmux", "tmux", "tmux"]),
    program("gdb", ["gdb", "gdb", "gdb", "gdb"]),
    program(
        "psql",
        ["postgresql", "postgresql-server postgresql", "postgresql", "postgresql-server postgresql"],
    ),
];

/// Browser for the tests of the pages.
pub(crate) const BROWSER: &[Prerequisite] = &[Prerequisite {
    name: "Chromium",
    probe: Probe::Chromium,
    packages: ["chromium", "chromium", "chromium", "chromium"],
}];

/// A headless desktop for the tests of the real window.
pub(crate) const DESKTOP: &[Prerequisite] = &[
    program("Xvfb", ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "xorg-x11-server-Xvfb"]),
    program("openbox", ["openbox", "openbox", "openbox", "openbox"]),
    program("dunst", ["dunst", "dunst", "dunst", "dunst"]),
    program("dbus-run-session", ["dbus", "dbus-daemon", "dbus", "dbus-1"]),
    program("gdbus", ["libglib2.0-bin", "glib2", "glib2", "glib2-tools"]),
    program("gnome-keyring-daemon", ["gnome-keyring", "gnome-keyring", "gnome-keyring", "gnome-keyring"]),
    program("secret-tool", ["libsecret-tools", "libsecret", "libsecret", "secret-tool"]),
    program("xdotool", ["xdotool", "xdotool", "xdotool", "xdotool"]),
    program("xclip", ["xclip", "xclip", "xclip", "xclip"]),
    program("ssh-keygen", ["openssh-client", "openssh-clients", "openssh", "openssh-clients"]),
    program("ibus-daemon", ["ibus ibus-gtk3", "ibus ibus-gtk3", "ibus", "ibus ibus-gtk3"]),
    Prerequisite {
        name: "ibus-hangul",
        probe: Probe::Path("/usr/share/ibus/component/hangul.xml"),
        packages: ["ibus-hangul", "ibus-hangul", "ibus-hangul", "ibus-hangul"],
    },
    program("WebKitWebDriver", ["webkit2gtk-driver", "webkit2gtk4.1", "webkit2gtk-4.1", "webkit2gtk-driver"]),
    Prerequisite {
        name: "a font",
        probe: Probe::Fonts,
        packages: [
            "fonts-dejavu-core fontconfig",
            "dejavu-sans-fonts fontconfig",
            "ttf-dejavu fontconfig",
            "dejavu-fonts fontconfig",
        ],
    },
];

/// Debian's second Rust, the only one whose standard library is packaged as sources.
pub(crate) const DEBIAN_RUST: &[Prerequisite] = &[
    Prerequisite {
        name: "rustc-web",
        probe: Probe::Path("/usr/share/rustc/bin"),
        packages: ["rustc-web", "", "", ""],
    },
    Prerequisite {
        name: "cargo-web",
        probe: Probe::Path("/usr/share/cargo/bin/cargo"),
        packages: ["cargo-web", "", "", ""],
    },
    Prerequisite {
        name: "rust-web-src",
        probe: Probe::Path("/usr/lib/rustlib/src/rust"),
        packages: ["rust-web-src", "", "", ""],
    },
];
