//! Scripts of plain words: what bash, sh and zsh understand alike, and without running anything to understand it. Some words may
//! become others when the script is run; of those it is known what they cannot become.

use super::limits::{MAX_BYTES, MAX_WORDS};
use super::word::{self, ShellWord};
use tree_sitter::{Node, Parser};

/// Most commands of a script.
const MAX_COMMANDS: usize = 32;

/// Most bytes of a script that commands are made out in.
const MAX_SCRIPT: usize = 64 * 1024;

/// Words that bash does not take for the name of a command. The tree sometimes does, where they stand alone.
const RESERVED: [&str; 17] = [
    "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select",
    "then", "time", "until", "while",
];

/// Operator between two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`
    Then,
    /// `|`
    Pipe,
}

/// A script of plain word commands.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PlainScript {
    /// The words of each command, unquoted.
    pub commands: Vec<Vec<String>>,
    /// Operators between the commands, and possibly a last [`Operator::Then`].
    pub operators: Vec<Operator>,
}

/// A script of words of which some are patterns or variables.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReadScript {
    /// The words of each command.
    pub commands: Vec<Vec<ShellWord>>,
    /// Operators between the commands, and possibly a last [`Operator::Then`].
    pub operators: Vec<Operator>,
}

/// The commands of `script`, when it is nothing but plain words, joined by `&& || ; |`. `None` for everything else: expansions,
/// redirections, assignments, groups, comments, several lines, and what does not parse.
pub fn plain(script: &str) -> Option<PlainScript> {
    let ReadScript { commands, operators } = read_script(script, false)?;
    let exact = |words: Vec<ShellWord>| words.into_iter().map(ShellWord::into_exact).collect();
    let commands = commands.into_iter().map(exact).collect::<Option<Vec<Vec<String>>>>()?;
    Some(PlainScript { commands, operators })
}

/// Like [`plain`], where words may also have `*` and `?` in them, begin with `~`, be options with a value (`--since=x`), or name a variable that says nothing about the
/// person but where they are, and where output may go to `/dev/null` or the other stream.
pub fn widened(script: &str) -> Option<ReadScript> {
    read_script(script, true)
}

fn read_script(script: &str, is_widened: bool) -> Option<ReadScript> {
    let script = script.trim_matches([' ', '\n']);
    if script.is_empty() || script.len() > MAX_BYTES || !is_visible(script) {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let tree = parser.parse(script, None)?;
    let root = tree.root_node();
    if root.has_error() {
        return None;
    }
    let mut reader =
        ScriptReader { script, is_widened, end: 0, found: ReadScript::default(), expects_command: true };
    reader.read(root)?;
    let ScriptReader { end, found, expects_command, .. } = reader;
    let complete =
        end == script.len() && (!expects_command || found.operators.last() == Some(&Operator::Then));
    complete.then_some(found)
}

/// The words of every command in `script`, wherever it stands, quotes taken off; what is not plain text stays as it is written.
pub(super) fn extract_commands(script: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut parser = Parser::new();
    if script.len() > MAX_SCRIPT || parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_err() {
        return found;
    }
    let Some(tree) = parser.parse(script, None) else { return found };
    let mut ahead = vec![tree.root_node()];
    while let Some(node) = ahead.pop() {
        let children = || (0..node.child_count()).filter_map(|index| node.child(index));
        if node.kind() == "command" {
            let words = children()
                .filter(|child| !child.kind().contains("assignment"))
                .filter_map(|child| script.get(child.byte_range()).map(unquoted));
            found.push(words.collect());
        }
        ahead.extend(children());
    }
    found
}

/// A word as a shell would pass it on, were there nothing in it to expand.
fn unquoted(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    let mut quote = None;
    let mut ahead = word.chars().peekable();
    while let Some(c) = ahead.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', None) => text.extend(ahead.next()),
            ('\\', Some('"')) => {
                text.push(ahead.next_if(|c| matches!(c, '$' | '`' | '"' | '\\')).unwrap_or('\\'));
            }
            (c, _) => text.push(c),
        }
    }
    text
}

/// Reports whether every character can be seen, a plain space aside: no control, bidirectional, zero-width or
/// other invisible ones, and no space that only looks like one.
pub(crate) fn is_visible(text: &str) -> bool {
    text.chars().all(|c| {
        let is_invisible = matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        );
        c == ' ' || !(is_invisible || c.is_control() || c.is_whitespace())
    })
}

