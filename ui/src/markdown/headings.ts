import type { Block } from '../bindings';

/** Returns the rank of each heading by the id of its block. A turn's own heading is of rank 2, those in it begin at 3, and no rank
 *  is skipped, whatever levels the model wrote. */
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
