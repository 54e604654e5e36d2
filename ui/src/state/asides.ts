/** Answers to questions on the side while they stream, by the names of the questions. */
export class Asides {
  readonly #open = new Map<string, (delta: string) => void>();
  #count = 0;

  /** Asks a question under a new name; `ondelta` gets what comes of the answer before it is whole. */
  async run<T>(ondelta: (delta: string) => void, ask: (name: string) => Promise<T>, named?: (name: string) => void): Promise<T> {
    this.#count += 1;
    // other windows give names too
    const name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${this.#count}`;
    this.#open.set(name, ondelta);
    named?.(name);
    try {
      return await ask(name);
    } finally {
      this.#open.delete(name);
    }
  }

  /** Takes in more of an answer; one that was asked for elsewhere is passed over. */
  take(name: string, delta: string): void {
    this.#open.get(name)?.(delta);
  }
}
