import { expect, test } from 'vitest';
import type { ChangeScope, ChangesView } from '../bindings';
import { ScopedChanges } from './scoped.svelte';

const view = (added: number): ChangesView => ({ files: [], added, removed: 0, notes: [] });

test('changes of another stretch of work are compared once for all that happened meanwhile', async () => {
  const asked: ChangeScope[] = [];
  const answers: ((view: ChangesView) => void)[] = [];
  const scoped = new ScopedChanges((scope) => {
    asked.push(scope);
    return new Promise((resolve) => answers.push(resolve));
  });
  await scoped.refresh();
  expect(asked).toEqual([]);
  const shown = scoped.show('session');
  void scoped.refresh();
  void scoped.refresh();
  answers[0]?.(view(1));
  await expect.poll(() => asked.length).toBe(2);
  answers[1]?.(view(2));
  await shown;
  expect(asked).toEqual(['session', 'session']);
  expect(scoped.view?.added).toBe(2);
});

test('an answer for a stretch of work that is not shown any more is not shown', async () => {
  const answers: ((view: ChangesView) => void)[] = [];
  const scoped = new ScopedChanges(() => new Promise((resolve) => answers.push(resolve)));
  void scoped.show('session');
  const shown = scoped.show('last_commit');
  answers[0]?.(view(1));
  await expect.poll(() => answers.length).toBe(2);
  expect(scoped.view).toBeNull();
  answers[1]?.(view(2));
  await shown;
  expect(scoped.view?.added).toBe(2);
});

test('why a stretch of work cannot be compared is kept until it can', async () => {
  let fails = true;
  const scoped = new ScopedChanges(async () => {
    if (fails) throw { message: 'this folder is in no git repository', hint: null };
    return view(3);
  });
  await scoped.show('last_commit');
  expect(scoped.problem?.message).toBe('this folder is in no git repository');
  fails = false;
  await scoped.refresh();
  expect([scoped.problem, scoped.view?.added]).toEqual([null, 3]);
});
