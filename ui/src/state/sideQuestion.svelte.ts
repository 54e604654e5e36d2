import type { CommandError, SideAnswerView } from '../bindings';
import { asCommandError } from '../host/host';

/** Question on the side, with its answer: neither is part of the conversation. */
export class SideQuestion {
  /** `null` while none is shown. */
  question = $state<string | null>(null);
  answer = $state.raw<SideAnswerView | null>(null);
  failure = $state.raw<CommandError | null>(null);
  readonly #send: (text: string) => Promise<SideAnswerView>;
  #asked = 0;

  constructor(send: (text: string) => Promise<SideAnswerView>) {
    this.#send = send;
  }

  /** Asks, in the place of the question that is shown. */
  async ask(text: string): Promise<void> {
    const asked = (this.#asked += 1);
    this.question = text;
    this.answer = null;
    this.failure = null;
    try {
      const answer = await this.#send(text);
      // one that was closed, or asked over, is not wanted any more
      if (asked === this.#asked) this.answer = answer;
    } catch (thrown) {
      if (asked === this.#asked) this.failure = asCommandError(thrown);
    }
  }

  close(): void {
    this.#asked += 1;
    this.question = null;
  }
}
