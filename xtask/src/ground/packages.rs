//! What is needed of the system, how to tell that it is there, and what its package is called.
//!
//! The Debian column is tried by CI; the others follow the distributions' package lists.

/// One thing the system must have.
pub(crate) struct Need {
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// How to tell that it is there.
    pub(super) probe: Probe,
    /// Packages that bring it: apt, dnf, pacman, zypper.
    pub(super) packages: [&'static str; 4],
}

/// How to tell that something is there.
pub(super) enum Probe {
    /// A program on `PATH`.
    Program(&'static str),
    /// A library with its headers, by its pkg-config name.
    Library(&'static str),
    /// A library to be linked in, by its file's name.
    StaticLibrary(&'static str),
    /// Python with what makes a virtual environment (Debian parts it off).
    PythonVenv,
    /// Any Chromium that starts.
    Chromium,
    /// Any scalable font.
    Fonts,
}

/// Names Chromium goes by.
pub(super) const CHROMIUMS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

const fn program(name: &'static str, packages: [&'static str; 4]) -> Need {
    Need { name, probe: Probe::Program(name), packages }
}

/// To compile anything of the app.
pub(crate) const BUILD: &[Need] = &[
    program("cc", ["build-essential", "gcc gcc-c++ make", "base-devel", "gcc gcc-c++ make"]),
    program("pkg-config", ["pkg-config", "pkgconf-pkg-config", "pkgconf", "pkg-config"]),
    // the sandbox's helper is linked to it
    Need {
        name: "the static C library",
        probe: Probe::StaticLibrary("libc.a"),
        packages: ["libc6-dev", "glibc-static", "glibc", "glibc-devel-static"],
    },
];

/// To build the window's pages.
pub(crate) const NODE: &[Need] = &[
    program("node", ["nodejs", "nodejs", "nodejs", "nodejs-default"]),
    program("npm", ["npm", "nodejs-npm", "npm", "npm-default"]),
];

/// To run the servers in Python that tests talk to.
pub(crate) const PYTHON: &[Need] = &[Need {
    name: "python3 with venv",
    probe: Probe::PythonVenv,
    packages: ["python3-venv", "python3 python3-pip", "python", "python3 python3-pip"],
}];

/// To build and open the window.
pub(crate) const WINDOW: &[Need] = &[Need {
    name: "WebKitGTK 4.1",
    probe: Probe::Library("webkit2gtk-4.1"),
    packages: [
        "libwebkit2gtk-4.1-dev",
        "pkgconfig(webkit2gtk-4.1)",
        "webkit2gtk-4.1",
        "pkgconfig(webkit2gtk-4.1)",
    ],
}];

/// To contain the agent's commands with all three layers.
pub(crate) const SANDBOX: &[Need] =
    &[program("bwrap", ["bubblewrap", "bubblewrap", "bubblewrap", "bubblewrap"])];

/// To drive the pages in Chromium.
pub(crate) const BROWSER: &[Need] = &[Need {
    name: "Chromium",
    probe: Probe::Chromium,
    packages: ["chromium", "chromium", "chromium", "chromium"],
}];

/// To drive the real window on a headless desktop.
pub(crate) const DESKTOP: &[Need] = &[
    program("Xvfb", ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", "xorg-x11-server-Xvfb"]),
    program("openbox", ["openbox", "openbox", "openbox", "openbox"]),
    program("dunst", ["dunst", "dunst", "dunst", "dunst"]),
    program("dbus-run-session", ["dbus", "dbus-daemon", "dbus", "dbus-1"]),
    program("gdbus", ["libglib2.0-bin", "glib2", "glib2", "glib2-tools"]),
    program("gnome-keyring-daemon", ["gnome-keyring", "gnome-keyring", "gnome-keyring", "gnome-keyring"]),
    program("secret-tool", ["libsecret-tools", "libsecret", "libsecret", "secret-tool"]),
    program("xdotool", ["xdotool", "xdotool", "xdotool", "xdotool"]),
    program("WebKitWebDriver", ["webkit2gtk-driver", "webkit2gtk4.1", "webkit2gtk-4.1", "webkit2gtk-driver"]),
    Need {
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
