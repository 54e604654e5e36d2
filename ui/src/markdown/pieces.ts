import type { Block } from '../bindings';

/** So many blocks are laid out together: about two views of text. */
export const PIECE = 32;

/** The blocks in pieces. Those of `before` that hold the same blocks are the same arrays again, so that only what changed is looked at. */
export function pieces(blocks: Block[], before: Block[][]): Block[][] {
  const made: Block[][] = [];
  for (let from = 0, at = 0; from < blocks.length || at === 0; from += PIECE, at += 1) {
    const piece = blocks.slice(from, from + PIECE);
    const old = before[at];
    const same = old?.length === piece.length && old.every((block, index) => block === piece[index]);
    made.push(same ? old : piece);
  }
  return made;
}
