import { describe, expect, test } from 'vitest';
import { Heights } from './heights';

/** Compares the heights with plain sums. */
function check(heights: Heights, plain: number[]): void {
  expect(heights.count).toBe(plain.length);
  let sum = 0;
  plain.forEach((height, index) => {
    expect(heights.before(index)).toBeCloseTo(sum, 6);
    expect(heights.at(sum)).toBe(index);
    expect(heights.at(sum + height - 0.01)).toBe(index);
    sum += height;
  });
  expect(heights.total).toBeCloseTo(sum, 6);
}

describe('heights', () => {
  test('are guessed until they are measured', () => {
    const heights = new Heights(50);
    heights.resize(10);
    expect(heights.total).toBe(500);
    expect(heights.set(3, 80)).toBe(30);
    expect(heights.set(3, 80)).toBe(0);
    expect(heights.total).toBe(530);
  });

  test('agree with plain sums while the list grows and is measured', () => {
    const heights = new Heights(10);
    const plain: number[] = [];
    let seed = 7;
    const next = (most: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % most;
    };
    for (let round = 0; round < 60; round += 1) {
      const grow = next(9);
      for (let each = 0; each < grow; each += 1) plain.push(10);
      heights.resize(plain.length);
      for (let each = 0; each < 5 && plain.length > 0; each += 1) {
        const index = next(plain.length);
        plain[index] = 1 + next(400);
        heights.set(index, plain[index] ?? 0);
      }
      check(heights, plain);
    }
    plain.length = 20;
    heights.resize(20);
    check(heights, plain);
  });

  test('of nothing and beyond the end', () => {
    const heights = new Heights(10);
    expect(heights.at(100)).toBe(0);
    expect(heights.total).toBe(0);
    heights.resize(3);
    expect(heights.at(1e9)).toBe(2);
    expect(heights.at(-5)).toBe(0);
    expect(heights.set(7, 3)).toBe(0);
  });

  test('take a long list at once', () => {
    const heights = new Heights(76);
    heights.resize(100_000);
    expect(heights.total).toBe(7_600_000);
    expect(heights.at(3_800_000)).toBe(50_000);
    heights.resize(100_001);
    expect(heights.total).toBe(7_600_076);
  });
});
