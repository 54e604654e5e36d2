import type { Block } from '../bindings';

/** The rank of each heading in the page: a turn's own heading is of rank 2, what is in it begins at 3, and none is skipped,
 *  whatever levels the model wrote. By id of the block. */
export function headingRanks(blocks: Block[]): Map<number, number> {
  const ranks = new Map<number, number>();
  const open: number[] = [];
  for (const block of blocks) {
    if (block.block !== 'heading') continue;
    while (open.length > 0 && (open.at(-1) ?? 0) >= block.level) open.pop();
    open.push(block.level);
    ranks.set(block.id, Math.min(6, 2 + open.length));
  }
  return ranks;
}
