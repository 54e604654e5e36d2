use super::*;
use crate::project_doc::{self, InstructionNames};
use crate::trust::TrustStore;
use std::fs;

struct Folders {
    dir: tempfile::TempDir,
}

impl Folders {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("home/commands")).unwrap();
        fs::create_dir_all(dir.path().join("project/.countersign/commands")).unwrap();
        Self { dir }
    }

    fn project(&self) -> PathBuf {
        self.dir.path().join("project").canonicalize().unwrap()
    }

    fn own(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join("home/commands").join(name), text).unwrap();
    }

    fn of_project(&self, name: &str, text: &str) {
        fs::write(self.project().join(".countersign/commands").join(name), text).unwrap();
    }

    fn trust(&self) {
        let files = project_doc::find_steering(&self.project(), &InstructionNames::default());
        TrustStore::update(&self.home(), |store| store.trust(&self.project(), &files, 1)).unwrap();
    }

    fn home(&self) -> Home {
        Home::at(&self.dir.path().join("home"))
    }

    fn load(&self) -> PromptCommands {
        let trust = TrustStore::load(&self.home()).trust_of(&self.project());
        PromptCommands::load(&self.home(), Some(&self.project()), &trust)
    }
}

#[test]
fn a_command_stands_for_the_text_of_its_file_with_the_arguments_in_it() {
    let folders = Folders::new();
    folders.own("review.md", "---\r\ndescription: \"Reviews a file\"\r\nargument-hint: [file]\r\nmodel: x\r\n---\r\nRead $1 for $2.\nAll: $ARGUMENTS; $10 and $1.50 stay.\n");
    folders.own("plan.md", "# Plan first\nThen wait.");
    let commands = folders.load();
    assert_eq!(commands.rejected, []);
    let listed: Vec<_> = commands
        .commands
        .iter()
        .map(|each| (each.name.as_str(), each.description.as_str(), each.argument_hint.as_str()))
        .collect();
    assert_eq!(listed, [("plan", "Plan first", ""), ("review", "Reviews a file", "[file]")]);
    let expand = |text: &str| commands.expand(text).unwrap();
    assert_eq!(
        expand("/review 'a b.rs' bugs").as_deref(),
        Some("Read a b.rs for bugs.\nAll: 'a b.rs' bugs; $10 and $1.50 stay.")
    );
    // what an argument says is not read again
    assert_eq!(expand("/review $2 x").as_deref(), Some("Read $2 for x.\nAll: $2 x; $10 and $1.50 stay."));
    assert_eq!(expand("/plan it's").as_deref(), Some("# Plan first\nThen wait.\n\nit's"));
    for text in ["/etc/hosts is wrong", "/unknown", "plan", "/", ""] {
        assert_eq!(expand(text), None, "{text}");
    }
}

#[test]
fn a_bad_file_is_named_with_the_way_out() {
    let folders = Folders::new();
    for (name, text) in [
        ("a b.md", "text"),
        ("empty.md", "---\ndescription: x\n---\n \n"),
        ("open.md", "---\ndescription: x\n"),
        ("head.md", "---\ndescription: x\nnonsense\n---\ntext"),
        ("long.md", &"x".repeat(65 * 1024)),
    ] {
        folders.own(name, text);
    }
    fs::write(folders.dir.path().join("home/commands/bytes.md"), [0xff, 0xfe, 0x41]).unwrap();
    let commands = folders.load();
    assert_eq!(commands.commands, []);
    let named: Vec<_> = commands
        .rejected
        .iter()
        .map(|error| (error.path.file_name().unwrap().to_str().unwrap(), error.problem.clone()))
        .collect();
    assert_eq!(
        named,
        [
            ("a b.md", CommandFileProblem::Name),
            ("bytes.md", CommandFileProblem::NotText),
            ("empty.md", CommandFileProblem::Empty),
            ("head.md", CommandFileProblem::HeadLine(3)),
            ("long.md", CommandFileProblem::TooLarge(65 * 1024)),
            ("open.md", CommandFileProblem::OpenHead),
        ]
    );
    let refused = commands.expand("/head x").unwrap_err().to_string();
    assert!(refused.contains("head.md: line 3 of the head is no `key: value`"), "{refused}");
}

#[test]
fn commands_of_a_project_are_used_as_the_person_saw_them_and_no_other_way() {
    let folders = Folders::new();
    folders.of_project("ship.md", "Ship it.");
    let untrusted = folders.load();
    assert_eq!(untrusted.commands, []);
    let refused = untrusted.expand("/ship").unwrap_err();
    assert_eq!(refused.problem, CommandFileProblem::Untrusted);
    folders.trust();
    assert_eq!(folders.load().expand("/ship").unwrap().as_deref(), Some("Ship it."));
    assert!(folders.load().commands[0].of_project);
    folders.of_project("ship.md", "Ship it to somebody else.");
    assert_eq!(folders.load().expand("/ship").unwrap_err().problem, CommandFileProblem::Untrusted);
    folders.trust();
    folders.own("ship.md", "My own.");
    let both = folders.load();
    assert_eq!(both.expand("/ship").unwrap().as_deref(), Some("My own."));
    assert_eq!(both.rejected[0].problem, CommandFileProblem::Hidden);
    // a link out of the project would send a file of the person's
    #[cfg(unix)]
    {
        fs::write(folders.dir.path().join("secret.md"), "secret").unwrap();
        let link = folders.project().join(".countersign/commands/leak.md");
        std::os::unix::fs::symlink(folders.dir.path().join("secret.md"), link).unwrap();
        folders.trust();
        assert_eq!(folders.load().expand("/leak"), Ok(None));
    }
}
