import { expect, test } from 'vitest';
import type { FileView } from '../bindings';
import { filtered, nextUnread, stepped, steppedFile, type Place } from './cursor';

const file = (path: string, ids: string[]): FileView => ({
  path,
  other_path: null,
  status: 'modified',
  sources: [],
  added: 0,
  removed: 0,
  notes: [],
  marks: [],
  protected: null,
  hunks: ids.map((id) => ({
    id,
    header: '',
    added: 0,
    removed: 0,
    line_count: 0,
    first_change: 0,
    digest: id,
    lines: [],
    new_text: null,
  })),
});
const FILES = [file('src/a.rs', ['0.0', '0.1']), file('logo.png', []), file('src/b.rs', ['2.0'])];
const name = (place: Place | null) => place && `${place.path} ${place.hunk}`;
const at = (path: string, hunk: string | null) => ({ path, hunk });

test('the cursor goes through hunks and files without hunks, and stops at the ends', () => {
  const visited: (string | null)[] = [];
  let place = stepped(FILES, null, 1);
  for (let step = 0; step < 5; step += 1) {
    visited.push(name(place));
    place = stepped(FILES, place, 1);
  }
  expect(visited).toEqual(['src/a.rs 0.0', 'src/a.rs 0.1', 'logo.png null', 'src/b.rs 2.0', 'src/b.rs 2.0']);
  expect(name(stepped(FILES, at('src/a.rs', '0.0'), -1))).toBe('src/a.rs 0.0');
});

test('from a file it goes to its first hunk, or to the one before the file', () => {
  expect(name(stepped(FILES, at('src/b.rs', null), 1))).toBe('src/b.rs 2.0');
  expect(name(stepped(FILES, at('src/b.rs', null), -1))).toBe('logo.png null');
  expect(name(stepped(FILES, at('src/a.rs', null), -1))).toBe('src/a.rs null');
});

test('the next unread hunk is after the cursor, and then from the start', () => {
  const read = new Set(['0.1']);
  const next = (from: Place | null) => name(nextUnread(FILES, from, (_, hunk) => read.has(hunk.id)));
  expect(next(null)).toBe('src/a.rs 0.0');
  expect(next(at('src/a.rs', '0.0'))).toBe('src/b.rs 2.0');
  expect(next(at('src/b.rs', '2.0'))).toBe('src/a.rs 0.0');
  expect(next(at('src/b.rs', null))).toBe('src/b.rs 2.0');
  read.add('0.0');
  expect(next(at('src/b.rs', '2.0'))).toBe('src/b.rs 2.0');
  read.add('2.0');
  expect(next(null)).toBe(null);
});

test('files are gone through by themselves, back to the start of one first', () => {
  expect(name(steppedFile(FILES, at('src/a.rs', '0.1'), 1))).toBe('logo.png null');
  expect(name(steppedFile(FILES, at('src/a.rs', '0.1'), -1))).toBe('src/a.rs null');
  expect(name(steppedFile(FILES, at('src/b.rs', null), -1))).toBe('logo.png null');
  expect(name(steppedFile(FILES, at('src/b.rs', null), 1))).toBe('src/b.rs null');
});

test('the filter takes files that have every word of it in their path', () => {
  expect(filtered(FILES, ' SRC .rs ').map((each) => each.path)).toEqual(['src/a.rs', 'src/b.rs']);
  expect(filtered(FILES, 'src b').map((each) => each.path)).toEqual(['src/b.rs']);
  expect(filtered(FILES, '')).toBe(FILES);
});
