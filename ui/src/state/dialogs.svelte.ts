import type { DiffLine, HunkId, HunkSource, SessionId, TaskId } from '../bindings';

/** A page of the settings. */
export type SettingsPage =
  | 'model'
  | 'approval'
  | 'rules'
  | 'mcp'
  | 'usage'
  | 'appearance'
  | 'notifications'
  | 'background'
  | 'about';

/** A hunk whose origin is asked for. */
export interface WhyRequest {
  session: SessionId;
  of: HunkSource;
  path: string;
  hunk: HunkId;
  /** Place of the hunk in the file, for the eye. */
  header: string;
  /** Its first lines. */
  lines: DiffLine[];
  /** Whether the person wants to ask about it first. */
  ask: boolean;
}

/** An undo or a redo to preview; `task` is the first one that is undone. */
export interface UndoRequest {
  session: SessionId;
  task: TaskId | null;
  redo: boolean;
}

/** A closing of the window that is asked about. */
export interface CloseRequest {
  /** Number of the request. */
  request: number;
  /** Agents that are at work. */
  working: number;
  /** Decisions that wait. */
  waiting: number;
  /** Whether the desktop shows a tray icon. */
  tray: boolean;
}

/** A session to name. */
export interface RenameRequest {
  id: SessionId;
  title: string;
}

/** A file of a session's project to show, at a line where one is named. */
export interface FileRequest {
  session: SessionId;
  path: string;
  line: number | null;
  column: number | null;
}

/** Dialogs that can be opened from anywhere, each with its argument while it is open. */
export class Dialogs {
  topLayer = $state<'palette' | 'shortcuts' | null>(null);
  settings = $state<SettingsPage | null>(null);
  undo = $state.raw<UndoRequest | null>(null);
  file = $state.raw<FileRequest | null>(null);
  rename = $state.raw<RenameRequest | null>(null);
  /** Hunk whose origin in the conversation is shown. */
  why = $state.raw<WhyRequest | null>(null);
  /** Session whose receipt is shown. */
  receipt = $state<SessionId | null>(null);
  /** Whether a receipt from a file is being verified. */
  verifyReceipt = $state(false);
  /** Session whose project's check is being set. */
  check = $state<SessionId | null>(null);
  /** Whether the isolated copies are shown. */
  copies = $state(false);
  /** Closing of the window that is asked about. */
  closing = $state.raw<CloseRequest | null>(null);
  /** Whether a commit of the project's files is being made. */
  commit = $state(false);

  /** Opens the preview of an undo of `task` and of every later one. */
  openUndo(session: SessionId, task: TaskId): void {
    this.undo = { session, task, redo: false };
  }

  /** Opens the preview of a redo of the last undo. */
  openRedo(session: SessionId): void {
    this.undo = { session, task: null, redo: true };
  }
}
