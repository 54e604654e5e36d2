//! Syntax colours of what the window shows.

use crate::api::{CodeArgs, CommandError, CommandResult, HunkLinesArgs, LineTokens};
use crate::blocking::blocking;
use crate::host::Host;
use crate::lock::lock;
use crate::token_cache::TokenCache;
use config::regular_file;
use highlight::{Language, ScannedText};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Mutex;
use view::diff::{DiffSide, HunkInFile, SideLines, SidePair};

/// Most lines of one reply.
const MAX_LINES: usize = 500;
/// Largest code block that is coloured, in bytes.
const MAX_CODE_BYTES: usize = 256 * 1024;
/// Largest side of a file that is read from its start, in lines; of a longer one, the lines of the hunk are.
const MAX_TEXT_LINES: usize = 100_000;
impl Host {
    pub(crate) async fn hunk_tokens(&self, args: HunkLinesArgs) -> CommandResult<LineTokens> {
        let hunk = {
            let sessions = self.sessions();
            let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
            let count = (args.count as usize).min(MAX_LINES);
            let of = args.of.hunk_of();
            let mut hunk = open.timeline.hunk_in_file(of, &args.path, &args.hunk, args.from as usize, count);
            if let Some(hunk) = &mut hunk {
                hunk.file = open.files.place_of(&hunk.file);
            }
            hunk
        };
        let hunk = hunk.ok_or_else(|| {
            CommandError::new(format!("this change of {} is not there any more", args.path))
        })?;
        let cache = self.tokens();
        blocking(move || of_hunk(&hunk, &cache)).await
    }

    pub(crate) async fn code_tokens(&self, args: CodeArgs) -> CommandResult<LineTokens> {
        let Some(language) = Language::named(&args.language) else { return Ok(Vec::new()) };
        if args.text.len() > MAX_CODE_BYTES {
            return Ok(Vec::new());
        }
        let cache = self.tokens();
        blocking(move || {
            let lines = SideLines { first: 0, lines: args.text.split('\n').map(str::to_owned).collect() };
            tokens(language, &lines, 0..lines.lines.len(), &cache)
        })
        .await
    }
}

/// The tokens of lines of a hunk, each read on its side of the file.
fn of_hunk(hunk: &HunkInFile, cache: &Mutex<TokenCache>) -> LineTokens {
    let sides = read_sides(hunk);
    let of_side = |side: DiffSide| {
        let text = sides.side(side);
        let numbers = hunk.wanted.iter().filter(|(of, _)| *of == side).map(|(_, number)| *number);
        let (first, end) = (numbers.clone().min()?, numbers.max()? + 1);
        let first_line = text.lines.first().map(String::as_str).unwrap_or_default();
        let language = Language::of_file(&hunk.file, first_line)?;
        let range = first.checked_sub(text.first)?..end.checked_sub(text.first)?;
        Some((first, tokens(language, text, range, cache)))
    };
    let (old, new) = (of_side(DiffSide::Old), of_side(DiffSide::New));
    let of_line = |(side, number): &(DiffSide, usize)| {
        let (first, lines) = match side {
            DiffSide::Old => old.as_ref()?,
            DiffSide::New => new.as_ref()?,
        };
        lines.get(number - first).cloned()
    };
    hunk.wanted.iter().map(|line| of_line(line).unwrap_or_default()).collect()
}

fn read_sides(hunk: &HunkInFile) -> SidePair {
    let bytes = regular_file::read(&hunk.file).unwrap_or_default();
    let sides = hunk.sides(std::str::from_utf8(&bytes).ok());
    if sides.old.lines.len().max(sides.new.lines.len()) > MAX_TEXT_LINES {
        return hunk.own_lines().clone();
    }
    sides
}

/// The tokens of some lines of a text, on from the nearest place that was read before.
fn tokens(
    language: Language,
    text: &SideLines,
    range: Range<usize>,
    cache: &Mutex<TokenCache>,
) -> LineTokens {
    let mut hasher = DefaultHasher::new();
    (language.name(), &text.lines).hash(&mut hasher);
    let key = hasher.finish();
    // taken out while it is read, so that nobody waits for it; who needs the same text meanwhile reads it too
    let mut scanned = lock(cache).take(key).unwrap_or_else(|| ScannedText::new(language));
    let tokens = scanned.tokens(&text.lines, range);
    lock(cache).keep(key, scanned);
    tokens
}
