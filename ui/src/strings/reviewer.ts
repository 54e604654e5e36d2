import type { UnseenLines } from '../bindings';
import { duration, plural, tokens } from './format';

/** Words of the second model that reads patches. */
export const reviewer = {
  region: 'Review by a second model',
  practice: 'Practice model',
  choose: 'Choose a reviewer…',
  review: (model: string) => `Review with ${model}`,
  again: 'Review again',
  running: (model: string) => `${model} is reviewing…`,
  completed: (model: string, open: number, dismissed: number) => {
    if (dismissed === 0) return `${model}: ${open === 0 ? 'no comments' : plural(open, 'comment')}`;
    if (open === 0) return `${model}: ${dismissed === 1 ? '1 comment, dismissed' : `${dismissed} comments, all dismissed`}`;
    return `${model}: ${plural(open, 'comment')}, ${dismissed} dismissed`;
  },
  facts: (ms: number, used: number) => `${duration(ms)}, ${tokens(used)} tokens`,
  failed: (model: string, message: string) => `Review by ${model} failed: ${message}`,
  stopped: (model: string, used: number) =>
    `Review by ${model} stopped${used > 0 ? ` · ${tokens(used)} tokens` : ''}`,
  earlier: (comments: number) => `${plural(comments, 'comment')} of the review before ${comments === 1 ? 'stays' : 'stay'}`,
  /** Says what of a patch was not shown to its reviewer. */
  unseen: (unseen: readonly UnseenLines[]) => {
    const [first, ...others] = unseen;
    const more = others.length === 0 ? '' : ` and parts of ${others.length === 1 ? '1 other file' : `${others.length} other files`}`;
    return first ? `It was not shown ${plural(first.lines, 'line')} of ${first.path}${more}: the patch is too long.` : '';
  },
  failedAfter: (comments: number) => `${plural(comments, 'comment')} before that`,
  next: 'Next comment',
  showDismissed: (comments: number) => `Show ${comments} dismissed`,
  summary: (model: string) => `Summary by ${model}`,

  /** Said to screen readers when the state of a review changes. */
  announce: {
    running: (model: string) => `${model} is reviewing the patch.`,
    completed: (model: string, comments: number) =>
      `${model} has reviewed the patch: ${comments === 0 ? 'no comments' : plural(comments, 'comment')}.`,
    failed: (model: string) => `The review by ${model} failed.`,
    stopped: (model: string) => `The review by ${model} was stopped.`,
  },

  comments: {
    list: (model: string) => `Comments by ${model}`,
    use: 'Use as my comment',
    used: 'Used',
    inFile: (model: string, comments: number) => `${plural(comments, 'comment')} by ${model}`,
    at: (action: string, where: string) => `${action}, ${where}`,
  },

  /** Said with a patch that was decided. */
  recorded: {
    completed: (model: string, comments: number) =>
      `Reviewed by ${model}: ${comments === 0 ? 'nothing to say' : plural(comments, 'comment')}`,
    failed: (model: string) => `Review by ${model} failed`,
    stopped: (model: string) => `Review by ${model} stopped`,
    running: (model: string) => `${model} was reviewing`,
    hunk: (path: string, number: number) => `${path}, hunk ${number}`,
    unknownHunk: (id: string) => `hunk ${id}`,
  },

  settings: {
    title: 'Reviewer',
    help: 'A second model reads each patch and comments on lines. It can read the project, and changes nothing.',
    sent: (provider: string) => `The patch and what the model reads are sent to ${provider}.`,
    provider: 'Provider',
    none: 'No reviewer',
    model: 'Model',
    needsModel: 'Enter the name of a model to use this provider.',
    needsKey: 'Save an API key for it above.',
    everyPatch: 'Start by itself with every patch',
    everyPatchHelp: 'Otherwise you ask for a review on the patch.',
  },
} as const;
