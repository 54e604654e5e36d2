//! The tools on real folders.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::tools::{grep_files, list_dir, read_file, view_image};
use image::{DynamicImage, ImageFormat};
use protocol::ToolEndedBy;
use rustix::fs::{CWD, Mode};
use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use tempfile::TempDir;
use worktree::Hidden;

/// A project beside a folder of secrets.
struct World {
    dir: TempDir,
    location: ToolLocation,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("project")).unwrap();
        fs::create_dir_all(root.join("secret")).unwrap();
        fs::write(root.join("secret/key"), "the key\n").unwrap();
        let access = PathAccess::all_but(Hidden::new(vec![root.join("secret")], Vec::new()));
        let location = ToolLocation::new(access, root.join("project"), CancellationToken::new());
        let world = Self { dir, location };
        for (path, text) in files {
            world.write(path, text);
        }
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.location.session_cwd.join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, tool: ReadTool) -> ToolOutcome {
        let ToolRun::OnFiles(run) = run_of(tool) else { panic!("a tool on files") };
        run_on_files(&self.location, run)
    }

    fn read(&self, path: &str, first_line: u32, lines: u32) -> ToolOutcome {
        let (path, first_line, lines) = (path.to_owned(), Some(first_line), Some(lines));
        self.run(ReadTool::ReadFile(read_file::Args { path, first_line, lines }))
    }

    fn list(&self, path: &str, depth: u32) -> ToolOutcome {
        self.run(ReadTool::ListDir(list_dir::Args { path: Some(path.to_owned()), depth: Some(depth) }))
    }

    fn grep(&self, pattern: &str, path: &str, include: Option<&str>) -> ToolOutcome {
        let (pattern, include) = (pattern.to_owned(), include.map(str::to_owned));
        self.run(ReadTool::GrepFiles(grep_files::Args { pattern, path: Some(path.to_owned()), include }))
    }

    fn view(&self, path: &str) -> ToolOutcome {
        self.run(ReadTool::ViewImage(view_image::Args { path: path.to_owned() }))
    }
}

#[track_caller]
fn told(outcome: &ToolOutcome) -> &str {
    assert!(outcome.result.succeeded(), "{outcome:?}");
    &outcome.model_output
}

#[track_caller]
fn refused(outcome: &ToolOutcome) -> &str {
    assert!(outcome.result.ended_by == ToolEndedBy::Failed && outcome.images.is_empty(), "{outcome:?}");
    &outcome.model_output
}

fn numbered(lines: std::ops::RangeInclusive<u32>) -> String {
    lines.fold(String::new(), |text, n| text + &format!("line {n}\n"))
}

#[test]
fn b12_lines_are_read_with_their_numbers_and_it_says_where_to_go_on() {
    let world = World::new(&[("a.txt", "\u{feff}one\r\ntwo\r\n\r\nfour"), ("empty", "")]);
    assert_eq!(told(&world.read("a.txt", 1, 400)), "     1\tone\n     2\ttwo\n     3\t\n     4\tfour\n");
    assert_eq!(
        told(&world.read("a.txt", 2, 1)),
        "     2\ttwo\n[lines 2 to 2 of 4; go on with first_line 3]\n"
    );
    assert_eq!(refused(&world.read("a.txt", 5, 1)), "'a.txt' has 4 lines; there is no line 5");
    assert_eq!(told(&world.read("empty", 1, 1)), "(the file is empty)");
    world.write("long.txt", numbered(1..=3_000));
    let page = world.read("long.txt", 1_000, 2_000);
    let page = told(&page);
    assert!(page.len() <= 10 * 1024 && page.lines().count() <= 256, "{}", page.len());
    assert!(page.starts_with("  1000\tline 1000\n  1001\tline 1001\n"), "{page}");
    assert!(page.ends_with("[lines 1000 to 1253 of 3000; go on with first_line 1254]\n"), "{page}");
}

