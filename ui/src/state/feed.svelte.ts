import type { UpdateBatch, Update } from '../bindings';
import type { Host } from '../host/host';

/** Receiver of the host's batches: passes their updates on in order, and notices when some are missing. */
export class Feed {
  connected = $state(true);
  #attached = false;
  #lastBatch: number | null = null;
  readonly #apply: (update: Update) => void;
  readonly #resync: () => void;

  /** `resync` is called when batches were missed and everything has to be fetched again. */
  constructor(apply: (update: Update) => void, resync: () => void) {
    this.#apply = apply;
    this.#resync = resync;
  }

  async attach(host: Host): Promise<void> {
    await host.attach(
      (batch) => this.#receive(batch),
      (connected) => this.#setConnected(connected),
    );
    this.#attached = true;
  }

  #receive(batch: UpdateBatch): void {
    const gap = this.#lastBatch !== null && batch.seq !== this.#lastBatch + 1;
    this.#lastBatch = batch.seq;
    for (const update of batch.updates) this.#apply(update);
    if (gap) this.#resync();
  }

  /** Batches are numbered anew on a new connection, and those sent between the two are lost. */
  #setConnected(connected: boolean): void {
    const back = connected && !this.connected;
    this.connected = connected;
    if (!back) return;
    this.#lastBatch = null;
    if (this.#attached) this.#resync();
  }
}
