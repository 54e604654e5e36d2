import { toMarkdown } from '../markdown/write';
import type { App } from '../state/app.svelte';
import { palette as text } from '../strings/palette';

/** Copies the last answer of the shown session as markdown, and reports the result in a toast. */
export async function copyLastAnswer({ client, session, toasts }: App): Promise<void> {
  await client.run(async () => {
    const blocks = (await session?.lastAnswer()) ?? null;
    if (!blocks) return toasts.info(text.noAnswer);
    try {
      await navigator.clipboard.writeText(toMarkdown(blocks));
    } catch {
      return toasts.error(text.copyFailed);
    }
    const whole = blocks.every((block) => block.block !== 'rest');
    toasts.info(whole ? text.copied : text.copiedInPart);
  });
}
