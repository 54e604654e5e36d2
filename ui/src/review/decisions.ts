import type { HunkId, HunkView } from '../bindings';

/** Decisions about hunks that are made while they are read. */
export interface HunkDecisions {
  readonly edits: ReadonlyMap<HunkId, string>;
  readonly leftOut: ReadonlyMap<HunkId, readonly number[]>;
  /** Hunks that are split, each with its parts that are left out. */
  readonly splits: ReadonlyMap<HunkId, readonly number[]>;
  accepts(id: HunkId): boolean;
  /** Reports whether the person has yet to choose about a hunk that is a conflict. */
  isUndecided(id: HunkId): boolean;
  set(ids: readonly HunkId[], accepted: boolean): void;
  edit(id: HunkId, text: string | null): void;
  /** Notes which hunk's editor is open. */
  setEditor(id: HunkId | null): void;
  toggleLines(id: HunkId, lines: readonly number[]): void;
  split(id: HunkId): void;
  join(id: HunkId): void;
  leaveOutParts(id: HunkId, parts: readonly number[], text: string | null): void;
}

/** Reports whether a file's hunks can be accepted together: each conflict is accepted by itself. */
export function canAcceptAll(hunks: readonly HunkView[]): boolean {
  return hunks.some((hunk) => !hunk.conflict);
}

/** Accepts the hunks of a file except for its conflicts, which the person chooses one by one, or declines all of them. */
export function setAll(decisions: HunkDecisions, hunks: readonly HunkView[], accepted: boolean): void {
  const meant = accepted ? hunks.filter((hunk) => !hunk.conflict) : hunks;
  decisions.set(
    meant.map((hunk) => hunk.id),
    accepted,
  );
}

/** Returns a hunk as it is shown with the person's text. */
export type ShowEdited = (hunk: HunkId, text: string) => Promise<HunkView | undefined>;

/** Lines of a file around a patch. */
export interface FileContext {
  lines: string[];
  total: number;
}

/** Reads lines of a file as it was; `undefined` after a failure. */
export type FetchContext = (path: string, from: number, count: number) => Promise<FileContext | undefined>;
