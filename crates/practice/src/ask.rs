//! Requests a person makes of the practice model, read by a few plain rules.

use super::rename::Names;

/// Said when it is asked for anything it cannot do.
/// Answer to a question on the side.
pub(super) const NO_SIDE_QUESTIONS: &str = "I am the practice model: I play prepared tasks and answer no questions. Choose a \
    model in settings to ask one.";

pub(super) const INTRODUCTION: &str = "I am the practice model. There is no language model behind me: I follow a few \
    written rules, so that you can try Countersign without a key. Everything around me is real, though. My commands run \
    in the same sandbox, and my patches go through the same review, as those of any model.\n\nThis is what I can do:\n\n\
    - In the sample project: `fix the failing test` and `add a total to the report`\n\
    - In any folder: `rename OLD to NEW` renames a word everywhere, or in one place with `rename OLD to NEW in src`\n\
    - In any folder: `list the todos` and `what is in here`\n\n\
    For anything else, choose a model in settings: one with a key, or one that runs on this machine.";

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Fix the failing test of the sample.
    FixTests,
    /// Add a total to the sample's report.
    AddTotal,
    /// Rename a word everywhere.
    Rename(Names),
    /// List what is marked as to be done.
    Todos,
    /// Say what is in the folder.
    Survey,
    /// The last thing, once more.
    Again,
    /// Something known, but not in a way that can be done; what to answer.
    Unclear(String),
    /// Anything else.
    Other,
}

/// Reads a message.
pub(super) fn read(message: &str) -> Ask {
    let lower = message.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if has(&["rename"]) {
        return rename(message);
    }
    if has(&["todo", "todos", "fixme", "fixmes"]) {
        return Ask::Todos;
    }
    if has(&["fix", "repair"]) && has(&["test", "tests"]) {
        return Ask::FixTests;
    }
    if has(&["total", "sum"]) && has(&["add", "report", "show", "print"]) {
        return Ask::AddTotal;
    }
    let surveys =
        ["what is in here", "what s in here", "what is here", "what is this", "overview", "look around"];
    let plain = words.join(" ");
    if surveys.iter().any(|survey| plain.contains(survey)) {
        return Ask::Survey;
    }
    let again = [
        "again",
        "once more",
        "try again",
        "retry",
        "continue",
        "go on",
        "go ahead",
        "please continue",
        "resume",
    ];
    if again.contains(&plain.as_str()) { Ask::Again } else { Ask::Other }
}

/// "rename OLD to NEW [in PLACE]", with quotes and a few filler words allowed.
fn rename(message: &str) -> Ask {
    let fillers = [
        "the",
        "function",
        "variable",
        "type",
        "struct",
        "class",
        "method",
        "constant",
        "word",
        "everywhere",
    ];
    let bare = |word: &str| {
        let word = word.trim_matches(['`', '"', '\'', '“', '”', ',', ';', '!', '?', ':']);
        word.trim_end_matches('.').trim_matches(['`', '"', '\'']).trim_end_matches("()").to_owned()
    };
    let words: Vec<String> = message.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    let mut rest = words
        .iter()
        .skip_while(|word| !word.eq_ignore_ascii_case("rename"))
        .skip(1)
        .filter(|word| !fillers.contains(&word.to_lowercase().as_str()));
    let (Some(old), Some(link), Some(new)) = (rest.next(), rest.next(), rest.next()) else {
        return unclear("I need two names");
    };
    if !["to", "as", "into", "->", "=>", "→"].contains(&link.to_lowercase().as_str()) {
        return unclear("I did not find the two names");
    }
    for name in [old, new] {
        if !is_name(name) {
            return unclear(&format!("`{name}` is not a name I can search for as a word"));
        }
    }
    if old == new {
        return unclear("both names are the same");
    }
    let place = match (rest.next().map(|word| word.to_lowercase()).as_deref(), rest.next()) {
        (Some("in" | "under" | "below"), Some(place)) => Some(place.as_str()),
        _ => None,
    };
    let place = place
        .filter(|place| !matches!(*place, "." | "here" | "this"))
        .map(|place| place.trim_end_matches('/'));
    if place.is_some_and(|place| {
        place.is_empty() || place.starts_with('-') || place.contains(|c: char| c.is_control())
    }) {
        return unclear("I did not understand where");
    }
    Ask::Rename(Names { old: old.clone(), new: new.clone(), place: place.map(str::to_owned) })
}

fn unclear(why: &str) -> Ask {
    Ask::Unclear(format!(
        "{why}. Say it like this: `rename old_name to new_name`, or `rename old_name to new_name in src`. A name is made \
         of letters, digits, `_` and `-`, and does not begin with a digit."
    ))
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && text.chars().count() <= 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rename(message: &str, old: &str, new: &str, place: Option<&str>) {
        let names = Names { old: old.to_owned(), new: new.to_owned(), place: place.map(str::to_owned) };
        assert_eq!(read(message), Ask::Rename(names), "{message}");
    }

    #[test]
    fn reads_renames() {
        check_rename("rename foo to bar", "foo", "bar", None);
        check_rename(
            "Please rename the function `minutes_of()` to `to_minutes()`.",
            "minutes_of",
            "to_minutes",
            None,
        );
        check_rename("Rename Größe into Umfang in src/geometry/", "Größe", "Umfang", Some("src/geometry"));
        check_rename("rename main-color -> accent-color everywhere", "main-color", "accent-color", None);
        check_rename("rename \"to\" to \"into\"", "to", "into", None);
        for message in [
            "rename",
            "rename foo",
            "rename a.b to c",
            "rename foo to foo",
            "rename x to 1y",
            "rename x to y in -rf",
        ] {
            assert!(matches!(read(message), Ask::Unclear(_)), "{message}");
        }
    }

    #[test]
    fn every_suggested_prompt_is_understood() {
        let anywhere: Vec<Ask> = super::super::PROMPTS_ANYWHERE.iter().map(|prompt| read(prompt)).collect();
        assert!(matches!(anywhere.as_slice(), [Ask::Survey, Ask::Todos, Ask::Rename(_)]), "{anywhere:?}");
        let asks: Vec<Ask> = super::super::SUGGESTED_PROMPTS.iter().map(|prompt| read(prompt)).collect();
        let [Ask::FixTests, Ask::AddTotal, Ask::Rename(_), Ask::Todos, Ask::Survey] = asks.as_slice() else {
            panic!("{asks:?}")
        };
    }

    #[test]
    fn reads_the_rest() {
        assert_eq!(read("what's in here?"), Ask::Survey);
        assert_eq!(read("Try again!"), Ask::Again);
        assert_eq!(read("Write me a compiler"), Ask::Other);
        assert_eq!(read(""), Ask::Other);
        assert_eq!(read("what is the prefix of latest?"), Ask::Other);
    }
}
