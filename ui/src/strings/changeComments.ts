import { plural } from './format';

/** Words of the comments on changes that are collected for the next prompt. */
export const changeComments = {
  region: 'Comments on changes',
  count: (comments: number) => `${plural(comments, 'comment')} on changes`,
  placeholder: 'Comment for the agent. It waits above the prompt until you send it.',
  on: (hunk: string) => `Comment on ${hunk}`,
  send: 'Send to the agent',
  sendHelp: 'Starts a task with your comments and the lines they’re on. What’s typed in the prompt goes first.',
  sendAfter: 'Send after this task',
  sendAfterHelp: 'Starts a task with your comments when this one has ended. What’s typed in the prompt goes first.',
  show: (place: string) => `Show ${place}`,
  gone: 'These lines aren’t in the changes shown. The comment quotes them as they were.',
  remove: (place: string) => `Delete comment on ${place}`,
  place: (path: string, lines: string) => `${path}, ${lines}`,

  /** Said to the agent, as it is told the comments on a patch (`crates/engine/src/answers.rs`). */
  prompt: {
    head: 'Comments on lines of these changes:',
    line: (line: number) => `line ${line}`,
    lines: (from: number, to: number) => `lines ${from}-${to}`,
    before: 'as the file was',
    after: 'as the file is',
    place: (path: string, lines: string, side: string) => `${path}, ${lines} (${side}):`,
    more: (lines: number) => `[... ${lines} more lines ...]`,
  },
} as const;
