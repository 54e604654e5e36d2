//! The file of the person's rules.

use config::Home;
use engine::Rules;
use engine::rules::{ClassifiedCommand, check};
use protocol::{CommandRule, RuleDecision};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// A rule as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedRule {
    /// Decision on the commands it is about.
    pub decision: RuleDecision,
    /// The words they begin with.
    pub prefix: Vec<String>,
    /// The folder it is for, absolute.
    pub project: PathBuf,
    /// Whether they run without the sandbox.
    #[serde(default)]
    pub without_sandbox: bool,
    /// Commands it must be about, as one would type them; checked whenever the file is read.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Commands it must not be about.
    #[serde(default)]
    pub not_examples: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default)]
    rule: Vec<Spanned<SavedRule>>,
}

/// Reason that the rules could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The file cannot be read or written.
    #[error("the rules in {} could not be {what}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// "read" or "written".
        what: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// Its content is wrong.
    #[error("{}:{line}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// The fault.
        message: String,
    },
    /// The rule is wrong in itself.
    #[error("this rule cannot be saved: {0}")]
    Rule(String),
    /// There is no such rule.
    #[error("there is no rule `{0}`; `countersign rules list` shows them")]
    Unknown(String),
}

/// A rule that was taken out, with whatever a person wrote around it.
#[derive(Clone, Debug)]
pub struct RemovedRule {
    id: String,
    /// Where each of its tables stood among the others; more than one where a person wrote the rule twice.
    tables: Vec<(usize, Table)>,
}

/// The file of the rules. Opens it for each thing asked of it.
#[derive(Clone, Debug)]
pub struct RulesFile {
    path: PathBuf,
}

impl RemovedRule {
    /// Returns the rule's id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl SavedRule {
    /// Makes a rule without examples.
    pub fn new(rule: CommandRule) -> Self {
        let CommandRule { decision, prefix, project, without_sandbox } = rule;
        Self { decision, prefix, project, without_sandbox, examples: Vec::new(), not_examples: Vec::new() }
    }

    /// Returns the rule without its examples.
    pub fn rule(&self) -> CommandRule {
        CommandRule {
            decision: self.decision,
            prefix: self.prefix.clone(),
            project: self.project.clone(),
            without_sandbox: self.without_sandbox,
        }
    }

    /// Names it: the same for the same rule, whatever else is in the file.
    pub fn id(&self) -> String {
        // strings, a path and a flag always serialise; were they ever not to, the rule could not be named, nor removed by mistake
        let bytes = serde_json::to_vec(&self.rule()).unwrap_or_default();
        hex::encode(&Sha256::digest(bytes)[..4])
    }

    /// As it stands in the file.
    pub fn text(&self) -> String {
        let mut tables = ArrayOfTables::new();
        tables.push(self.table());
        let mut document = DocumentMut::new();
        document.insert("rule", Item::ArrayOfTables(tables));
        document.to_string()
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.insert("decision", value(self.decision.name()));
        table.insert("prefix", words(&self.prefix));
        table.insert("project", value(self.project.to_string_lossy().into_owned()));
        if self.without_sandbox {
            table.insert("without_sandbox", value(true));
        }
        for (key, examples) in [("examples", &self.examples), ("not_examples", &self.not_examples)] {
            if !examples.is_empty() {
                table.insert(key, words(examples));
            }
        }
        table
    }

    /// Reports whether the rule is about a command, as one would type it, by itself.
    pub fn is_about(&self, command: &str) -> bool {
        Rules::new(vec![self.rule()]).classify(&typed(command), &self.project) != ClassifiedCommand::Silent
    }

    /// Checks that the rule can be used; the error names the fault.
    pub fn check(&self) -> Result<(), String> {
        check(&self.rule())?;
        if let Some(example) = self.examples.iter().find(|example| !self.is_about(example)) {
            return Err(format!("the example `{example}` is not what the rule is about"));
        }
        match self.not_examples.iter().find(|example| self.is_about(example)) {
            Some(example) => Err(format!("the rule is about `{example}`, which its not_examples exclude")),
            None => Ok(()),
        }
    }
}

impl RulesFile {
    /// Names the file in the app's home.
    pub fn new(home: &Home) -> Self {
        Self { path: home.rules_file() }
    }

    /// Returns all rules, in the file's order; none when there is no file.
    pub fn load(&self) -> Result<Vec<SavedRule>, RulesError> {
        self.parse(&self.text()?)
    }

