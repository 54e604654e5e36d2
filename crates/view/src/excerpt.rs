//! Texts cut to a size, for whoever reads only so much.

/// Returns the lines of a text that fit into so many bytes, and after them how many are left out.
pub fn first_lines(text: &str, max_bytes: usize) -> String {
    if text.len() <= max_bytes {
        return text.to_owned();
    }
    let fits = text.split_inclusive('\n').scan(0, |bytes, line| {
        *bytes += line.len();
        (*bytes <= max_bytes).then_some(*bytes)
    });
    let end = fits.last().unwrap_or(0);
    let left_out = text[end..].lines().count();
    let lines = if left_out == 1 { "line" } else { "lines" };
    format!("{}[{left_out} more {lines} left out]\n", &text[..end])
}

/// Joins texts within so many bytes, beside the notes of what is left out: each has its share, and leaves what it does not need to
/// larger ones.
pub fn joined_within(texts: &[String], max_bytes: usize) -> String {
    let mut by_size: Vec<_> = texts.iter().map(String::len).enumerate().collect();
    by_size.sort_by_key(|(_, size)| *size);
    let (mut shares, mut left) = (vec![0; texts.len()], max_bytes);
    for (done, (at, size)) in by_size.into_iter().enumerate() {
        let share = size.min(left / (texts.len() - done));
        shares[at] = share;
        left -= share;
    }
    texts.iter().zip(shares).map(|(text, share)| first_lines(text, share)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(first_lines("a\nb\nc\n", 6), "a\nb\nc\n");
        assert_eq!(first_lines("a\nb\nc\n", 5), "a\nb\n[1 more line left out]\n");
        assert_eq!(first_lines("a\nb\nc", 1), "[3 more lines left out]\n");
    }

    #[test]
    fn a_large_text_takes_what_small_ones_leave() {
        let texts = ["a\n".repeat(10), "b\n".repeat(1000), "c\n".repeat(1000)];
        let text = joined_within(&texts, 420);
        let count = |line: &str| text.lines().filter(|other| *other == line).count();
        assert_eq!((count("a"), count("b"), count("c")), (10, 100, 100), "{text}");
        assert_eq!(joined_within(&texts, 1_000_000), texts.concat());
    }

    proptest! {
        #[test]
        fn texts_stay_within_their_bound_and_are_not_changed(
            texts in proptest::collection::vec("\\PC{0,40}(\n\\PC{0,40}){0,20}", 0..8),
            max in 0usize..2000,
        ) {
            let note = "[999 more lines left out]\n".len();
            prop_assert!(joined_within(&texts, max).len() <= max + texts.len() * note);
            for text in &texts {
                let cut = first_lines(text, max);
                let kept = cut.rfind('[').filter(|_| cut != *text).map_or(cut.as_str(), |at| &cut[..at]);
                prop_assert!(text.starts_with(kept));
            }
        }
    }
}
