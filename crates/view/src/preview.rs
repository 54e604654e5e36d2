//! Previews of commands on their cards.

use crate::row::PreviewCard;
use crate::text::visible_inline;
use protocol::{CommandPreview, PreviewResult};

/// Makes the part of a command's card about its preview.
pub(crate) fn preview_card(preview: &CommandPreview) -> PreviewCard {
    let shown = |text: &String| visible_inline(text.trim_end_matches('.')).into_owned();
    match preview {
        CommandPreview::Possible { last: None, .. } => PreviewCard::Possible,
        CommandPreview::Possible { last: Some(PreviewResult::Unchanged { left_out }), .. } => {
            PreviewCard::Unchanged { left_out: left_out.iter().map(shown).collect() }
        }
        CommandPreview::Possible { last: Some(PreviewResult::Failed { why }), .. } => {
            PreviewCard::Failed { why: shown(why) }
        }
        CommandPreview::Impossible { why } => PreviewCard::Impossible { why: shown(why) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::SandboxPolicy;

    #[test]
    fn the_result_of_a_preview_is_shown_with_nothing_hidden() {
        let after = |last| CommandPreview::Possible { sandbox: SandboxPolicy::workspace_write(), last };
        assert_eq!(preview_card(&after(None)), PreviewCard::Possible);
        let failed = PreviewResult::Failed { why: "a\u{202e}b.".to_owned() };
        assert_eq!(preview_card(&after(Some(failed))), PreviewCard::Failed { why: "a\\u{202e}b".to_owned() });
        let left_out = vec!["pipe: a named pipe".to_owned()];
        let unchanged = PreviewResult::Unchanged { left_out: left_out.clone() };
        assert_eq!(preview_card(&after(Some(unchanged))), PreviewCard::Unchanged { left_out });
    }
}
