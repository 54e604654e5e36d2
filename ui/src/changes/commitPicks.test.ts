import { expect, test } from 'vitest';
import type { CommitFile, FileView, HunkView } from '../bindings';
import { CommitPicks } from './commitPicks.svelte';

function file(path: string, status: CommitFile['status'] = 'modified'): CommitFile {
  return { path, status, tracked: true };
}

function changes(path: string, digests: string[], status: FileView['status'] = 'modified'): FileView {
  const hunks = digests.map((digest, at) => ({ id: `${path} ${at}`, digest }) as HunkView);
  return { path, status, hunks } as FileView;
}

/** Two files, one of them with three hunks. */
function picking(): CommitPicks {
  const picks = new CommitPicks();
  picks.setFiles([file('a'), file('b')]);
  picks.setChanges([changes('a', ['1', '2', '3'])]);
  return picks;
}

test('a file is picked whole, by hunk or not at all', () => {
  const picks = picking();
  picks.pickAll(true);
  expect([picks.paths, picks.partial]).toEqual([['a', 'b'], []]);
  picks.pickHunk('a', 1, false);
  expect([picks.extent('a'), picks.extent('b'), picks.count, picks.picksOf('a')]).toEqual(['some', 'all', 2, 2]);
  expect(picks.paths).toEqual(['b']);
  expect(picks.partial).toEqual([{ path: 'a', hunks: [{ at: 0, digest: '1' }, { at: 2, digest: '3' }] }]);
  // all hunks are the whole file, and none is none of it
  picks.pickHunk('a', 1, true);
  expect([picks.extent('a'), picks.partial]).toEqual(['all', []]);
  for (const at of [0, 1, 2]) picks.pickHunk('a', at, false);
  expect([picks.extent('a'), picks.count]).toEqual(['none', 1]);
  picks.pickHunk('a', 2, true);
  expect(picks.partial).toEqual([{ path: 'a', hunks: [{ at: 2, digest: '3' }] }]);
  picks.pick('a', true);
  expect(picks.paths).toEqual(['a', 'b']);
});

test('hunks stay picked when others change, and go with their file', () => {
  const picks = picking();
  picks.pickAll(true);
  picks.pickHunk('a', 0, false);
  picks.setChanges([changes('a', ['new', '1', '3', 'another'])]);
  expect(picks.partial).toEqual([{ path: 'a', hunks: [{ at: 2, digest: '3' }] }]);
  picks.setChanges([changes('a', ['3'])]);
  expect(picks.paths).toEqual(['a', 'b']);
  picks.setFiles([file('b')]);
  expect([picks.paths, picks.count]).toEqual([['b'], 1]);
});

test('what is deleted, moved or no text has no hunks to pick', () => {
  const picks = new CommitPicks();
  picks.setFiles([file('gone', 'deleted'), file('moved', 'added'), file('binary'), file('new', 'added')]);
  picks.setChanges([
    changes('gone', ['1'], 'deleted'),
    changes('moved', ['1'], 'renamed'),
    changes('binary', []),
    changes('new', ['1'], 'added'),
  ]);
  expect(['gone', 'moved', 'binary', 'new', 'none'].map((path) => picks.hunksOf(path).length)).toEqual([0, 0, 0, 1, 0]);
});
