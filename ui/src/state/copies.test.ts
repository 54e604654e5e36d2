import { expect, test } from 'vitest';
import { COPIES } from '../../e2e/fixture/isolated';
import type { Commands, CopyView } from '../bindings';
import type { Host } from '../host/host';
import { Client } from './client';
import { IsolatedCopies } from './copies.svelte';
import { Toasts } from './toasts.svelte';

/** Copies of a host that keeps them, and what the host refuses. */
function begin({ refused = [] as (keyof Commands)[] } = {}) {
  let list: CopyView[] = COPIES;
  const refusals = new Set(refused);
  const called: string[] = [];
  const move = (copy: string, discarded: boolean) =>
    (list = list.map((each) => (each.id === copy ? { ...each, discarded } : each)));
  const host: Host = {
    call: async (name, args) => {
      called.push(name);
      if (refusals.has(name)) throw { message: 'a task is running', hint: 'stop it first' };
      const { copy } = args as { copy: string };
      if (name === 'discard_copy') move(copy, true);
      if (name === 'restore_copy') move(copy, false);
      if (name === 'empty_copy_trash') list = list.filter((each) => !each.discarded);
      return (name === 'isolated_copies' ? list : null) as never;
    },
    attach: () => Promise.resolve(() => undefined),
    subscribe: () => Promise.reject(new Error('nothing to follow')),
    unsubscribe: () => Promise.resolve(),
  };
  const toasts = new Toasts();
  const client = new Client(host, toasts, () => undefined);
  const copies = new IsolatedCopies(client, toasts, async (copy) => void (await host.call('bring_in', { copy })));
  return { copies, toasts, called, refusals };
}

const ids = (list: CopyView[]) => list.map((each) => each.id);

test('are those that sessions work on, and those in the trash', async () => {
  const { copies } = begin();
  expect([copies.list, copies.present, copies.trashed]).toEqual([null, [], []]);
  await copies.open();
  expect([ids(copies.present), ids(copies.trashed)]).toEqual([['c1', 'c2', 'c3'], ['c4', 'c5']]);
});

test('one that is discarded comes back by Undo', async () => {
  const { copies, toasts } = begin();
  await copies.open();
  expect(await copies.discard('c1')).toBe(true);
  expect(ids(copies.trashed)).toEqual(['c1', 'c4', 'c5']);
  expect(toasts.list.map((each) => each.message)).toEqual(['Moved the isolated copy of semver-lite to the trash']);
  toasts.list[0]?.action?.run();
  await expect.poll(() => ids(copies.present)).toEqual(['c1', 'c2', 'c3']);
});

test('the trash is emptied for good, and what was discarded comes back no more', async () => {
  const { copies, toasts } = begin();
  await copies.open();
  await copies.discard('c3');
  expect(await copies.restore('c4')).toBe(true);
  expect(await copies.emptyTrash()).toBe(true);
  expect([ids(copies.present), copies.trashed, toasts.list]).toEqual([['c1', 'c2', 'c4'], [], []]);
});

test('a refusal is said of the copy it is about, until something else is done', async () => {
  const { copies, toasts, refusals } = begin({ refused: ['discard_copy', 'bring_in'] });
  await copies.open();
  expect(await copies.discard('c1')).toBe(false);
  expect(copies.failureOf('c1')).toMatchObject({ message: 'a task is running', hint: 'stop it first' });
  expect([copies.failureOf('c2'), copies.failureOf('trash'), toasts.list]).toEqual([null, null, []]);
  expect(await copies.bringIn('c2')).toBe(false);
  expect([copies.failureOf('c1'), copies.failureOf('c2')?.message]).toEqual([null, 'a task is running']);
  refusals.clear();
  expect(await copies.bringIn('c2')).toBe(true);
  expect(copies.failure).toBe(null);
});

test('one thing is done at a time', async () => {
  const { copies, called } = begin();
  await copies.open();
  const both = [copies.discard('c1'), copies.bringIn('c1')];
  expect(await Promise.all(both)).toEqual([true, false]);
  expect(called).not.toContain('bring_in');
});

test('that can’t be read leave a reason, and those that were read', async () => {
  const { copies, refusals } = begin();
  await copies.open();
  refusals.add('isolated_copies');
  await copies.open();
  expect([copies.problem?.message, ids(copies.present)]).toEqual(['a task is running', ['c1', 'c2', 'c3']]);
  refusals.clear();
  await copies.open();
  expect(copies.problem).toBe(null);
});