#[test]
fn b12_long_lines_are_cut_and_no_file_is_too_large() {
    let world = World::new(&[]);
    world.write("wide.txt", format!("{}\nnext\n", "é".repeat(10_000)));
    let text = world.read("wide.txt", 1, 5);
    let cut = format!("     1\t{} [... 8000 more characters ...]\n     2\tnext\n", "é".repeat(2_000));
    assert_eq!(told(&text), cut);
    // five gigabytes, of which a few lie on the disk
    let mut file = fs::File::create(world.path("large.txt")).unwrap();
    file.write_all(numbered(1..=200_000).as_bytes()).unwrap();
    file.set_len(5_000_000_000).unwrap();
    let text = world.read("large.txt", 150_000, 1);
    assert_eq!(told(&text), "150000\tline 150000\n[more lines follow; go on with first_line 150001]\n");
}

#[test]
fn b12_what_cannot_be_read_says_why_and_what_to_do() {
    let world = World::new(&[("src/main.rs", "x"), ("src/lib.rs", "x"), ("README.md", "x")]);
    world.write("bin", b"ELF\0\x01");
    world.write("utf16", b"\xff\xfea\0");
    world.write("latin", b"one\ncaf\xe9\n");
    let check = |path: &str, expected: &str| {
        let outcome = world.read(path, 1, 10);
        assert!(refused(&outcome).contains(expected), "{expected:?} is not in {outcome:?}");
    };
    check("src/mian.rs", "'src/mian.rs' does not exist; nearest names there: main.rs");
    check("readme.md", "nearest names there: README.md");
    check("scr/main.rs", "; the nearest folder that is there is ");
    check("scr/main.rs", "nearest names there: src");
    check("README.md/x", "is not a folder");
    check("src", "'src' is a folder; list_dir lists it");
    check("bin", "'bin' is a binary file");
    check("utf16", "'utf16' is UTF-16 text");
    check("latin", "'latin' is not UTF-8 text: line 2 has the byte 0xe9");
    assert!(refused(&world.list("README.md", 1)).contains("is a file of 1 B; read_file reads it"));
}

#[test]
fn b12_what_the_sandbox_hides_is_hidden_from_every_tool() {
    let world = World::new(&[("a.txt", "the key is elsewhere\n")]);
    symlink("../secret/key", world.path("link")).unwrap();
    symlink("../secret", world.path("way")).unwrap();
    for path in ["../secret/key", "link", "way/key", "../secret"] {
        for outcome in [world.read(path, 1, 1), world.view(path), world.grep("the", path, None)] {
            let why = refused(&outcome);
            assert!(why.contains("is hidden from this session") && why.contains("/secret, where"), "{why}");
        }
    }
    assert!(refused(&world.list("way", 1)).contains("is hidden"));
    let listed = world.list("..", 3);
    let listed = told(&listed);
    assert!(listed.contains("secret/  [hidden]\n") && !listed.contains("  key"), "{listed}");
    assert!(listed.contains("  link -> ../secret/key\n"), "{listed}");
    let found = world.grep("the key", "..", None);
    assert_eq!(told(&found), "a.txt:1: the key is elsewhere\n");
}

#[test]
fn b12_only_files_and_folders_are_opened() {
    let world = World::new(&[]);
    rustix::fs::mkfifoat(CWD, world.path("pipe"), Mode::RWXU).unwrap();
    let _socket = UnixListener::bind(world.path("socket")).unwrap();
    symlink("loop", world.path("loop")).unwrap();
    symlink("pipe", world.path("to-pipe")).unwrap();
    for (path, why) in [
        ("pipe", "is a named pipe"),
        ("to-pipe", "is a named pipe"),
        ("socket", "is a socket"),
        ("/dev/zero", "is a device"),
        ("loop", "is a link"),
    ] {
        assert!(refused(&world.read(path, 1, 1)).contains(why), "{path}");
        assert!(refused(&world.grep("x", path, None)).contains(why), "{path}");
    }
    if cfg!(target_os = "linux") {
        for path in ["/proc/self/environ", "/proc/self/status"] {
            assert!(refused(&world.read(path, 1, 1)).contains("tells of running programs"), "{path}");
        }
    }
    assert_eq!(told(&world.grep("x", ".", None)), "no line matches x in . (0 files searched)\n");
    let listed = world.list(".", 1);
    for entry in ["loop -> loop\n", "pipe  (a named pipe)\n", "socket  (a socket)\n"] {
        assert!(told(&listed).contains(entry), "{listed:?}");
    }
}

