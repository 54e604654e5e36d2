import type { ChangeComment } from '../state/changeComments.svelte';
import { changeComments } from '../strings/changeComments';

/** Words comments on changes for the agent: each with its file, its lines and what they say. */
export function commentPrompt(comments: readonly ChangeComment[]): string {
  return [changeComments.prompt.head, ...comments.map(quoted)].join('\n\n');
}

function quoted({ path, side, line, toLine, quoted, more, text }: ChangeComment): string {
  const words = changeComments.prompt;
  const lines = line === toLine ? words.line(line) : words.lines(line, toLine);
  return [
    words.place(path, lines, words[side]),
    ...quoted.map((each) => `> ${each}`),
    ...(more > 0 ? [`> ${words.more(more)}`] : []),
    text.trim(),
  ].join('\n');
}
