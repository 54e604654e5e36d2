import { SvelteMap } from 'svelte/reactivity';
import type { HunkId, HunkView } from '../bindings';
import type { HunkDecisions, ShowEdited } from './decisions';
import { splitHunk, textWithout, type SplitHunk } from './parts';

/** Result of splitting a hunk or joining it: `whole` where it has no unchanged line, `kept` where something of it is left out or edited. */
export type SplitResult = 'split' | 'joined' | 'whole' | 'kept';

/** Hunks of a patch that are split at their unchanged lines, and decisions about their parts. */
export class HunkSplits {
  readonly #compare: ShowEdited;
  readonly #decisions: HunkDecisions;
  readonly #views = new SvelteMap<HunkId, SplitHunk>();
  readonly #requested = new Set<HunkId>();

  /** `compare` shows a hunk with a text as it differs from the old lines. */
  constructor(compare: ShowEdited, decisions: HunkDecisions) {
    this.#compare = compare;
    this.#decisions = decisions;
  }

  /** Returns the parts of a hunk that is split, once they are known. */
  get(id: HunkId): SplitHunk | undefined {
    return this.#decisions.splits.has(id) ? this.#views.get(id) : undefined;
  }

  /** Fetches the parts of a hunk that was split before a restart. */
  load(hunk: HunkView): void {
    if (!this.#decisions.splits.has(hunk.id) || this.#requested.has(hunk.id)) return;
    void this.#fetch(hunk);
  }

  /** Splits a hunk, or joins one that is split. */
  async toggle(hunk: HunkView): Promise<SplitResult> {
    const { splits, edits, leftOut } = this.#decisions;
    const { id } = hunk;
    if (edits.has(id) || leftOut.has(id)) return 'kept';
    if (splits.has(id)) {
      this.#decisions.join(id);
      return 'joined';
    }
    if (hunk.conflict || !(await this.#fetch(hunk))) return 'whole';
    if (edits.has(id) || leftOut.has(id)) return 'kept';
    this.#decisions.split(id);
    return 'split';
  }

  accepts(id: HunkId, part: number): boolean {
    return this.#decisions.accepts(id) && !this.#decisions.splits.get(id)?.includes(part);
  }

  /** Accepts parts of a hunk or leaves them out; reports whether that can be. */
  choose(hunk: HunkView, parts: readonly number[], accepted: boolean): boolean {
    const view = this.get(hunk.id);
    if (!view) return false;
    const isOut = (part: number) => (parts.includes(part) ? !accepted : !this.accepts(hunk.id, part));
    const out = [...view.parts.keys()].filter(isOut);
    if (out.length === view.parts.length) {
      // nothing is left of it
      this.#decisions.leaveOutParts(hunk.id, [], null);
      this.#decisions.set([hunk.id], false);
      return true;
    }
    const text = out.length === 0 ? null : textWithout(hunk, view, out);
    if (out.length > 0 && text === null) return false;
    this.#decisions.set([hunk.id], true);
    this.#decisions.leaveOutParts(hunk.id, out, text);
    return true;
  }

  async #fetch(hunk: HunkView): Promise<SplitHunk | null> {
    const known = this.#views.get(hunk.id);
    if (known) return known;
    if (hunk.new_text === null) return null;
    this.#requested.add(hunk.id);
    const compared = await this.#compare(hunk.id, hunk.new_text);
    const split = compared ? splitHunk(hunk, compared) : null;
    if (split) this.#views.set(hunk.id, split);
    return split;
  }
}
