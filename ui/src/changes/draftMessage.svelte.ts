import type { CommandError, DraftedMessage, PartialCommitFile, SessionId, TokenUsage } from '../bindings';
import { asCommandError, type Host } from '../host/host';
import type { Asides } from '../state/asides';

/** Message of a commit, typed by the person or drafted by the model. What either wrote is never lost to the other. */
export class DraftMessage {
  text = $state('');
  /** Text that the draft took the place of, or the draft that was undone. */
  #other = $state<string | null>(null);
  /** Whether `text` is what the person had before the draft. */
  undone = $state(false);
  failure = $state.raw<CommandError | null>(null);
  usage = $state.raw<TokenUsage | null>(null);
  /** The draft that is being written: its name, and the session it was started for. */
  #running = $state.raw<{ session: SessionId; name: string } | null>(null);
  /** Text of the last draft, as the model left it. */
  #drafted: string | null = null;
  readonly #host: Host;
  readonly #asides: Asides;

  constructor(host: Host, asides: Asides) {
    this.#host = host;
    this.#asides = asides;
  }

  get drafting(): boolean {
    return this.#running !== null;
  }

  /** Whether there is a draft to undo, or to bring back. */
  get canSwap(): boolean {
    return this.#other !== null && !this.drafting;
  }

  /** Drafts the message of a commit of these files, and of hunks of others. */
  async draft(session: SessionId, paths: string[], partial: PartialCommitFile[] = []): Promise<void> {
    if (this.drafting) return;
    const typed = this.text;
    // of a draft over an untouched draft, what the person wrote before both is kept
    const before = typed === this.#drafted && !this.undone ? (this.#other ?? typed) : typed;
    this.failure = null;
    this.usage = null;
    let streamed = '';
    try {
      const drafted: DraftedMessage = await this.#asides.run(
        (delta) => {
          streamed += delta;
          this.text = streamed;
        },
        (name) =>
          this.#host.call('draft_commit_message', {
            ...{ session, paths, typed, name },
            ...(partial.length > 0 && { partial }),
          }),
        (name) => (this.#running = { session, name }),
      );
      // one that was stopped before it began changes nothing
      this.text = drafted.text === '' ? typed : drafted.text;
      this.usage = drafted.usage;
    } catch (thrown) {
      this.text = typed;
      this.failure = asCommandError(thrown);
    }
    this.#running = null;
    if (this.text !== typed) {
      this.#other = before;
      this.#drafted = this.text;
      this.undone = false;
    }
  }

  /** Stops the draft where it is. */
  stop(): void {
    // one that has ended meanwhile needs no stop
    if (this.#running !== null) void this.#host.call('stop_aside', this.#running).catch(() => undefined);
  }

  /** Undoes the draft, or brings it back; what was typed into either since stays in it. */
  swap(): void {
    if (this.#other === null) return;
    [this.text, this.#other] = [this.#other, this.text];
    this.undone = !this.undone;
  }
}
