import type { CommandError } from '../bindings';
import { asCommandError } from '../host/host';

/** Delay between the last key and the request. */
const PAUSE_MS = 160;

/** Reply to the latest of a stream of requests: a reply that was overtaken is dropped. */
export class LatestReply<Request, Reply> {
  reply = $state.raw<Reply | null>(null);
  failure = $state.raw<CommandError | null>(null);
  /** JSON of the request that `reply` or `failure` belongs to. */
  #repliedTo = $state<string | null>(null);
  #sent: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #call: (request: Request) => Promise<Reply>;

  constructor(call: (request: Request) => Promise<Reply>) {
    this.#call = call;
  }

  /** Whether there is a reply, and it belongs to this request. */
  isFor(request: Request): boolean {
    return this.#repliedTo === JSON.stringify(request);
  }

  /** Sends a request after a pause; `null` clears the reply. */
  request(request: Request | null): void {
    clearTimeout(this.#timer);
    if (request === null) {
      this.#sent = this.#repliedTo = this.reply = this.failure = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#send(request), PAUSE_MS);
  }

  async #send(request: Request): Promise<void> {
    const sent = JSON.stringify(request);
    this.#sent = sent;
    let reply: Reply | null = null;
    let failure: CommandError | null = null;
    try {
      reply = await this.#call(request);
    } catch (thrown) {
      failure = asCommandError(thrown);
    }
    if (this.#sent !== sent) return;
    this.reply = reply;
    this.failure = failure;
    this.#repliedTo = sent;
  }
}
