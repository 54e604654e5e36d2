import { expect, test } from 'vitest';
import { closing } from './closing';

test('says what the agents do', () => {
  expect(closing.activity(1, 0)).toBe('1 agent is working.');
  expect(closing.activity(0, 2)).toBe('2 decisions are waiting for you.');
  expect(closing.activity(2, 1)).toBe('2 agents are working, and 1 decision is waiting for you.');
});

test('says that nobody is notified when notifications of approvals are off', () => {
  const { text } = closing.keepHelp;
  for (const tray of [true, false]) {
    expect(text(tray, true)).toContain('you’re still notified');
    expect(text(tray, false)).toContain('Notifications of approvals are off in Settings');
    expect(text(tray, false)).not.toMatch(/still notified|click a notification/);
    for (const notified of [true, false]) expect(text(tray, notified)).toMatch(/start Countersign again/);
  }
  expect(text(true, false)).toContain('click the tray icon');
});
