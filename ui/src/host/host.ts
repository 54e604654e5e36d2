import type { UpdateBatch, CommandError, Commands, SessionId, SessionSnapshot } from '../bindings';
import { app as text } from '../strings/app';

/** Connection to the app behind the window. Everything a person does goes through `call`; everything shown comes as a reply or in
 *  a batch. */
export interface Host {
  /** Rejects with a `CommandError`. */
  call<K extends keyof Commands>(name: K, args: Commands[K]['args']): Promise<Commands[K]['reply']>;
  /** Delivers every batch from now on, in order, and acknowledges it when it is painted: a slow window gets fewer. `onConnection` is
   *  called when the connection is lost and when it is back; subscriptions end with it. */
  attach(onBatch: (batch: UpdateBatch) => void, onConnection?: (connected: boolean) => void): Promise<() => void>;
  /** Has the batches contain the changes of a session, on top of the snapshot it resolves to; again for a new snapshot. */
  subscribe(session: SessionId): Promise<SessionSnapshot>;
  /** Has the batches contain no more changes of a session. */
  unsubscribe(session: SessionId): Promise<void>;
  /** Zooms the window's page, as a browser zooms one: pixels of CSS become larger, and the page has fewer of them. Absent where a page
   *  has no zoom. */
  zoom?(factor: number): Promise<void>;
}

/** Delay of the acknowledgement while the window is hidden, where no frame ever comes. */
const HIDDEN_MS = 500;

/** Calls back when the current state of the page has been painted. */
export function painted(then: () => void): void {
  if (document.hidden) setTimeout(then, HIDDEN_MS);
  else requestAnimationFrame(() => setTimeout(then));
}

/** Converts whatever was thrown to an error that a person can read. */
export function asCommandError(thrown: unknown): CommandError {
  if (
    typeof thrown === 'object' &&
    thrown !== null &&
    'message' in thrown &&
    typeof thrown.message === 'string'
  ) {
    const hint = 'hint' in thrown && typeof thrown.hint === 'string' ? thrown.hint : null;
    return { message: thrown.message, hint };
  }
  return {
    message: typeof thrown === 'string' && thrown !== '' ? thrown : text.noReply,
    hint: null,
  };
}