    /// Returns the rules that count for a session in `cwd`, and the fault of the file when it has one.
    pub fn for_session(&self, cwd: &Path) -> (Rules, Option<RulesError>) {
        match self.load() {
            Ok(rules) => {
                let mine = rules.into_iter().filter(|rule| cwd.starts_with(&rule.project));
                (Rules::new(mine.map(|rule| rule.rule()).collect()), None)
            }
            Err(error) => (Rules::unreadable(error.to_string()), Some(error)),
        }
    }

    /// Saves a rule. One that says the same of the same commands is replaced.
    pub fn add(&self, rule: &SavedRule) -> Result<(), RulesError> {
        rule.check().map_err(RulesError::Rule)?;
        self.change(|rules| {
            rules.retain(|table| named(table).as_ref() != Some(&rule.id()));
            rules.push(rule.table());
            Ok(())
        })
    }

    /// Removes a rule by its id; gives what [`RulesFile::restore`] puts back.
    pub fn remove(&self, id: &str) -> Result<RemovedRule, RulesError> {
        let mut removed = RemovedRule { id: id.to_owned(), tables: Vec::new() };
        self.change(|rules| {
            let found = rules.iter().enumerate().filter(|(_, table)| named(table).as_deref() == Some(id));
            removed.tables = found.map(|(at, table)| (at, table.clone())).collect();
            rules.retain(|table| named(table).as_deref() != Some(id));
            if removed.tables.is_empty() { Err(RulesError::Unknown(id.to_owned())) } else { Ok(()) }
        })?;
        Ok(removed)
    }

    /// Puts a rule back as it stood, unless the same has been saved since.
    pub fn restore(&self, removed: &RemovedRule) -> Result<(), RulesError> {
        self.change(|rules| {
            if rules.iter().any(|table| named(table).as_ref() == Some(&removed.id)) {
                return Ok(());
            }
            let mut tables: Vec<Table> = rules.iter().cloned().collect();
            for (at, table) in &removed.tables {
                let mut table = table.clone();
                // its old place may be another's now
                table.set_position(None);
                tables.insert((*at).min(tables.len()), table);
            }
            rules.clear();
            for table in tables {
                rules.push(table);
            }
            Ok(())
        })
    }

    /// Changes the tables of the file, whatever else a person wrote in it, and replaces it whole.
    fn change(
        &self,
        with: impl FnOnce(&mut ArrayOfTables) -> Result<(), RulesError>,
    ) -> Result<(), RulesError> {
        let write = |source| RulesError::Io { path: self.path.clone(), what: "written", source };
        let _held = self.lock().map_err(write)?;
        let text = self.text()?;
        // what cannot be read is not written over
        self.parse(&text)?;
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            let line = error.span().map_or(1, |span| line_of(&text, span.start));
            self.invalid(line, error.message().to_owned())
        })?;
        let rules = document.entry("rule").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let Some(tables) = rules.as_array_of_tables_mut() else {
            return Err(self.invalid(1, "rules are written as [[rule]] tables".to_owned()));
        };
        with(tables)?;
        self.replace(&document.to_string()).map_err(write)
    }

    fn text(&self) -> Result<String, RulesError> {
        let read = config::regular_file::read(&self.path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
        });
        match read {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(RulesError::Io { path: self.path.clone(), what: "read", source }),
        }
    }

    fn parse(&self, text: &str) -> Result<Vec<SavedRule>, RulesError> {
        let contents: Contents = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            self.invalid(line, error.message().to_owned())
        })?;
        for rule in &contents.rule {
            rule.get_ref().check().map_err(|why| self.invalid(line_of(text, rule.span().start), why))?;
        }
        Ok(contents.rule.into_iter().map(Spanned::into_inner).collect())
    }

    fn invalid(&self, line: usize, message: String) -> RulesError {
        RulesError::Invalid { path: self.path.clone(), line, message }
    }

    /// Held by whoever changes the file: two windows may save a rule at the same moment.
    fn lock(&self) -> io::Result<File> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(self.path.with_extension("lock"))?;
        file.lock()?;
        Ok(file)
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(beside, &self.path)
    }
}

/// Returns the id of the rule in a table.
fn named(table: &Table) -> Option<String> {
    let rule: SavedRule = toml_edit::de::from_document(DocumentMut::from(table.clone())).ok()?;
    Some(rule.id())
}

/// Returns a command as one types it in the form that the agent would run it in.
pub fn typed(command: &str) -> Vec<String> {
    ["bash", "-lc", command].map(str::to_owned).to_vec()
}

fn words(words: &[String]) -> Item {
    value(words.iter().collect::<toml_edit::Array>())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
