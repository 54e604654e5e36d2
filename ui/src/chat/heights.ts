/** Heights of the rows of a list, guessed until they are measured. A Fenwick tree: sums of any prefix, and the row at any height,
 *  in logarithmic time. */
export class Heights {
  #guess: number;
  #count = 0;
  #heights = new Float64Array(64);
  #tree = new Float64Array(65);

  constructor(guess: number) {
    this.#guess = guess;
  }

  get count(): number {
    return this.#count;
  }

  get total(): number {
    return this.before(this.#count);
  }

  /** Resizes the list; new rows have the guessed height. */
  resize(count: number): void {
    if (count === this.#count) return;
    const grown = count > this.#heights.length;
    if (grown || count < this.#count) {
      const heights = new Float64Array(
        grown ? Math.max(count, this.#heights.length * 2) : this.#heights.length,
      );
      heights.set(this.#heights.subarray(0, Math.min(count, this.#count)));
      this.#heights = heights;
      heights.fill(this.#guess, Math.min(count, this.#count), count);
      this.#count = count;
      this.#rebuild();
      return;
    }
    for (let index = this.#count; index < count; index += 1) {
      this.#heights[index] = this.#guess;
      this.#add(index, this.#guess);
    }
    this.#count = count;
  }

  get(index: number): number {
    return this.#heights[index] ?? 0;
  }

  /** Sets a measured height; returns its difference from the one before. */
  set(index: number, height: number): number {
    if (index < 0 || index >= this.#count) return 0;
    const delta = height - this.get(index);
    if (delta !== 0) {
      this.#heights[index] = height;
      this.#add(index, delta);
    }
    return delta;
  }

  /** Returns the sum of the heights of the first `count` rows. */
  before(count: number): number {
    let sum = 0;
    for (let node = Math.min(count, this.#count); node > 0; node -= node & -node)
      sum += this.#tree[node] ?? 0;
    return sum;
  }

  /** Returns the row at a distance from the top, clamped to the list. */
  at(y: number): number {
    let index = 0;
    let rest = Math.max(0, y);
    for (let step = highestBit(this.#count); step > 0; step >>= 1) {
      const next = index + step;
      const sum = this.#tree[next] ?? 0;
      if (next <= this.#count && sum <= rest) {
        index = next;
        rest -= sum;
      }
    }
    return Math.min(index, Math.max(0, this.#count - 1));
  }

  #add(index: number, delta: number): void {
    for (let node = index + 1; node < this.#tree.length; node += node & -node) {
      this.#tree[node] = (this.#tree[node] ?? 0) + delta;
    }
  }

  #rebuild(): void {
    const size = this.#heights.length;
    const tree = new Float64Array(size + 1);
    for (let node = 1; node <= size; node += 1) {
      tree[node] = (tree[node] ?? 0) + (node <= this.#count ? (this.#heights[node - 1] ?? 0) : 0);
      const parent = node + (node & -node);
      if (parent <= size) tree[parent] = (tree[parent] ?? 0) + (tree[node] ?? 0);
    }
    this.#tree = tree;
  }
}

function highestBit(value: number): number {
  return value === 0 ? 0 : 1 << (31 - Math.clz32(value));
}
