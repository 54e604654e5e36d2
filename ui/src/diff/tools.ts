import type { HunkId, HunkSource, HunkView } from '../bindings';
import type { Client } from '../state/client';
import type { Dialogs } from '../state/dialogs.svelte';
import type { Session } from '../state/session.svelte';
import type { Toasts } from '../state/toasts.svelte';
import { diffTools as text } from '../strings/diffTools';

/** Part of a diff: all of it, a file, or a hunk of a file. */
export interface DiffPart {
  path: string | null;
  hunk: HunkView | null;
  /** Line of the file as it is on disk, counted from 1. */
  line?: number;
}

/** Actions of a person on a part of a diff, beside reading it. */
export interface DiffTools {
  /** Copies it as a patch. */
  copy(part: DiffPart): Promise<void>;
  /** Writes it to a file as a patch. */
  export(part: DiffPart): Promise<void>;
  /** Opens the file in the person's editor. */
  open(path: string, line: number | null): Promise<void>;
  /** Shows where in the conversation a hunk came from, and takes questions about it; `ask` goes to these at once. */
  why(path: string, hunk: HunkView, ask?: boolean): void;
  /** Reverts it; absent where nothing is there to be reverted. */
  revert?: (part: DiffPart) => Promise<void>;
  /** Whether it can be reverted now: not while a task changes files. */
  readonly canRevert: boolean;
}

/** Returns the tools of a diff of a session. */
export function diffTools(
  { client, dialogs, toasts }: { client: Client; dialogs: Dialogs; toasts: Toasts },
  session: Session,
  of: () => HunkSource,
): DiffTools {
  const args = ({ path, hunk }: DiffPart) => ({
    session: session.id,
    of: of(),
    path,
    hunk: (hunk?.id ?? null) as HunkId | null,
  });
  const reverts = of().type === 'changes' || of().type === 'compared';
  return {
    async copy(part) {
      const patch = await client.call('patch_text', args(part));
      if (patch === undefined) return;
      try {
        await navigator.clipboard.writeText(patch);
      } catch {
        return toasts.error(text.copyFailed);
      }
      toasts.info(text.copied(part.path, part.hunk !== null));
    },
    async export(part) {
      const exported = await client.call('export_patch', args(part));
      if (exported) toasts.info(text.exported(exported.path));
    },
    why: (path, { id, header, lines }, ask = false) =>
      (dialogs.why = { session: session.id, of: of(), path, hunk: id, header, lines, ask }),
    open: (path, line) => session.openFile(path, line),
    ...(reverts && {
      async revert({ path, hunk }: DiffPart) {
        if (path !== null && (await session.revert(path, hunk)))
          toasts.info(text.reverted(path, hunk !== null), {
            label: text.undo,
            run: () => void session.undoRevert(),
          });
      },
    }),
    get canRevert() {
      return session.canUndo;
    },
  };
}

/** Returns the first line that a hunk changes, as it is numbered on disk: in the new file, or in the old one of a waiting patch. */
export function lineOf(hunk: HunkView, side: 'old' | 'new'): number {
  const changed = hunk.lines.slice(hunk.first_change);
  const number = side === 'new' ? ('new_no' as const) : ('old_no' as const);
  const at = changed.find((line) => line[number] !== null) ?? hunk.lines.findLast((line) => line[number] !== null);
  return at?.[number] ?? 1;
}
