import { Channel, invoke } from '@tauri-apps/api/core';
import type { Batch } from '../bindings';
import { asCommandError, painted, type Host } from './host';

/** Host in the same process, over Tauri's IPC. */
export const tauriHost: Host = {
  async call(name, args) {
    try {
      return await invoke('host_call', { name, args });
    } catch (thrown) {
      throw asCommandError(thrown);
    }
  },
  async attach(onBatch) {
    const channel = new Channel<Batch>();
    channel.onmessage = (batch) => {
      onBatch(batch);
      // without an acknowledgement the app sends fewer batches
      painted(() => void invoke('host_heard', { seq: batch.seq }).catch(() => undefined));
    };
    try {
      await invoke('host_attach', { channel });
    } catch (thrown) {
      throw asCommandError(thrown);
    }
    return () => {
      channel.onmessage = () => undefined;
    };
  },
};
