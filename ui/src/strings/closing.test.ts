import { expect, test } from 'vitest';
import { closing } from './closing';

test('says what the agents do', () => {
  expect(closing.activity(1, 0)).toBe('1 agent is working.');
  expect(closing.activity(0, 2)).toBe('2 decisions are waiting for you.');
  expect(closing.activity(2, 1)).toBe('2 agents are working, and 1 decision is waiting for you.');
});
