//! Names of calls on the wires whose servers leave them out, or give the same one twice.
//!
//! A call that comes over such a wire is named by nine characters of our own, eight for the answer it came in and one for its
//! place there, and after a colon by the server's own name, if it has one. So a name is unique in a session, and it can be
//! seen which calls were made in one answer: those go back as one message, and what was sent once never changes later.
//! Some models write better calls when they find their own names again, which is why those are kept.

use protocol::CallId;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ANSWER_CHARS: usize = 8;
const TAG_CHARS: usize = ANSWER_CHARS + 1;

/// Names the calls of one answer.
#[derive(Debug)]
pub(super) struct Namer {
    answer: String,
    calls: usize,
}

impl Namer {
    /// A namer for a new answer.
    pub(super) fn new() -> Self {
        // the low half of such an id is random
        Self::of(uuid::Uuid::now_v7().as_u64_pair().1)
    }

    fn of(mut seed: u64) -> Self {
        let mut answer = String::with_capacity(ANSWER_CHARS);
        for _ in 0..ANSWER_CHARS {
            answer.push(digit(seed));
            seed /= 36;
        }
        Self { answer, calls: 0 }
    }

    /// The name of the next call, which the server names so.
    pub(super) fn name(&mut self, servers: Option<&str>) -> CallId {
        let place = self.calls % DIGITS.len();
        if self.calls > 0 && place == 0 {
            *self = Self { calls: self.calls, ..Self::new() };
        }
        self.calls += 1;
        let tag = format!("{}{}", self.answer, digit(place as u64));
        CallId(match servers {
            Some(id) if !id.is_empty() => format!("{tag}:{id}"),
            _ => tag,
        })
    }
}

fn digit(number: u64) -> char {
    let at = usize::try_from(number % DIGITS.len() as u64).unwrap_or(0);
    char::from(DIGITS[at])
}

/// Reports whether two calls were made in one answer.
pub(super) fn same_answer(one: &CallId, other: &CallId) -> bool {
    match (split(one), split(other)) {
        (Some((one, _)), Some((other, _))) => one[..ANSWER_CHARS] == other[..ANSWER_CHARS],
        _ => false,
    }
}

/// The part of a name that is our own; all of it when another wire gave it.
pub(super) fn own(id: &CallId) -> &str {
    split(id).map_or(id.as_str(), |(tag, _)| tag)
}

fn split(id: &CallId) -> Option<(&str, Option<&str>)> {
    let (tag, rest) = id.as_str().split_at_checked(TAG_CHARS)?;
    if !tag.bytes().all(|byte| DIGITS.contains(&byte)) {
        return None;
    }
    match rest.strip_prefix(':') {
        Some(servers) => Some((tag, Some(servers))),
        None => rest.is_empty().then_some((tag, None)),
    }
}

/// The names that go into one request: a server's own where it is the first of that name, ours elsewhere.
#[derive(Debug, Default)]
pub(super) struct Sent<'a> {
    names: HashMap<&'a CallId, String>,
    taken: HashSet<String>,
    /// Whether a name is nine letters and digits, as Mistral has it.
    nine: bool,
}

impl<'a> Sent<'a> {
    /// The names in a request to a server that takes none but those of nine letters and digits.
    pub(super) fn of_nine() -> Self {
        Self { nine: true, ..Self::default() }
    }

    /// Under what name a call goes out. `allowed` says which characters the vendor takes in one; the others become `_`.
    pub(super) fn call(&mut self, id: &'a CallId, allowed: impl Fn(char) -> bool) -> &str {
        let (tag, servers) = split(id).unwrap_or((id.as_str(), None));
        let clean = |text: &str| text.chars().map(|c| if allowed(c) { c } else { '_' }).collect::<String>();
        let mut name = clean(servers.unwrap_or(tag));
        if name.is_empty() || self.taken.contains(&name) {
            name = clean(tag);
        }
        while name.is_empty() || self.taken.contains(&name) {
            name = format!("call_{}", self.taken.len());
        }
        if self.nine {
            name = self.nine_of(&name, id);
        }
        self.taken.insert(name.clone());
        let kept = self.names.entry(id).or_default();
        *kept = name;
        kept
    }

    /// The name itself where it is one of nine, else our own, else one made of what the call is called.
    fn nine_of(&self, name: &str, id: &CallId) -> String {
        let fits = |name: &str| {
            name.len() == TAG_CHARS
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !self.taken.contains(name)
        };
        if fits(name) {
            return name.to_owned();
        }
        let own = own(id);
        if fits(own) {
            return own.to_owned();
        }
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let mut seed = hasher.finish();
        loop {
            let mut rest = seed;
            let made: String = (0..TAG_CHARS)
                .map(|_| {
                    let digit = digit(rest);
                    rest /= 36;
                    digit
                })
                .collect();
            if fits(&made) {
                return made;
            }
            seed = seed.wrapping_add(1);
        }
    }

    /// Under what name it went out.
    pub(super) fn output<'b>(&'b self, id: &'b CallId) -> &'b str {
        self.names.get(id).map_or(id.as_str(), String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_its_answer_and_its_place() {
        let mut first = Namer::of(7);
        let (a, b) = (first.name(None), first.name(Some("functions.shell:0")));
        assert_eq!((a.as_str(), b.as_str()), ("700000000", "700000001:functions.shell:0"));
        let c = Namer::of(8).name(Some(""));
        assert!(same_answer(&a, &b) && !same_answer(&b, &c), "{a} {b} {c}");
        assert_eq!((own(&b), own(&"call_Ab".into())), ("700000001", "call_Ab"));
        let foreign: CallId = "call_0123456789".into();
        assert!(!same_answer(&foreign, &foreign), "nothing is known of another wire's");
        let made: HashSet<String> = (0..100).map(|_| first.name(None).0).collect();
        assert_eq!(made.len(), 100);
        assert_ne!(Namer::new().name(None), Namer::new().name(None));
    }

    #[test]
    fn b38_a_name_of_nine_is_made_of_any_other_and_stays_the_same() {
        let ids: Vec<CallId> = ["aaaaaaaa0:call_0", "call_0123456789abcdef", "toolu_01", "D681PevKs", ""]
            .map(CallId::from)
            .into();
        let names = || {
            let mut sent = Sent::of_nine();
            ids.iter().map(|id| sent.call(id, |_| true).to_owned()).collect::<Vec<_>>()
        };
        let made = names();
        assert_eq!((made[0].as_str(), made[3].as_str()), ("aaaaaaaa0", "D681PevKs"));
        assert!(made.iter().all(|name| name.len() == 9 && name.bytes().all(|b| b.is_ascii_alphanumeric())));
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), 5, "{made:?}");
        assert_eq!(names(), made);
    }

    #[test]
    fn a_servers_own_name_goes_back_but_never_twice() {
        let ids: Vec<CallId> =
            ["aaaaaaaa0:call_0", "bbbbbbbb0:call_0", "cccccccc0", "über:1", ""].map(CallId::from).into();
        let mut sent = Sent::default();
        for id in &ids {
            sent.call(id, |c| c.is_ascii_alphanumeric() || c == '_');
        }
        let names: Vec<&str> = ids.iter().map(|id| sent.output(id)).collect();
        assert_eq!(names, ["call_0", "bbbbbbbb0", "cccccccc0", "_ber_1", "call_4"]);
    }
}
