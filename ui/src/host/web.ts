import type { UpdateBatch } from '../bindings';
import { app as text } from '../strings/app';
import { asCommandError, painted, type Host } from './host';

const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 4000;

declare global {
  interface Window {
    /** Zooms the page: a test provides it, since in a browser only the person can. */
    zoomPage?: (factor: number) => Promise<void>;
  }
}

/** Host behind a web server on the same origin; for tests only. */
export function webHost(place: Location): Host {
  const token = new URLSearchParams(place.search).get('token') ?? '';
  const events = new URL('/events', place.href);
  events.protocol = place.protocol === 'https:' ? 'wss:' : 'ws:';
  events.searchParams.set('token', token);

  /** Number of this page among the host's subscribers. */
  let subscriber = 0;

  const host: Host = {
    async call(name, args) {
      let response: Response;
      try {
        response = await fetch(`/call/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-token': token },
          body: JSON.stringify(args),
        });
      } catch {
        throw { ...text.unreachable };
      }
      if (!response.ok) {
        throw asCommandError(
          await response.json().catch(() => text.badReply(response.status, name)),
        );
      }
      return response.json();
    },

    attach(onBatch, onConnection) {
      let socket: WebSocket;
      let over = false;
      let wait = RETRY_FIRST_MS;
      let timer: ReturnType<typeof setTimeout> | undefined;
      return new Promise((resolve) => {
        const connect = () => {
          socket = new WebSocket(events);
          const line = socket;
          socket.onmessage = (message) => {
            const received = JSON.parse(message.data as string) as UpdateBatch | { subscriber: number };
            if ('subscriber' in received) {
              // the first message of a connection
              subscriber = received.subscriber;
              wait = RETRY_FIRST_MS;
              onConnection?.(true);
              resolve(detach);
              return;
            }
            onBatch(received);
            painted(() => {
              if (line.readyState === WebSocket.OPEN) line.send(JSON.stringify({ ack: received.seq }));
            });
          };
          socket.onclose = () => {
            if (over) return;
            onConnection?.(false);
            timer = setTimeout(connect, wait);
            wait = Math.min(wait * 2, RETRY_LAST_MS);
          };
        };
        const detach = () => {
          over = true;
          clearTimeout(timer);
          socket.close();
        };
        connect();
      });
    },

    subscribe: (session) => host.call('subscribe', { subscriber, session }),

    async unsubscribe(session) {
      await host.call('unsubscribe', { subscriber, session });
    },

    async zoom(factor) {
      await window.zoomPage?.(factor);
    },
  };
  return host;
}
