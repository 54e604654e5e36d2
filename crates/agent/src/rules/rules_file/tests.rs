use super::*;
use crate::rules::{Draft, samples};
use std::os::unix::fs::PermissionsExt;

struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("rules.toml"), text).unwrap();
        Self { dir }
    }

    fn file(&self) -> RulesFile {
        RulesFile::new(&Home::at(self.dir.path()))
    }

    fn text(&self) -> String {
        fs::read_to_string(self.dir.path().join("rules.toml")).unwrap()
    }

    fn error(&self) -> String {
        self.file().load().unwrap_err().to_string().replace(self.dir.path().to_str().unwrap(), "HOME")
    }
}

fn allow(words: &[&str]) -> SavedRule {
    SavedRule::new(CommandRule {
        decision: RuleDecision::Allow,
        prefix: words.iter().map(|word| (*word).to_owned()).collect(),
        project: PathBuf::from("/p"),
        without_sandbox: false,
    })
}

#[test]
fn b15_a_saved_rule_is_read_again_and_removed_and_what_else_is_there_stays() {
    let case = Case::new(
        "# mine\n[[rule]] # about pushing\ndecision = \"deny\"\nprefix = [\"git\", \"push\"]\nproject = \"/p\"\n",
    );
    let file = case.file();
    let mut rule = allow(&["cargo", "test"]);
    rule.examples = vec!["cargo test -p x && ls".to_owned()];
    file.add(&rule).unwrap();
    file.add(&rule).unwrap();
    let saved = file.load().unwrap();
    assert_eq!(saved.len(), 2, "the same rule is there once: {saved:?}");
    assert_eq!(saved[1], rule);
    assert!(case.text().starts_with("# mine\n[[rule]] # about pushing\n"), "{}", case.text());
    file.remove(&rule.id()).unwrap();
    assert_eq!(file.load().unwrap().len(), 1);
    assert_eq!(
        file.remove(&rule.id()).unwrap_err().to_string(),
        format!("there is no rule `{}`; `countersign rules list` shows them", rule.id())
    );
    let mode = fs::metadata(case.dir.path().join("rules.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn b15_what_is_wrong_with_the_file_is_said_with_its_line() {
    let rule = |more: &str| format!("\n[[rule]]\ndecision = \"allow\"\nproject = \"/p\"\n{more}\n");
    for (text, error) in [
        ("rules".to_owned(), "HOME/rules.toml:1: key with no value, expected `=`"),
        (
            rule("prefix = [\"cargo\"]\nexamples = [\"cargo test\", \"make\"]"),
            "HOME/rules.toml:2: the example `make` is not what the rule is about",
        ),
        (
            rule("prefix = [\"cargo\"]\nexamples = [\"cargo test && make\"]"),
            "HOME/rules.toml:2: the example `cargo test && make` is not what the rule is about",
        ),
        (
            rule("prefix = [\"cargo\"]\nnot_examples = [\"cargo publish\"]"),
            "HOME/rules.toml:2: the rule is about `cargo publish`, which its not_examples exclude",
        ),
        (rule("prefix = []"), "HOME/rules.toml:2: the rule has no words"),
        (
            rule("prefix = [\"sudo\", \"make\"]"),
            "HOME/rules.toml:2: `sudo` runs whatever it is given; allow the program it is to run",
        ),
        (
            rule("prefix = [\"python3\", \"-u\"]"),
            "HOME/rules.toml:2: `python3 -u` runs whatever it is given; name the file or module too",
        ),
    ] {
        assert_eq!(Case::new(&text).error(), error);
    }
    assert!(
        Case::new(&rule("prefix = [\"a\"]\nsandbox = false")).error().contains("unknown field `sandbox`")
    );
}

#[test]
fn b15_rules_that_cannot_be_read_are_not_written_over_and_everything_is_asked() {
    let case = Case::new("[[rule]]\ndecision = \"deny\"\n");
    assert!(case.file().add(&allow(&["cargo", "test"])).is_err());
    assert_eq!(case.text(), "[[rule]]\ndecision = \"deny\"\n");
    let (rules, error) = case.file().for_session(Path::new("/p"));
    assert!(error.is_some());
    let judged = |words: &[&str]| {
        rules.classify(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), Path::new("/p"))
    };
    assert!(
        matches!(judged(&["cargo", "test"]), ClassifiedCommand::Asks(why) if why.contains("rules.toml:1"))
    );
    assert_eq!(judged(&["ls"]), ClassifiedCommand::Silent);
}

#[test]
fn b15_rules_count_in_their_project_and_beneath_it() {
    let case = Case::new("");
    case.file().add(&allow(&["cargo", "test"])).unwrap();
    let argv = ["cargo".to_owned(), "test".to_owned()];
    for (session, command, expected) in [
        ("/p", "/p", true),
        ("/p/sub", "/p/sub", true),
        ("/p", "/p/sub", true),
        ("/p", "/other", false),
        ("/p", "/p/../other", false),
        ("/pq", "/pq", false),
    ] {
        let (rules, error) = case.file().for_session(Path::new(session));
        assert!(error.is_none());
        let allowed = rules.classify(&argv, Path::new(command))
            == ClassifiedCommand::Allowed { without_sandbox: false };
        assert_eq!(allowed, expected, "{session} {command}");
    }
}

#[test]
fn b15_a_rule_that_was_removed_is_put_back_where_it_was_with_what_was_written_around_it() {
    let text = "# first\n[[rule]]\ndecision = \"deny\"\nprefix = [\"git\", \"push\"]\nproject = \"/p\"\n\n# second\n[[rule]] # careful\n\
                decision = \"ask\"\nprefix = [\"make\"]\nproject = \"/p\"\nexamples = [\"make all\"]\n\n[[rule]]\ndecision = \"allow\"\nprefix \
                = [\"ls\"]\nproject = \"/p\"\n";
    let case = Case::new(text);
    let file = case.file();
    let second = file.load().unwrap()[1].clone();
    let removed = file.remove(&second.id()).unwrap();
    assert!(!case.text().contains("make"), "{}", case.text());
    file.restore(&removed).unwrap();
    assert_eq!(case.text(), text);
    file.restore(&removed).unwrap();
    assert_eq!(case.text(), text, "it is there once");
}

#[test]
fn b15_a_draft_is_the_rule_that_is_saved_to_the_letter() {
    let case = Case::new("");
    let draft = |command, examples: &[&str], not_examples: &[&str]| {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (examples, not_examples) = (owned(examples), owned(not_examples));
        Draft {
            decision: RuleDecision::Allow,
            command,
            without_sandbox: false,
            examples: &examples,
            not_examples: &not_examples,
        }
        .rule(Path::new("/p"))
    };
    let rule = draft("make 'my target'", &["make 'my target' -j2", " "], &["make all"]).unwrap();
    assert_eq!(rule.prefix, ["make", "my target"]);
    case.file().add(&rule).unwrap();
    assert_eq!(case.text(), rule.text());
    assert_eq!(case.file().load().unwrap(), std::slice::from_ref(&rule));
    let samples: Vec<_> =
        samples(&rule, "make 'my target'").into_iter().map(|each| (each.command, each.covered)).collect();
    let covered = |command: &str| samples.iter().find(|each| each.0 == command).map(|each| each.1);
    assert_eq!(covered("make 'my target' anything"), Some(true));
    assert_eq!(covered("make 'my target' && ls"), Some(true));
    assert_eq!(covered("make 'my target' && curl example.com"), Some(false));
    assert_eq!(covered("make 'my target' > file"), Some(false));

    for (refused, why) in [
        (draft("make all && rm x", &[], &[]), "a rule is about one command"),
        (draft("make all", &["make"], &[]), "the example `make` is not what the rule is about"),
        (draft("make", &[], &["make all"]), "the rule is about `make all`"),
        (draft("sudo make", &[], &[]), "`sudo` runs whatever it is given"),
    ] {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
