import { describe, expect, test } from 'vitest';
import { findingView } from './finding';

const ALL = ['0.0', '0.1', '1.0'];

describe('a finding', () => {
  test('of hunks that break the check offers to take exactly these out', () => {
    const one = findingView({ type: 'breaking', hunks: ['0.1'], is_minimal: true }, ALL, false);
    expect(one).toEqual({
      text: 'It passes without',
      hunks: ['0.1'],
      note: null,
      apply: { label: 'Take it out', decline: ['0.1'] },
    });
    const two = findingView({ type: 'breaking', hunks: ['0.1', '1.0'], is_minimal: false }, ALL, false);
    expect(two.apply).toEqual({ label: 'Take them out', decline: ['0.1', '1.0'] });
    expect(two.note).toContain('limit');
  });

  test('of hunks that are enough offers to take all others of the selection out', () => {
    const searched = ['0.0', '1.0'];
    const needed = findingView({ type: 'needed', hunks: ['1.0'], is_minimal: true }, searched, true);
    expect(needed).toMatchObject({ text: 'It also passes with only', apply: { label: 'Keep only this', decline: ['0.0'] } });
    // it failed with all of them
    const mends = findingView({ type: 'needed', hunks: ['0.0', '1.0'], is_minimal: false }, ALL, false);
    expect(mends).toMatchObject({ text: 'It passes with only', apply: { label: 'Keep only these', decline: ['0.1'] } });
    expect(mends.note).toContain('limit');
  });

  test('offers nothing that would change nothing, or leave nothing', () => {
    for (const type of ['needed', 'breaking'] as const)
      for (const is_minimal of [true, false]) {
        const whole = findingView({ type, hunks: ALL, is_minimal }, ALL, type === 'needed');
        expect(whole.apply).toBeNull();
      }
    const none = findingView({ type: 'needed', hunks: [], is_minimal: true }, ALL, true);
    expect(none).toMatchObject({ hunks: [], apply: null });
    expect(none.text).toContain('none of these hunks');
  });

  test('is a sentence where no hunks are named', () => {
    expect(findingView({ type: 'nothing_passes', tried: 8, is_complete: true }, ALL, false).text).toContain('each of 8 sets');
    expect(findingView({ type: 'stopped' }, ALL, false).text).toBe('The search was stopped.');
  });
});
