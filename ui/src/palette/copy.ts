import { toMarkdown } from '../markdown/write';
import type { WindowState } from '../state/window.svelte';

/** Puts the last answer into the clipboard as markdown, and says what became of it. */
export async function copyLastAnswer(shown: WindowState): Promise<void> {
  await shown.run(async () => {
    const blocks = await shown.lastAnswer();
    if (!blocks) return shown.tell('There is no answer yet');
    try {
      await navigator.clipboard.writeText(toMarkdown(blocks));
    } catch {
      return shown.complain({ message: 'the answer could not be copied', hint: 'select its text and copy that' });
    }
    const whole = blocks.every((block) => block.block !== 'rest');
    shown.tell(whole ? 'Copied the last answer' : 'Copied the last answer, as far as the window has it');
  });
}
