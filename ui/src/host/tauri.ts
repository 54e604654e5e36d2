import { Channel, invoke } from '@tauri-apps/api/core';
import type { UpdateBatch } from '../bindings';
import { asCommandError, painted, type Host } from './host';

/** Number of this page among the host's subscribers. */
let subscriber = 0;

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
    const channel = new Channel<UpdateBatch>();
    channel.onmessage = (batch) => {
      onBatch(batch);
      // without an acknowledgement the app sends fewer batches
      painted(() => void invoke('host_ack', { seq: batch.seq }).catch(() => undefined));
    };
    try {
      subscriber = await invoke('host_attach', { channel });
    } catch (thrown) {
      throw asCommandError(thrown);
    }
    return () => {
      channel.onmessage = () => undefined;
    };
  },
  subscribe: (session) => tauriHost.call('subscribe', { subscriber, session }),
  async unsubscribe(session) {
    await tauriHost.call('unsubscribe', { subscriber, session });
  },
  async zoom(factor) {
    // without a label it is the page's own
    await invoke('plugin:webview|set_webview_zoom', { value: factor });
  },
};
