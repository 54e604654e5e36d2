//! Ignored files that are gone, in words.

use crate::text::visible_inline;
use protocol::LostFiles;

/// Files and folders that are named.
const MAX_NAMED: usize = 5;

/// Says how many ignored files are gone, the folders with the most of them by name.
pub fn sentence(lost: &[LostFiles]) -> String {
    let total = lost.iter().fold(0_u32, |total, lost| total.saturating_add(lost.count));
    let mut most: Vec<&LostFiles> = lost.iter().collect();
    most.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.path.cmp(&b.path)));
    let mut named: Vec<String> = most
        .iter()
        .take(MAX_NAMED)
        .map(|lost| match lost.count {
            1 => visible_inline(&lost.path).into_owned(),
            count => format!("{} ({})", visible_inline(&lost.path), grouped(count)),
        })
        .collect();
    if most.len() > MAX_NAMED {
        named.push(format!("{} more", most.len() - MAX_NAMED));
    }
    let (files, are) = if total == 1 { ("file", "is") } else { ("files", "are") };
    format!("{} ignored {files} {are} gone and can't be restored: {}", grouped(total), named.join(", "))
}

/// A number with a comma between thousands.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_with_the_most_files_are_named() {
        let lost = |path: &str, count| LostFiles { path: path.to_owned(), count };
        assert_eq!(sentence(&[lost(".env", 1)]), "1 ignored file is gone and can't be restored: .env");
        let many = [lost("a", 2), lost("data", 1_234_567), lost(".env", 1)];
        assert_eq!(
            sentence(&many),
            "1,234,570 ignored files are gone and can't be restored: data (1,234,567), a (2), .env"
        );
        let more: Vec<_> = (0..7).map(|number| lost(&format!("f{number}"), 1)).collect();
        assert!(sentence(&more).ends_with(": f0, f1, f2, f3, f4, 2 more"));
    }
}