/// Walks the tree in the order of the text. Every byte is accounted for: it belongs to a word or a operator, or is a space between
/// two, so nothing the tree leaves out goes unseen.
struct ScriptReader<'s> {
    script: &'s str,
    is_widened: bool,
    /// Up to where the script was read.
    end: usize,
    found: ReadScript,
    expects_command: bool,
}

impl<'s> ScriptReader<'s> {
    fn read(&mut self, root: Node<'_>) -> Option<()> {
        let mut ahead = vec![root];
        while let Some(node) = ahead.pop() {
            match node.kind() {
                "program" | "list" | "pipeline" => {
                    let children: Vec<Node<'_>> =
                        (0..node.child_count()).filter_map(|index| node.child(index)).collect();
                    ahead.extend(children.into_iter().rev());
                }
                "command" => self.command(node)?,
                "redirected_statement" if self.is_widened => {
                    let children: Vec<Node<'_>> =
                        (0..node.child_count()).filter_map(|index| node.child(index)).collect();
                    // the redirections come after the command, and are of no other one
                    let (command, redirections) = children.split_first()?;
                    if command.kind() != "command" {
                        return None;
                    }
                    self.command(*command)?;
                    for redirection in redirections {
                        self.redirection(*redirection)?;
                    }
                }
                "&&" => self.operator(node, Operator::And)?,
                "||" => self.operator(node, Operator::Or)?,
                ";" => self.operator(node, Operator::Then)?,
                "|" => self.operator(node, Operator::Pipe)?,
                _ => return None,
            }
        }
        Some(())
    }

    fn operator(&mut self, node: Node<'_>, operator: Operator) -> Option<()> {
        if self.expects_command {
            return None;
        }
        self.expects_command = true;
        self.take(node)?;
        self.found.operators.push(operator);
        Some(())
    }

    fn redirection(&mut self, node: Node<'_>) -> Option<()> {
        // a digit that touches the word before it would be a part of that
        if node.kind() != "file_redirect" || node.start_byte() == self.end {
            return None;
        }
        let text = self.take(node)?;
        let rest = text.strip_prefix(['1', '2']).unwrap_or(text);
        let discards = ["/dev/null"].into_iter().any(|null| {
            [">>", ">"]
                .iter()
                .any(|arrow| rest.strip_prefix(arrow).is_some_and(|to| to.trim_matches(' ') == null))
        });
        let joins = matches!(rest, ">&1" | ">&2");
        let reads_nothing = text.strip_prefix('<').is_some_and(|from| from.trim_matches(' ') == "/dev/null");
        (discards || joins || reads_nothing).then_some(())
    }

    fn command(&mut self, node: Node<'_>) -> Option<()> {
        if !self.expects_command || self.found.commands.len() >= MAX_COMMANDS {
            return None;
        }
        self.expects_command = false;
        let mut words = Vec::new();
        for index in 0..node.child_count() {
            let mut part = node.child(index)?;
            if (part.kind() == "command_name") != (index == 0) {
                return None;
            }
            if index == 0 {
                part = (part.child_count() == 1).then(|| part.child(0))??;
                if part.kind() != "word" {
                    return None;
                }
            } else if part.start_byte() == self.end {
                return None;
            }
            if words.len() >= MAX_WORDS {
                return None;
            }
            words.push(self.word(part)?);
        }
        // `%1` is a job
        let ShellWord::Exact(name) = words.first()? else { return None };
        if name.starts_with('%') || RESERVED.contains(&name.as_str()) {
            return None;
        }
        self.found.commands.push(words);
        Some(())
    }

    fn word(&mut self, node: Node<'_>) -> Option<ShellWord> {
        let text = self.take(node)?;
        match node.kind() {
            "word" | "number" => word::unquoted(text, self.is_widened),
            "simple_expansion" | "expansion" | "concatenation" if self.is_widened => {
                word::unquoted(text, true)
            }
            "raw_string" => {
                let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
                (!inner.contains('\'')).then(|| ShellWord::Exact(inner.to_owned()))
            }
            "string" => word::quoted(text.strip_prefix('"')?.strip_suffix('"')?, self.is_widened),
            _ => None,
        }
    }

    /// The node's text; only spaces may stand before it.
    fn take(&mut self, node: Node<'_>) -> Option<&'s str> {
        let before = self.script.get(self.end..node.start_byte())?;
        if before.bytes().any(|byte| byte != b' ') {
            return None;
        }
        self.end = node.end_byte();
        self.script.get(node.byte_range())
    }
}
