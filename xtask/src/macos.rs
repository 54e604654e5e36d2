//! `cargo xtask check-macos`: type-checks the command line and the desktop app for macOS on Linux.
//!
//! Nothing is linked and nothing can run. Three things stand in for a Mac:
//! * the standard library of the target, from rustup where it has one, or compiled from the sources that Debian packages
//!   beside its second Rust (`rustc-web`);
//! * a C compiler for the target: zig, which carries the headers of macOS, as PyPI packages it. Objective-C files are
//!   replaced by an empty one, since only types are checked;
//! * an SDK that is an empty folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::checkout::{Checkout, capture, execute, find_program, succeeds};
use crate::node::NodeRuntime;
use crate::prerequisites::{BUILD, DEBIAN_RUST, NODE, PYTHON, Prerequisites};
use crate::python::PythonEnvironment;

const TARGET: &str = "aarch64-apple-darwin";

/// Packages that are checked; they bring every crate of the app with them.
const CHECKED: [&str; 4] = ["-p", "countersign-cli", "-p", "countersign-desktop"];

/// The C compiler, as PyPI names it.
const ZIG: &str = "ziglang==0.17.1\n";

/// Debian's second Rust: its cargo finds its own sources of the standard library.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Sets up what the check needs and runs it; a warning in a crate of this workspace is an error.
pub(crate) fn check(checkout: &Checkout) -> Result<()> {
    let home = checkout.target().join("macos-check");
    fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
    println!("Type-checking for {TARGET} in {}: about 11 minutes when cold.", home.display());
    let prerequisites = Prerequisites::install(&[BUILD, NODE, PYTHON])?;
    prerequisites.require(BUILD)?;
    prerequisites.require(NODE)?;
    NodeRuntime::find(checkout)?.build_pages(checkout)?;
    if cfg!(target_os = "macos") {
        println!("This is a Mac: nothing else is set up.");
        return execute(check_command(checkout.cargo(["check"]), &home)?.args(["--target", TARGET]));
    }
    prerequisites.require(PYTHON)?;
    let tools = MacTools::write(&home, &install_zig(checkout, &home)?)?;
    let mut cargo = match find_standard_library(checkout)? {
        StandardLibrary::Prebuilt => {
            println!("The standard library of {TARGET} is rustup's.");
            check_command(checkout.cargo(["check"]), &home)?
        }
        StandardLibrary::DebianSources => {
            println!("The standard library of {TARGET} is compiled from Debian's rust-web-src.");
            let mut cargo = checkout.command(DEBIAN_CARGO);
            cargo.args(["check", "-Zbuild-std=std,panic_abort"]);
            // what `cargo run` sets for this program names the other Rust
            for name in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "CARGO", "RUSTC_WRAPPER"] {
                cargo.env_remove(name);
            }
            cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            check_command(cargo, &home)?
        }
    };
    tools.use_in(&mut cargo)?;
    execute(cargo.args(["--target", TARGET]))?;
    println!(
        "\nThe command line and the desktop app type-check for {TARGET}, without warnings. Neither was run."
    );
    Ok(())
}

/// Adds what every check has in common: the packages, the target folder, and warnings as errors.
fn check_command(mut cargo: Command, home: &Path) -> Result<Command> {
    // only the crates of the workspace go through this wrapper: a dependency's warnings are its own
    let wrapper = write_script(&home.join("bin"), "rustc-deny-warnings", "exec \"$@\" -D warnings\n")?;
    cargo.args(["--locked", "--keep-going"]).args(CHECKED).env("RUSTC_WORKSPACE_WRAPPER", wrapper);
    cargo.env("CARGO_TARGET_DIR", home.join("target"));
    Ok(cargo)
}

/// Origin of the target's standard library.
enum StandardLibrary {
    Prebuilt,
    DebianSources,
}

/// Finds the standard library, and installs it where it is missing: with rustup, or else with the package manager.
fn find_standard_library(checkout: &Checkout) -> Result<StandardLibrary> {
    if has_prebuilt(checkout)? {
        return Ok(StandardLibrary::Prebuilt);
    }
    if find_program("rustup").is_some() {
        let mut rustup = checkout.command("rustup");
        rustup.args(["target", "add", TARGET]);
        match execute(&mut rustup) {
            Ok(()) if has_prebuilt(checkout)? => return Ok(StandardLibrary::Prebuilt),
            Ok(()) => println!("rustup added it to a toolchain that is not the one in use."),
            Err(error) => println!("{error:#}: it is compiled from sources instead."),
        }
    }
    Prerequisites::install(&[DEBIAN_RUST])?.require(DEBIAN_RUST)?;
    if succeeds(Command::new(DEBIAN_CARGO).arg("--version")) {
        return Ok(StandardLibrary::DebianSources);
    }
    bail!("{DEBIAN_CARGO} does not start; reinstall cargo-web and run this again")
}

