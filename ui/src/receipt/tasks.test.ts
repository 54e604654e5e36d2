import { expect, test } from 'vitest';
import type { ReceiptRecord, ReceiptSummary } from '../bindings';
import { groupByTask } from './tasks';

const summary: ReceiptSummary = {
  ...{ approved: 0, declined: 0, edited: 0, unasked: 0, commands: 0, refused: 0, comments: 0, undos: 0 },
  tasks: [
    { task: 1, at_ms: 0, prompt: 'First', undone: true },
    { task: 2, at_ms: 0, prompt: '', undone: false },
  ],
};

test('records are grouped by task, and what belongs to none comes between them', () => {
  let number = 0;
  const record = (task: number | undefined, rest: object) =>
    ({ number: ++number, previous: '', at_ms: 0, ...(task !== undefined && { task }), ...rest }) as ReceiptRecord;
  const refused = { type: 'refused', call: 'c', tool: 'shell', why: 'no' };
  const records = [
    record(undefined, { type: 'session' }),
    record(undefined, { type: 'settings' }),
    record(1, { type: 'task', prompt: 'First' }),
    record(1, refused),
    record(1, { type: 'ended' }),
    record(undefined, { type: 'undo', of_task: 1, extent: 'task', paths: [] }),
    record(2, { type: 'task', prompt: '' }),
    record(2, { type: 'ended', aborted: 'failed' }),
  ];
  const groups = groupByTask(records, summary);
  expect(groups.map(({ name, undone, records }) => [name, undone, records.map((each) => each.type)])).toEqual([
    ['Task 1: First', true, ['refused']],
    ['Outside of tasks', false, ['undo']],
    ['Task 2', false, ['ended']],
  ]);
});
