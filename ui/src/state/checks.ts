import type { HunkSelection } from '../bindings';

/** Time without a change of the selection after which it is checked. */
export const SETTLED_MS = 800;

/** Returns a text that is the same for runs of one check with the same hunks. */
export function runKey(command: string, { accepted, edited, partial = [] }: HunkSelection): string {
  return JSON.stringify([
    command,
    accepted,
    edited.map(({ id, new_text }) => [id, new_text]),
    partial.map(({ id, left_out }) => [id, left_out]),
  ]);
}

/** Has a patch checked again whenever the person has settled on another selection of it. */
export class CheckFollower {
  readonly #run: () => void;
  /** Run that was asked for last, or came by itself. Where another window asks for another one, it isn't asked for again. */
  #asked: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  /** Follows a change: of the run that is `wanted`, `null` for none, or of the one that is `shown`. Reports whether one is due. */
  follow(wanted: string | null, shown: string | null): boolean {
    this.stop();
    // the first run begins by itself
    if (wanted === null || shown === null) return false;
    if (wanted === shown) this.#asked = wanted;
    if (wanted === this.#asked) return false;
    this.#timer = setTimeout(() => {
      this.#asked = wanted;
      this.#run();
    }, SETTLED_MS);
    return true;
  }

  /** Drops a run that is due. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
