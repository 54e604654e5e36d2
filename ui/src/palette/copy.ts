import type { WindowState } from '../state/window.svelte';

/** Puts the last answer into the clipboard as markdown, and says what became of it. */
export async function copyLastAnswer(shown: WindowState): Promise<void> {
  await shown.run(async () => {
    const answer = await shown.lastAnswer();
    if (answer === null) return shown.tell('There is no answer yet');
    try {
      await navigator.clipboard.writeText(answer);
    } catch {
      return shown.complain({ message: 'the answer could not be copied', hint: 'select its text and copy that' });
    }
    shown.tell('Copied the last answer');
  });
}
