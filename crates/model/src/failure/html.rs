//! Pages of HTML where a vendor's error was expected: those of proxies, gateways and captive portals.

/// Returns the words of a page, its title first, as one line; `None` for what is no page or has no words.
pub(super) fn words(page: &str) -> Option<String> {
    if !page.trim_start().starts_with('<') {
        return None;
    }
    let title = element(page, "title").map(|title| plain(&title)).unwrap_or_default();
    let body = element(page, "body").unwrap_or_else(|| page.to_owned());
    let body = ["head", "title", "script", "style", "svg", "noscript"].into_iter().fold(body, without);
    let body = plain(&body);
    let text = match (title.is_empty(), body.is_empty()) {
        (true, _) => body,
        (false, true) => title,
        (false, false) if body.starts_with(&title) => body,
        (false, false) => format!("{title}: {body}"),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Returns the content of the first element of a name, which may lack its end.
fn element(page: &str, name: &str) -> Option<String> {
    let (from, to) = bounds(page, name)?;
    let inner = &page[from..to];
    let begun = inner.find('>')? + 1;
    let content = &inner[begun..];
    let end = content.to_ascii_lowercase().rfind(&format!("</{name}")).unwrap_or(content.len());
    Some(content[..end].to_owned())
}

/// Removes every element of a name.
fn without(mut page: String, name: &str) -> String {
    while let Some((from, to)) = bounds(&page, name) {
        page.replace_range(from..to, " ");
    }
    page
}

/// Returns where the first element of a name begins and ends.
fn bounds(page: &str, name: &str) -> Option<(usize, usize)> {
    let lower = page.to_ascii_lowercase();
    let open = format!("<{name}");
    let from = lower.match_indices(&open).map(|(at, _)| at).find(|at| {
        let next = lower.as_bytes().get(at + open.len());
        next.is_none_or(|next| !next.is_ascii_alphanumeric())
    })?;
    let close = format!("</{name}");
    let to = lower[from..].find(&close).map_or(page.len(), |at| {
        let at = from + at;
        lower[at..].find('>').map_or(page.len(), |end| at + end + 1)
    });
    Some((from, to))
}

/// Returns the text of markup, its spaces joined.
fn plain(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        text.push(' ');
        rest = match rest[at..].find('>') {
            Some(end) => &rest[at + end + 1..],
            None => "",
        };
    }
    text.push_str(rest);
    let named = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&middot;", "·"),
        ("&amp;", "&"),
    ];
    let text = named.into_iter().fold(text, |text, (name, meant)| text.replace(name, meant));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b8_a_page_is_told_by_its_words() {
        for (page, want) in [
            (
                "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>b{}</style></head>\
                 <body><center><h1>502 Bad Gateway</h1></center><hr><script>x<y</script>nginx</body></html>",
                Some("502 Bad Gateway nginx"),
            ),
            ("<html><head><title>Access &amp; denied</title></head></html>", Some("Access & denied")),
            ("<HTML><TITLE>Blocked</TITLE><BODY>\n<p>by <b>policy</b>", Some("Blocked: by policy")),
            ("<p>no title", Some("no title")),
            ("<body", None),
            ("<", None),
            ("plain", None),
        ] {
            assert_eq!(words(page).as_deref(), want, "{page}");
        }
    }
}
