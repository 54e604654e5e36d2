import { expect, test } from 'vitest';
import { CommandCompletion, mayBeCommand } from './commandCompletion.svelte';

const command = (name: string) => ({ name, description: '', argument_hint: '', of_project: false });

function completion() {
  const view = { commands: ['preview', 'review', 'ship'].map(command), rejected: [], folder: '' };
  return new CommandCompletion(() => Promise.resolve(view));
}

test('a slash at the start lists commands, those that begin with the letters first', async () => {
  const list = completion();
  await list.update('/');
  expect(list.matches.map((each) => each.name)).toEqual(['preview', 'review', 'ship']);
  await list.update('/rev');
  expect(list.matches.map((each) => each.name)).toEqual(['review', 'preview']);
  list.move(-1);
  expect(list.matches[list.picked]?.name).toBe('preview');
  await list.update('/review ');
  expect(list.listed).toBe(false);
});

test('what begins with a slash and is a path is no command', async () => {
  const list = completion();
  for (const text of ['/etc/hosts', 'see /rev', '']) {
    await list.update(text);
    expect(list.listed, text).toBe(false);
  }
  expect(['/review a.rs', '/review', '/etc/hosts is wrong', '/', 'x'].map(mayBeCommand)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
