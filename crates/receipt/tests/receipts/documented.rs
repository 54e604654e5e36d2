//! The example of `docs/receipt.md` is a receipt.

use crate::story::{PersonAnswer, Story, key, proposal, state, strings};
use protocol::{HunkId, HunkOutcome, ReviewDecision};
use receipt::{SealStatus, verify};

const DOCUMENT: &str = include_str!("../../../../docs/receipt.md");

#[test]
fn the_documented_example_is_what_is_written() {
    let (before, after) = ("fn end(&self) {\n    self.end\n}\n", "fn end(&self) {\n    self.end + 1\n}\n");
    let mut story = Story::new();
    story.task("Fix the range test");
    let patch = proposal("src/range.rs", Some(before), Some(after));
    let viewed = Some(vec![HunkId::new(0, 0)]);
    story.ask("c1", &patch, ReviewDecision::Approved, PersonAnswer { viewed, ..PersonAnswer::default() });
    let outcomes = vec![HunkOutcome::Written { id: HunkId::new(0, 0) }];
    story.write("c1", "src/range.rs", (state(before), state(after)), outcomes);
    story.run("c2", &["cargo", "test"], vec![strings(&["cargo", "test"])], &[]);
    story.end_task();
    let text = story.signed(7);
    assert_eq!(verify(text.as_bytes()).unwrap().seal, SealStatus::Signed(key(7)));
    let shown = DOCUMENT.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(shown, text, "the example of docs/receipt.md has to be\n{text}");
}
