import type { Block } from '../bindings';

/** Blocks that are laid out together: about two views of text. */
export const CHUNK = 32;

/** Splits blocks into chunks. A chunk that equals the one of `before` is the same array, so that only changed ones are updated. */
export function chunks(blocks: Block[], before: Block[][]): Block[][] {
  const made: Block[][] = [];
  for (let from = 0, at = 0; from < blocks.length || at === 0; from += CHUNK, at += 1) {
    const chunk = blocks.slice(from, from + CHUNK);
    const old = before[at];
    const same = old?.length === chunk.length && old.every((block, index) => block === chunk[index]);
    made.push(same ? old : chunk);
  }
  return made;
}
