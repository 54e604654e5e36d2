import { expect, test } from 'vitest';
import { dayBounds } from './days';

test('days begin at midnight, and the last one ends with today', () => {
  const now = new Date(2026, 2, 31, 15, 4).getTime();
  expect(dayBounds(1, now)).toEqual([new Date(2026, 2, 31).getTime(), new Date(2026, 3, 1).getTime()]);
  // a day of the change to summer time has 23 hours, and is one day
  const bounds = dayBounds(40, now);
  expect(bounds).toHaveLength(41);
  expect(bounds.map((at) => new Date(at).getHours())).toEqual(bounds.map(() => 0));
  expect(bounds[0]).toBe(new Date(2026, 1, 20).getTime());
});