fn has_prebuilt(checkout: &Checkout) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let dir = capture(checkout.command(rustc).args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(dir.trim()).is_dir())
}

/// Installs zig into `home` and returns its executable.
fn install_zig(checkout: &Checkout, home: &Path) -> Result<PathBuf> {
    let python = PythonEnvironment::install(checkout, home.join("python"), ZIG)?;
    let package = capture(
        checkout.command(python.program("python")).args(["-c", "import ziglang; print(*ziglang.__path__)"]),
    )?;
    Ok(Path::new(package.trim()).join("zig"))
}

/// Programs that stand in for those of a Mac.
struct MacTools {
    bin: PathBuf,
    sdk: PathBuf,
}

impl MacTools {
    fn write(home: &Path, zig: &Path) -> Result<Self> {
        let tools = Self { bin: home.join("bin"), sdk: home.join("sdk") };
        for dir in [&tools.bin, &tools.sdk] {
            fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        }
        let empty = home.join("empty.c");
        fs::write(&empty, "").with_context(|| format!("cannot write {}", empty.display()))?;
        let (zig, empty) = (quote(zig)?, quote(&empty)?);
        write_script(&tools.bin, "zig-cc", &compiler_script(&zig, &empty))?;
        write_script(&tools.bin, "zig-ar", &format!("exec {zig} ar \"$@\"\n"))?;
        write_script(&tools.bin, "xcrun", &format!("echo {}\n", quote(&tools.sdk)?))?;
        Ok(tools)
    }

    fn use_in(&self, cargo: &mut Command) -> Result<()> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let dirs = std::iter::once(self.bin.clone()).chain(std::env::split_paths(&path));
        cargo.env("PATH", std::env::join_paths(dirs).context("PATH cannot be extended")?);
        cargo.env("SDKROOT", &self.sdk);
        cargo.env("CC_aarch64_apple_darwin", self.bin.join("zig-cc"));
        cargo.env("AR_aarch64_apple_darwin", self.bin.join("zig-ar"));
        Ok(())
    }
}

/// Returns a compiler that drops the options which only Apple's knows and reads `empty` in place of Objective-C.
fn compiler_script(zig: &str, empty: &str) -> String {
    format!(
        "n=$#\n\
         while [ \"$n\" -gt 0 ]; do\n  n=$((n - 1))\n  word=$1\n  shift\n  case $word in\n    \
         -arch | -isysroot) n=$((n - 1)); shift ;;\n    \
         --target=* | -mmacosx-version-min=*) ;;\n    \
         *.m | *.mm) set -- \"$@\" {empty} ;;\n    \
         *) set -- \"$@\" \"$word\" ;;\n  esac\ndone\n\
         exec {zig} cc -target aarch64-macos \"$@\"\n"
    )
}

/// Writes an executable script of the shell, and returns its path.
fn write_script(dir: &Path, name: &str, body: &str) -> Result<PathBuf> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let file = dir.join(name);
    let text = format!("#!/bin/sh\n{body}");
    // a script that did not change keeps its date, so that nothing is compiled again
    if fs::read_to_string(&file).is_ok_and(|before| before == text) {
        return Ok(file);
    }
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    make_executable(&file)?;
    Ok(file)
}

#[cfg(unix)]
fn make_executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", file.display()))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}

/// Returns the path as one word of the shell.
fn quote(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{} is not text", path.display()))?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_drops_options_of_apple_and_empties_objective_c() -> Result<()> {
        let dir = std::env::temp_dir().join(format!("countersign-macos-{}", std::process::id()));
        let file = write_script(&dir, "cc", &compiler_script("echo", "'/the empty.c'"))?;
        let args =
            ["-O2", "-arch", "arm64", "--target=arm64-apple", "a b.c", "c.mm", "-isysroot", "/x", "-o", "d"];
        let printed = capture(Command::new(&file).args(args))?;
        fs::remove_dir_all(&dir)?;
        assert_eq!(printed.trim(), "cc -target aarch64-macos -O2 a b.c /the empty.c -o d");
        Ok(())
    }

    #[test]
    fn a_path_is_one_word_of_the_shell() -> Result<()> {
        assert_eq!(quote(Path::new("/it's here"))?, r"'/it'\''s here'");
        Ok(())
    }
}
