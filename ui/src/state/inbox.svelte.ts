import type { AppView, CallId, InboxItem, SessionId } from '../bindings';

/** Every decision that waits, over all sessions, and the one that is looked at. */
export class Inbox {
  /** Whether it is shown instead of a conversation. */
  open = $state(false);
  /** Decisions that wait, the oldest first. */
  items = $state.raw<InboxItem[]>([]);
  #selected = $state<string | null>(null);

  /** The decision that is looked at. */
  get selected(): InboxItem | null {
    return this.items.find((each) => key(each) === this.#selected) ?? this.items[0] ?? null;
  }

  /** Position of the selected decision. */
  get index(): number {
    return Math.max(0, this.items.findIndex((each) => key(each) === this.#selected));
  }

  select(item: Pick<InboxItem, 'session' | 'call_id'>): void {
    this.#selected = key(item);
  }

  /** Selects the next decision, or the one before; reports whether there is one. */
  move(step: 1 | -1): boolean {
    const to = this.items[this.index + step];
    if (to) this.select(to);
    return to !== undefined;
  }

  /** Moves on from a decision that was made: to the next one, or the last that is left. */
  moveOn(session: SessionId, call_id: CallId): void {
    const { selected } = this;
    // where it is gone already, the next one has come up
    if (!selected || key(selected) !== key({ session, call_id })) return;
    if (!this.move(1)) this.move(-1);
  }

  load(view: AppView): void {
    const index = this.index;
    this.items = view.inbox ?? [];
    // what is looked at stays; where it is gone, the one that took its place comes up
    if (!this.items.some((each) => key(each) === this.#selected)) {
      const next = this.items[Math.min(index, this.items.length - 1)];
      this.#selected = next ? key(next) : null;
    }
  }
}

function key(item: Pick<InboxItem, 'session' | 'call_id'>): string {
  return `${item.session} ${item.call_id}`;
}
