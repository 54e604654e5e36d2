//! Line endings that git changes when it records a file.

use crate::commit::error::CommitRefusal;
use crate::commit::git::Git;
use std::collections::BTreeSet;

/// Asks git which of the files have CRLF on disk and LF in the index because git takes the CR off: their endings are no change to it.
pub(crate) async fn crlf_on_disk(git: &Git<'_>, paths: &[&str]) -> Result<BTreeSet<String>, CommitRefusal> {
    if paths.is_empty() {
        return Ok(BTreeSet::new());
    }
    let run = git.on(&["--no-optional-locks", "ls-files", "--eol", "-z"], paths).await?;
    if !run.succeeded {
        return Err(CommitRefusal::NotRun { why: run.output });
    }
    let auto = git.line(&["config", "--get", "core.autocrlf"]).await?.unwrap_or_default().to_lowercase();
    let auto = ["true", "yes", "on", "1", "input"].contains(&auto.as_str());
    Ok(parse(&run.stdout, auto))
}

/// Returns a text with the endings it has on disk, of a file whose endings git changes. One that has a CR already is as it is.
pub(crate) fn with_crlf(text: &[u8]) -> Vec<u8> {
    if text.contains(&b'\r') {
        return text.to_owned();
    }
    let mut with_cr = Vec::with_capacity(text.len() + text.len() / 32);
    for byte in text {
        if *byte == b'\n' {
            with_cr.push(b'\r');
        }
        with_cr.push(*byte);
    }
    with_cr
}

/// Reads "i/lf w/crlf attr/text=auto \tPATH\0...". A file without attributes has its endings changed where `auto` says so.
fn parse(text: &str, auto: bool) -> BTreeSet<String> {
    let entries = text.split('\0').filter_map(|entry| {
        let (about, path) = entry.split_once('\t')?;
        let mut words = about.split_whitespace();
        let is_crlf = words.next() == Some("i/lf") && words.next() == Some("w/crlf");
        let is_changed = match words.next()? {
            "attr/" => auto,
            "attr/-text" => false,
            _ => true,
        };
        (is_crlf && is_changed).then(|| path.to_owned())
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_no_change_where_git_takes_them_off() {
        let text = "i/lf    w/crlf  attr/                 \tplain a.txt\0\
                    i/lf    w/crlf  attr/text=auto        \tauto\0\
                    i/lf    w/crlf  attr/text eol=crlf    \twindows.bat\0\
                    i/lf    w/crlf  attr/-text            \tbinary\0\
                    i/crlf  w/crlf  attr/text=auto        \tkept\0\
                    i/lf    w/lf    attr/text eol=crlf    \tunix\0\
                    i/lf    w/mixed attr/text=auto        \tmixed\0";
        let of = |auto| parse(text, auto).into_iter().collect::<Vec<_>>();
        assert_eq!(of(false), ["auto", "windows.bat"]);
        assert_eq!(of(true), ["auto", "plain a.txt", "windows.bat"]);
        assert!(parse("", true).is_empty());
        assert_eq!(with_crlf(b"a\n\nb"), b"a\r\n\r\nb");
        assert_eq!(with_crlf(b"a\r\nb\n"), b"a\r\nb\n");
    }
}