#[test]
fn b12_a_folder_is_listed_without_what_is_ignored() {
    let world = World::new(&[
        (".gitignore", "*.log\n/out\n"),
        ("src/deep/er/x.rs", "x"),
        ("src/main.rs", "12345"),
        ("build.log", ""),
        ("out/x", ""),
        ("node_modules/m/index.js", ""),
        ("big.bin", ""),
    ]);
    fs::File::options().write(true).open(world.path("big.bin")).unwrap().set_len(1_234_567).unwrap();
    fs::create_dir(world.path("void")).unwrap();
    assert_eq!(
        told(&world.list(".", 2)),
        "src/\n  deep/\n  main.rs  5 B\nvoid/\n.gitignore  11 B\nbig.bin  1.2 MB\n\
         [ignored, and left out: build.log, node_modules, out]\n"
    );
    assert_eq!(told(&world.list("src", 9)), "deep/\n  er/\n    x.rs  1 B\nmain.rs  5 B\n");
    assert_eq!(told(&world.list("void", 1)), "(the folder is empty)\n");
    assert_eq!(told(&world.list("out", 1)), "x  0 B\n", "who asks for it by name sees it");
    assert_eq!(told(&world.list("node_modules/m", 1)), "index.js  0 B\n");
    for number in 0..700 {
        world.write(&format!("many/{number:03}"), "");
    }
    let listed = world.list("many", 1);
    assert!(
        listed.result.output.ends_with("499  0 B\n[200 more entries not listed]\n"),
        "{}",
        listed.result.output
    );
    assert!(listed.model_output.lines().count() <= 256);
    let listed = world.list(".", 2);
    assert!(
        listed.result.output.contains("\nsrc/\n"),
        "what lies higher stands first: {}",
        listed.result.output
    );
}

#[test]
fn b12_lines_that_match_are_found_with_their_places() {
    let world = World::new(&[
        (".gitignore", "ignored.rs\n"),
        ("a.rs", "fn one() {}\nfn two() {}\r\n"),
        ("src/b.rs", "// one\n"),
        ("src/c.txt", "one\n"),
        ("ignored.rs", "one\n"),
    ]);
    world.write("bin", b"one\0two");
    assert_eq!(
        told(&world.grep("one", ".", None)),
        "a.rs:1: fn one() {}\nsrc/b.rs:1: // one\nsrc/c.txt:1: one\n"
    );
    assert_eq!(told(&world.grep(r"^fn \w+", "a.rs", None)), "a.rs:1: fn one() {}\na.rs:2: fn two() {}\n");
    assert_eq!(told(&world.grep("one", ".", Some("*.txt"))), "src/c.txt:1: one\n");
    assert_eq!(told(&world.grep("one", ".", Some("src/*.{rs,txt}"))).lines().count(), 2);
    assert_eq!(
        told(&world.grep("three", ".", Some("*.rs"))),
        "no line matches three in . (2 files that fit *.rs searched)\n"
    );
    assert!(refused(&world.grep("one(", ".", None)).starts_with("the pattern is no regular expression"));
    assert!(refused(&world.grep("one", ".", Some("{"))).starts_with("`include` is no glob"));
    assert!(refused(&world.grep("one", "scr", None)).contains("nearest names there: src"));
}

