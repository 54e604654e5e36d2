//! Kinds of tokens, and the names that syntaxes give them.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use syntect::parsing::{Scope, ScopeStack};
use ts_rs::TS;

/// Kind of a token, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Token {
    /// Comment.
    Comment,
    /// String, its quotes included.
    String,
    /// Escape in a string, a placeholder, a regular expression's sign.
    Escape,
    /// Number, `true`, `null` and other constants of the language.
    Constant,
    /// Word of the language.
    Keyword,
    /// Type, class, module.
    Type,
    /// Function or macro, where it is defined or called.
    Function,
    /// Attribute or annotation.
    Attribute,
    /// Tag of a markup language.
    Tag,
    /// Key of a mapping, property of a style.
    Property,
    /// Heading of a text.
    Heading,
}

/// Token of a line: its first UTF-16 unit, the one after its last, and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TokenSpan(pub u32, pub u32, pub Token);

/// Beginnings of the names of scopes and the kind they are; `None` is plain text. The longest that fits decides.
const NAMES: &[(&str, Option<Token>)] = &[
    ("comment", Some(Token::Comment)),
    ("punctuation.definition.comment", Some(Token::Comment)),
    ("string", Some(Token::String)),
    ("punctuation.definition.string", Some(Token::String)),
    ("string.unquoted.plain", None),
    ("string.unquoted", None),
    ("constant.character.escape", Some(Token::Escape)),
    ("constant.other.placeholder", Some(Token::Escape)),
    ("string.regexp", Some(Token::Escape)),
    // what is written into a string is code again
    ("meta.interpolation", None),
    ("meta.template.expression", None),
    ("source.shell.embedded", None),
    ("constant", Some(Token::Constant)),
    ("support.constant", Some(Token::Constant)),
    ("variable.language", Some(Token::Constant)),
    ("keyword", Some(Token::Keyword)),
    ("keyword.operator", None),
    ("keyword.operator.word", Some(Token::Keyword)),
    ("keyword.operator.logical.python", Some(Token::Keyword)),
    ("storage", Some(Token::Keyword)),
    ("storage.type.numeric", Some(Token::Constant)),
    ("storage.modifier.lifetime", Some(Token::Attribute)),
    ("entity.name", Some(Token::Type)),
    ("entity.other.inherited-class", Some(Token::Type)),
    ("support.type", Some(Token::Type)),
    ("support.class", Some(Token::Type)),
    ("support.module", Some(Token::Type)),
    ("entity.name.function", Some(Token::Function)),
    ("entity.name.macro", Some(Token::Function)),
    ("support.function", Some(Token::Function)),
    ("support.macro", Some(Token::Function)),
    ("variable.function", Some(Token::Function)),
    ("variable.annotation", Some(Token::Attribute)),
    ("meta.annotation", Some(Token::Attribute)),
    ("meta.attribute-with-value", None),
    ("entity.other.attribute-name", Some(Token::Attribute)),
    ("punctuation.definition.annotation", Some(Token::Attribute)),
    ("entity.name.tag", Some(Token::Tag)),
    // keys: of JSON, YAML, TOML; properties of CSS
    ("meta.mapping.key", Some(Token::Property)),
    ("meta.mapping.key string", Some(Token::Property)),
    ("entity.name.tag.yaml", Some(Token::Property)),
    ("entity.name.tag.toml", Some(Token::Property)),
    ("entity.name.table", Some(Token::Heading)),
    ("support.type.property-name", Some(Token::Property)),
    ("meta.property-name", Some(Token::Property)),
    ("markup.heading", Some(Token::Heading)),
    ("entity.name.section", Some(Token::Heading)),
    ("markup.raw", Some(Token::String)),
    ("markup.underline.link", Some(Token::Attribute)),
];

static SCOPES: LazyLock<Vec<(Scope, Option<Token>)>> = LazyLock::new(|| {
    let scopes = NAMES.iter().filter_map(|(name, token)| Some((Scope::new(name).ok()?, *token)));
    let mut scopes: Vec<_> = scopes.collect();
    scopes.sort_by_key(|(scope, _)| std::cmp::Reverse(scope.len()));
    scopes
});

/// Returns the kind of what has these scopes; the innermost that is known decides.
pub(crate) fn token_of(stack: &ScopeStack) -> Option<Token> {
    let known = |scope: &Scope| {
        SCOPES.iter().find(|(known, _)| known.is_prefix_of(*scope)).map(|(_, token)| (*scope, *token))
    };
    let mut scopes = stack.as_slice().iter().rev();
    let (_, token) = scopes.find_map(known)?;
    // the text of a key is a string inside of a key
    if token == Some(Token::String) && scopes.any(|scope| is_key(*scope)) {
        return Some(Token::Property);
    }
    token
}

fn is_key(scope: Scope) -> bool {
    static KEY: LazyLock<Option<Scope>> = LazyLock::new(|| Scope::new("meta.mapping.key").ok());
    KEY.is_some_and(|key| key.is_prefix_of(scope))
}
