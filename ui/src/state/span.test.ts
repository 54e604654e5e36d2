import { expect, test } from 'vitest';
import { positions, visibleSpan } from './span';

test.each([
  // offset, count -> covered
  [0, 1000, 0, 20],
  [-10_000, 1000, 500, 520],
  [-19_600, 1000, 980, 1000],
  [300, 1000, 0, 5],
])('a list that begins at %i shows at least its rows %i..', (offset, count, first, last) => {
  const span = visibleSpan(offset, 400, 20, count);
  expect(span.from).toBeLessThanOrEqual(first);
  expect(span.to).toBeGreaterThanOrEqual(last);
  expect(span.to - span.from).toBeLessThan(90);
  expect(span.to).toBeLessThanOrEqual(count);
});

test('a list out of view shows nothing', () => {
  expect(visibleSpan(500, 400, 20, 10)).toEqual({ from: 0, to: 0 });
  expect(visibleSpan(-500, 400, 20, 10)).toEqual({ from: 0, to: 0 });
});

test('positions are those of the span', () => {
  expect(positions({ from: 3, to: 6 })).toEqual([3, 4, 5]);
  expect(positions({ from: 3, to: 2 })).toEqual([]);
});
