import type { CommandError, SideAnswerView } from '../bindings';
import { asCommandError } from '../host/host';
import type { Asides } from './asides';

/** How a question is sent and stopped. */
export interface AskAside {
  send: (text: string, name: string) => Promise<SideAnswerView>;
  stop: (name: string) => Promise<unknown>;
}

/** Question on the side, with its answer: neither is part of the conversation. */
export class SideQuestion {
  /** `null` while none is shown. */
  question = $state<string | null>(null);
  /** Text of the answer so far, while it streams. */
  partial = $state('');
  answer = $state.raw<SideAnswerView | null>(null);
  failure = $state.raw<CommandError | null>(null);
  readonly #asides: Asides;
  readonly #way: AskAside;
  #asked = 0;
  #name: string | null = null;

  constructor(asides: Asides, way: AskAside) {
    this.#asides = asides;
    this.#way = way;
  }

  /** Whether an answer is waited for. */
  get asking(): boolean {
    return this.question !== null && this.answer === null && this.failure === null;
  }

  /** Asks, in the place of the question that is shown. */
  async ask(text: string): Promise<void> {
    this.stop();
    const asked = (this.#asked += 1);
    this.question = text;
    this.partial = '';
    this.answer = null;
    this.failure = null;
    // one that was closed, or asked over, is not wanted any more
    const wanted = () => asked === this.#asked;
    try {
      const answer = await this.#asides.run(
        (delta) => {
          if (wanted()) this.partial += delta;
        },
        (name) => this.#way.send(text, name),
        (name) => (this.#name = name),
      );
      if (wanted()) this.answer = answer;
    } catch (thrown) {
      if (wanted()) this.failure = asCommandError(thrown);
    }
    if (wanted()) this.#name = null;
  }

  /** Stops the answer where it is; may be called again for one that has not begun. */
  stop(): void {
    // one that has ended meanwhile needs no stop
    if (this.#name !== null) void this.#way.stop(this.#name).catch(() => undefined);
  }

  close(): void {
    this.stop();
    this.#name = null;
    this.#asked += 1;
    this.question = null;
  }
}
