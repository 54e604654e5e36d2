import type { CheckFinding, HunkId } from '../bindings';
import { check } from '../strings/check';

/** A finding, as it is shown: a sentence that goes on with hunks, and what can be done about it. */
export interface FindingView {
  text: string;
  /** Hunks that the sentence ends with. */
  hunks: readonly HunkId[];
  /** Said after them. */
  note: string | null;
  /** Hunks to decline, and the name of doing so. */
  apply: { label: string; decline: readonly HunkId[] } | null;
}

/** Returns what is shown of a finding over `searched`, the hunks of a patch with which its check `passed` or not. */
export function findingView(finding: CheckFinding, searched: readonly HunkId[], passed: boolean): FindingView {
  const text = check.finding;
  const plain = (sentence: string): FindingView => ({ text: sentence, hunks: [], note: null, apply: null });
  switch (finding.type) {
    case 'stopped':
      return plain(text.stopped);
    case 'nothing_passes':
      return plain(text.nothingPasses(finding.tried, finding.is_complete));
    case 'breaking': {
      const { hunks, is_minimal } = finding;
      // to take all of them out is to decline the patch
      if (hunks.length === searched.length && is_minimal) return plain(text.breaksAll);
      const label = text.takeOut(hunks.length);
      const apply = hunks.length < searched.length ? { label, decline: hunks } : null;
      return { text: text.breaking, hunks, note: is_minimal ? null : text.fewerToBreak, apply };
    }
    case 'needed': {
      const { hunks, is_minimal } = finding;
      if (hunks.length === 0) return plain(text.noneNeeded);
      if (hunks.length === searched.length) return plain(is_minimal ? text.needsAll(hunks.length) : text.noFewer);
      const decline = searched.filter((id) => !hunks.includes(id));
      return {
        text: passed ? text.neededToPass : text.mends,
        hunks,
        note: is_minimal ? null : text.fewerToPass,
        apply: { label: text.keepOnly(hunks.length), decline },
      };
    }
  }
}
