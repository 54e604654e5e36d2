import type { App } from '../state/app.svelte';
import { palette as text } from '../strings/palette';

/** Copies the last answer of the shown session as markdown, and reports the result in a toast. */
export async function copyLastAnswer({ client, session, toasts }: App): Promise<void> {
  await client.run(async () => {
    const answer = (await session?.lastAnswer()) ?? null;
    if (answer === null) return toasts.info(text.noAnswer);
    try {
      await navigator.clipboard.writeText(answer);
    } catch {
      return toasts.error(text.copyFailed);
    }
    toasts.info(text.copied);
  });
}
