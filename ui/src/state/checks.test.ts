import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CheckFollower, runKey, SETTLED_MS } from './checks';

describe('a run', () => {
  test('is the same with the same check, hunks and texts, and with nothing else', () => {
    const plain = { accepted: ['0.0', '0.1'], edited: [] };
    expect(runKey('make', plain)).toBe(runKey('make', { ...plain, partial: [] }));
    const others = [
      runKey('make test', plain),
      runKey('make', { ...plain, accepted: ['0.0'] }),
      runKey('make', { ...plain, edited: [{ id: '0.1', new_text: 'x' }] }),
      runKey('make', { ...plain, partial: [{ id: '0.1', left_out: [2] }] }),
      runKey('make', plain),
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});

describe('what follows the selection', () => {
  let runs: string[];
  let wanted: string | null;
  let follower: CheckFollower;

  /** The person has chosen `to`, and the result of `shown` is there. */
  function choose(to: string | null, shown: string | null): boolean {
    wanted = to;
    return follower.follow(to, shown);
  }

  beforeEach(() => {
    vi.useFakeTimers();
    runs = [];
    follower = new CheckFollower(() => runs.push(wanted ?? 'none'));
  });

  afterEach(() => vi.useRealTimers());

  test('checks the last of several choices, once it has settled', () => {
    expect(choose('all', 'all')).toBe(false);
    expect(choose('some', 'all')).toBe(true);
    vi.advanceTimersByTime(SETTLED_MS - 1);
    choose('few', 'all');
    vi.advanceTimersByTime(SETTLED_MS - 1);
    expect(runs).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(runs).toEqual(['few']);
    expect(choose('few', 'few')).toBe(false);
    vi.advanceTimersByTime(10 * SETTLED_MS);
    expect(runs).toEqual(['few']);
  });

  test('checks nothing whose result is shown, and nothing while no run is wanted', () => {
    choose('all', 'all');
    choose('some', 'all');
    choose('all', 'all');
    choose('some', 'all');
    choose(null, 'all');
    vi.advanceTimersByTime(10 * SETTLED_MS);
    expect(runs).toEqual([]);
    expect(choose('some', 'all')).toBe(true);
    vi.advanceTimersByTime(SETTLED_MS);
    expect(runs).toEqual(['some']);
  });

  test('leaves the first run to the host', () => {
    expect(choose('some', null)).toBe(false);
    vi.advanceTimersByTime(10 * SETTLED_MS);
    expect(runs).toEqual([]);
    // it was of all hunks
    expect(choose('some', 'all')).toBe(true);
    vi.advanceTimersByTime(SETTLED_MS);
    expect(runs).toEqual(['some']);
  });

  test('does not fight another window over what is checked', () => {
    choose('all', 'all');
    // there the person has chosen others
    expect(choose('all', 'some')).toBe(false);
    vi.advanceTimersByTime(10 * SETTLED_MS);
    expect(runs).toEqual([]);
    expect(choose('few', 'some')).toBe(true);
  });

  test('asks once for a choice, also where no result comes', () => {
    choose('all', 'all');
    choose('some', 'all');
    vi.advanceTimersByTime(SETTLED_MS);
    expect(choose('some', 'all')).toBe(false);
    vi.advanceTimersByTime(10 * SETTLED_MS);
    expect(runs).toEqual(['some']);
  });
});
