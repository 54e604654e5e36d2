import { expect, test } from 'vitest';
import { byDay } from './groups';

test('sessions stand under their day, the latest first', () => {
  const now = new Date(2026, 10, 22, 18).getTime();
  const session = (id: string, hours: number) => ({
    id,
    title: id,
    updated_ms: now - hours * 3_600_000,
    status: 'idle' as const,
    waiting: 0,
  });
  const groups = byDay([session('old', 30), session('new', 1), session('mid', 4)], now);
  expect(groups.map((group) => [group.day, group.sessions.map((each) => each.id)])).toEqual([
    ['Today', ['new', 'mid']],
    ['Yesterday', ['old']],
  ]);
});
