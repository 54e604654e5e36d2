use super::reader::read_from;
use super::writer::{LineAppender, Tail};
use super::*;
use config::Home;
use proptest::prelude::*;
use protocol::{Fact, InputItem, OpId, Policies, Record, SessionConfig, SessionMeta, TaskId};
use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

mod damage;
mod faults;
mod keeping;
mod prompts;

/// 2025-05-07 17:24:21 UTC.
const AT_MS: u64 = 1_746_638_661_000;

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    (dir, home)
}

fn meta(id: &str) -> SessionMeta {
    SessionMeta {
        session_id: id.into(),
        at_ms: AT_MS,
        cwd: PathBuf::from("/home/p"),
        version: "1.2.3".to_owned(),
        git_commit: None,
        git_branch: None,
        forked_from: None,
        imported_from: None,
    }
}

fn prompt(text: &str) -> Record {
    Record { at_ms: AT_MS, op: OpId::from("1"), fact: Fact::Input { items: vec![InputItem::text(text)] } }
}

fn named(message: &str) -> Record {
    Record { at_ms: AT_MS, op: OpId::default(), fact: Fact::Titled { title: message.to_owned() } }
}

fn add_bytes(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

mod writing {
    use super::*;

    #[test]
    fn what_is_appended_is_read_back() {
        let (_dir, home) = home();
        let mut writer = Writer::create(&home, &meta("abc")).unwrap();
        let path = writer.path().to_owned();
        assert_eq!(path, home.sessions_dir().join("2025/05/07/rollout-2025-05-07T17-24-21-abc.jsonl"));
        let task = Record { at_ms: 1, op: OpId::from("2"), fact: Fact::TaskStarted { task_id: TaskId(1) } };
        let records = vec![prompt("one\ntwo"), task, named("\u{2028}ü")];
        writer.append(&records[..2]).unwrap();
        writer.append(&records[2..]).unwrap();
        writer.append(&[]).unwrap();
        writer.sync().unwrap();
        let loaded = read(&path).unwrap();
        assert_eq!(loaded, Loaded { meta: meta("abc"), records, warnings: vec![] });
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 4);
    }

    #[test]
    fn nobody_else_can_read_it() {
        let (_dir, home) = home();
        let writer = Writer::create(&home, &meta("abc")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(writer.path()), 0o600);
        assert_eq!(mode(&home.sessions_dir()), 0o700);
        assert_eq!(mode(writer.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn it_goes_on_where_it_was() {
        let (_dir, home) = home();
        let mut writer = Writer::create(&home, &meta("abc")).unwrap();
        let path = writer.path().to_owned();
        writer.append(&[named("a")]).unwrap();
        drop(writer);
        let mut writer = Writer::reopen(&path).unwrap();
        assert_eq!(writer.mended(), None);
        writer.append(&[named("b")]).unwrap();
        writer.sync().unwrap();
        assert_eq!(read(&path).unwrap().records, [named("a"), named("b")]);
    }

    #[test]
    fn a_second_instance_is_told_so() {
        let (_dir, home) = home();
        let writer = Writer::create(&home, &meta("abc")).unwrap();
        let path = writer.path().to_owned();
        let error = Writer::reopen(&path).unwrap_err();
        assert!(matches!(&error, TranscriptError::InUse(at) if *at == path), "{error}");
        drop(writer);
        let first = Writer::reopen(&path).unwrap();
        assert!(matches!(Writer::reopen(&path).unwrap_err(), TranscriptError::InUse(_)));
        assert_eq!(read(first.path()).unwrap().records, []);
    }

    #[test]
    fn a_lock_that_is_about_to_go_is_waited_for() {
        let (_dir, home) = home();
        for _ in 0..50 {
            let writer = Writer::create(&home, &meta("abc")).unwrap();
            let path = writer.path().to_owned();
            let (reopens, begun) = std::sync::mpsc::channel();
            let holder = std::thread::spawn(move || {
                begun.recv().unwrap();
                drop(writer);
            });
            reopens.send(()).unwrap();
            drop(Writer::reopen(&path).unwrap());
            holder.join().unwrap();
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_torn_last_line_is_mended_and_said() {
        let (_dir, home) = home();
        let mut writer = Writer::create(&home, &meta("abc")).unwrap();
        let path = writer.path().to_owned();
        writer.append(&[named("a")]).unwrap();
        drop(writer);
        add_bytes(&path, br#"{"at_ms":1,"type":"no"#);
        let mut writer = Writer::reopen(&path).unwrap();
        let mended = writer.mended().unwrap().to_owned();
        assert!(mended.contains("rollout-") && mended.contains("21 bytes"), "{mended}");
        writer.append(&[named("b")]).unwrap();
        let loaded = read(&path).unwrap();
        assert_eq!((loaded.records, loaded.warnings), (vec![named("a"), named("b")], vec![]));
    }

    #[test]
    fn a_long_torn_line_is_found_too() {
        let (_dir, home) = home();
        let writer = Writer::create(&home, &meta("abc")).unwrap();
        let path = writer.path().to_owned();
        drop(writer);
        let whole = fs::metadata(&path).unwrap().len();
        add_bytes(&path, &vec![0; 200_000]);
        assert!(Writer::reopen(&path).unwrap().mended().is_some());
        assert_eq!(fs::metadata(&path).unwrap().len(), whole);
    }

    #[test]
    fn what_is_no_transcript_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        fs::write(&path, "precious").unwrap();
        assert!(matches!(Writer::reopen(&path).unwrap_err(), TranscriptError::NotATranscript { .. }));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        let (_dir, home) = home();
        for id in ["", "../x", "a/b", "a b", &"x".repeat(65)] {
            assert!(
                matches!(Writer::create(&home, &meta(id)).unwrap_err(), TranscriptError::BadId(_)),
                "{id:?}"
            );
        }
    }

    #[test]
    fn an_error_names_the_file_and_the_way_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("sessions"), "in the way").unwrap();
        let error = Writer::create(&Home::at(dir.path()), &meta("abc")).unwrap_err().to_string();
        assert!(error.contains("sessions/2025/05/07 could not be opened"), "{error}");
        let error = TranscriptError::write(Path::new("/t/x"))(io::ErrorKind::StorageFull.into()).to_string();
        assert!(
            error.starts_with("/t/x could not be written")
                && error.ends_with("free some space and try again")
        );
    }

    /// A disk with room for so many bytes.
    #[derive(Clone, Default)]
    struct Disk {
        bytes: Rc<RefCell<Vec<u8>>>,
        room: Rc<RefCell<usize>>,
        broken: Rc<RefCell<bool>>,
        writes: Rc<RefCell<usize>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            *self.writes.borrow_mut() += 1;
            let fits = bytes.len().min(*self.room.borrow() - self.bytes.borrow().len());
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.bytes.borrow_mut().extend(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Tail for Disk {
        fn cut(&self, len: u64) -> io::Result<()> {
            if *self.broken.borrow() {
                return Err(io::Error::other("broken"));
            }
            self.bytes.borrow_mut().truncate(usize::try_from(len).unwrap());
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_loses_nothing_that_was_there() {
        let disk = Disk { room: Rc::new(RefCell::new(10)), ..Disk::default() };
        let mut lines = LineAppender { file: disk.clone(), len: 0, torn: false };
        lines.append(&["one"]).unwrap();
        assert_eq!(lines.append(&["two", "three"]).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(*disk.bytes.borrow(), b"\"one\"\n");

        // and when the file cannot even be cut at once, it is before the next line
        *disk.broken.borrow_mut() = true;
        lines.append(&["two"]).unwrap_err();
        assert_eq!(*disk.bytes.borrow(), b"\"one\"\n\"two");
        *disk.room.borrow_mut() = 100;
        assert_eq!(lines.append(&["two"]).unwrap_err().to_string(), "broken");
        *disk.broken.borrow_mut() = false;
        lines.append(&["two", "three"]).unwrap();
        assert_eq!(*disk.bytes.borrow(), b"\"one\"\n\"two\"\n\"three\"\n");
    }

    #[test]
    fn a_batch_is_one_write() {
        let disk = Disk { room: Rc::new(RefCell::new(100)), ..Disk::default() };
        let mut lines = LineAppender { file: disk.clone(), len: 0, torn: false };
        lines.append(&["a", "b", "c"]).unwrap();
        assert_eq!(*disk.writes.borrow(), 1);
    }
}

mod reading {
    use super::*;

    fn from(bytes: &[u8]) -> Result<Loaded, TranscriptError> {
        read_from(bytes, Path::new("/t/x.jsonl"))
    }

    fn text(records: &[Record]) -> Vec<u8> {
        let mut lines = vec![serde_json::to_string(&meta("abc")).unwrap()];
        lines.extend(records.iter().map(|record| serde_json::to_string(record).unwrap()));
        lines.push(String::new());
        lines.join("\n").into_bytes()
    }

    #[test]
    fn a_bad_line_is_skipped_and_named() {
        let mut bytes = text(&[named("a")]);
        bytes.extend(b"\x00\xff not json\n");
        bytes.extend(br#"{"at_ms":1,"type":"from_the_future","x":1}"#);
        bytes.extend(b"\n\n{\"at_ms\":1,\"type\":\"titled\",\"title\":\"b\"}\n");
        let loaded = from(&bytes).unwrap();
        let messages: Vec<_> = loaded.records.iter().map(|record| record.fact.clone()).collect();
        assert_eq!(messages, [named("a").fact, named("b").fact]);
        assert_eq!(loaded.warnings.len(), 2, "{:?}", loaded.warnings);
        assert!(loaded.warnings[0].starts_with("/t/x.jsonl:3: left out a line that is not a record"));
        assert!(
            loaded.warnings[1]
                .starts_with("/t/x.jsonl:4: left out a record `from_the_future` that this version")
        );
    }

    #[test]
    fn a_long_one_is_read_in_order_on_many_threads() {
        let records: Vec<_> =
            (0..5000).map(|number| named(&format!("{number} {}", "x".repeat(number % 300)))).collect();
        let mut bytes = text(&records[..2500]);
        bytes.extend(b"?\n");
        for record in &records[2500..] {
            serde_json::to_writer(&mut bytes, record).unwrap();
            bytes.push(b'\n');
        }
        let loaded = from(&bytes).unwrap();
        assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
        assert!(loaded.warnings[0].starts_with("/t/x.jsonl:2502: left out"), "{:?}", loaded.warnings);
        assert!(loaded.records == records);
    }

    #[test]
    fn a_first_line_that_is_no_meta_is_an_error() {
        for (bytes, why) in [
            (&b""[..], "it is empty"),
            (b"{\"session_id\"", "its first line is not complete"),
            (b"{}\n", "missing field"),
            (b"hello\n", "expected value"),
        ] {
            let error = from(bytes).unwrap_err().to_string();
            assert!(error.starts_with("/t/x.jsonl is not a transcript: ") && error.contains(why), "{error}");
        }
    }

    #[test]
    fn lines_are_bounded() {
        let mut lines = super::super::line_reader::LineReader::new(&b"abc\nabcdef\n\nabcd"[..], 3);
        let mut seen = Vec::new();
        loop {
            use super::super::line_reader::RecordLine;
            match lines.next().unwrap() {
                RecordLine::Whole(line) => seen.push(String::from_utf8(line.to_vec()).unwrap()),
                RecordLine::TooLong => seen.push("too long".to_owned()),
                RecordLine::Torn => seen.push("torn".to_owned()),
                RecordLine::End => break,
            }
        }
        assert_eq!(seen, ["abc", "too long", "", "torn"]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = from(&bytes);
            let mut after_meta = text(&[]);
            after_meta.extend(bytes);
            prop_assert!(from(&after_meta).is_ok());
        }

        #[test]
        fn a_prefix_of_a_file_loads_a_prefix_of_its_records(
            messages in proptest::collection::vec(any::<String>(), 0..8),
            cut in any::<proptest::sample::Index>(),
        ) {
            // Numbered, as two equal lines after one another are one that was doubled.
            let records: Vec<_> =
                messages.iter().enumerate().map(|(at, message)| named(&format!("{at} {message}"))).collect();
            let bytes = text(&records);
            let meta_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
            let cut = cut.index(bytes.len() + 1);
            match from(&bytes[..cut]) {
                Ok(loaded) => {
                    prop_assert!(cut >= meta_end);
                    prop_assert_eq!(&loaded.records, &records[..loaded.records.len()]);
                    let ends = bytes[meta_end..cut].split(|byte| *byte == b'\n').count() - 1;
                    prop_assert_eq!(loaded.records.len(), ends);
                }
                Err(_) => prop_assert!(cut < meta_end),
            }
        }
    }
}
