//! Hunks of which lines are left out.

use super::*;
use protocol::PartialHunk;

#[test]
fn lines_that_are_left_out_stay_with_what_they_end_in_and_the_rest_is_written() {
    let world = World::new(&[("a.txt", "0\n1\r\n2\r\n3\n")]);
    let proposal = world.verify("*** Update File: a.txt\n 0\n-1\n-2\n+one\n+two\n 3").unwrap();
    let id = HunkId::new(0, 0);
    let only = |left_out: &[u32]| HunkSelection {
        accepted: vec![id.clone()],
        partial: vec![PartialHunk { id: id.clone(), left_out: left_out.to_vec() }],
        ..HunkSelection::default()
    };
    let hunk = &proposal.files[0].hunks[0];
    assert_eq!(hunk.marked_lines().iter().map(|line| line.mark).collect::<String>(), " --++ ", "{hunk:?}");
    // the first line stays, and the first new one is not put in
    assert_eq!(
        world.write(&proposal, Some(&only(&[1, 3]))),
        PatchWriteResult::Written(vec![HunkOutcome::Edited { id, new_text: "1\ntwo".to_owned() }])
    );
    assert_eq!(world.read("a.txt").unwrap(), "0\n1\r\ntwo\r\n3\n");
}

#[test]
fn a_line_left_out_that_leaves_one_empty_line_leaves_it() {
    let world = World::new(&[("a.txt", "0\n1\n2\n")]);
    let proposal = world.verify("*** Update File: a.txt\n 0\n-1\n+\n+x\n 2").unwrap();
    let id = HunkId::new(0, 0);
    let partial = vec![PartialHunk { id: id.clone(), left_out: vec![3] }];
    let selection = HunkSelection { accepted: vec![id], partial, ..HunkSelection::default() };
    assert!(matches!(world.write(&proposal, Some(&selection)), PatchWriteResult::Written(_)));
    assert_eq!(world.read("a.txt").unwrap(), "0\n\n2\n");
}