#[test]
fn b12_a_search_is_bounded() {
    let world = World::new(&[]);
    for file in 0..6 {
        world.write(&format!("{file}.txt"), "match\n".repeat(60));
    }
    let found = world.grep("match", ".", None);
    let found = &found.result.output;
    assert!(
        found.contains("0.txt:50: match\n0.txt: [... more in this file ...]\n1.txt:1: match\n"),
        "{found}"
    );
    assert!(
        found.ends_with(
            "3.txt:50: match\n[200 lines; there may be more: narrow the pattern, the path or `include`]\n"
        ),
        "{found}"
    );
    world.write("wide.txt", format!("{}needle{}", "x".repeat(5_000), "y".repeat(5_000)));
    let found = world.grep("needle", ".", None);
    let line = told(&found);
    assert!(line.len() < 400 && line.contains("xneedley"), "{line}");
    assert!(line.starts_with("wide.txt:1: [...] x") && line.ends_with("y [...]\n"), "{line}");
}

#[test]
fn what_is_cancelled_ends() {
    let world = World::new(&[("a.txt", "one\n")]);
    world.location.cancel.cancel();
    for outcome in [world.read("a.txt", 1, 1), world.list(".", 1), world.grep("x", ".", None)] {
        assert_eq!(outcome.result.ended_by, ToolEndedBy::Interrupted, "{outcome:?}");
    }
    // a folder is no picture, cancelled or not
    assert_ne!(world.view(".").result.ended_by, ToolEndedBy::Succeeded);
    assert_eq!(world.grep("one", "a.txt", None).result.ended_by, ToolEndedBy::Interrupted);
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::new_rgb8(width, height).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// The kind and sides of the picture that is sent.
fn sent(outcome: &ToolOutcome) -> (ImageFormat, u32, u32, Vec<u8>) {
    told(outcome);
    let (head, data) = outcome.images[0].split_once(";base64,").unwrap();
    let format = ImageFormat::from_mime_type(head.strip_prefix("data:").unwrap()).unwrap();
    let bytes = STANDARD.decode(data).unwrap();
    let picture = image::load_from_memory_with_format(&bytes, format).unwrap();
    (format, picture.width(), picture.height(), bytes)
}

#[test]
fn b12_a_picture_is_what_its_bytes_say_and_large_ones_are_made_smaller() {
    let world = World::new(&[("note.png", "not a picture")]);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let bytes = picture(30, 20, format);
        world.write("picture", &bytes);
        let outcome = world.view("picture");
        assert_eq!(sent(&outcome), (format, 30, 20, bytes));
        assert!(outcome.model_output.ends_with(" image, 30 x 20 pixels"), "{}", outcome.model_output);
    }
    world.write("large.png", picture(4_096, 100, ImageFormat::Png));
    let outcome = world.view("large.png");
    let (format, width, height, _) = sent(&outcome);
    assert_eq!((format, width, height), (ImageFormat::Png, 2_000, 49));
    assert!(outcome.model_output.contains("it is 4096 x 100 in the file"), "{}", outcome.model_output);

    assert!(refused(&world.view("note.png")).contains("is no PNG, JPEG, GIF or WebP image"));
    let torn = picture(300, 200, ImageFormat::Png);
    world.write("torn.png", &torn[..torn.len() / 2]);
    assert!(refused(&world.view("torn.png")).contains("cannot be opened as a PNG image"));
    fs::File::create(world.path("huge.png")).unwrap().set_len(9_000_000).unwrap();
    assert!(refused(&world.view("huge.png")).contains("'huge.png' is 9000000 bytes long"));
    assert!(refused(&world.view(".")).contains("is a folder"));
}

#[test]
fn a_link_put_in_the_way_leads_nowhere() {
    let world = World::new(&[("dir/key", "mine\n")]);
    let opened = world.location.access.open_no_link(&world.path("dir/key")).unwrap();
    fs::rename(world.path("dir"), world.path("old")).unwrap();
    symlink("../secret", world.path("dir")).unwrap();
    let text = std::io::read_to_string(opened.read().unwrap()).unwrap();
    assert_eq!(text, "mine\n", "what was opened is what is read");
    assert!(
        world.location.access.open_no_link(&world.path("dir/key")).is_err(),
        "the link is on the way there"
    );
    drop(world.dir);
}
