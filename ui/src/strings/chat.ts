import { plural } from './format';

/** Most paths that a sentence names. */
const NAMED_PATHS = 5;

/** Words of the conversation: its rows, its cards, and what stands above and below it. */
export const chat = {
  region: 'Conversation',
  feed: 'Messages',
  loading: 'Loading',
  newItems: (count: number) => plural(count, 'new item'),
  jump: 'Jump to latest',
  you: 'You',
  agent: 'Agent',
  attachment: 'Image you attached',
  interrupted: 'You stopped the agent here',
  thinking: 'Thinking',
  thought: 'Thought',

  empty: {
    title: (folder: string | undefined) => `What should change in ${folder ?? 'this folder'}?`,
    practice:
      'The practice model plays a few prepared tasks with the real tools, sandbox and approvals. It isn’t an AI.',
    sample: 'The practice model plays these tasks with the real tools, sandbox and approvals. It isn’t an AI. Pick one to start it.',
    help: 'You see every command and every patch. Whatever your permissions don’t allow waits for you.',
  },

  find: {
    region: 'Find in the conversation',
    field: 'Find in messages and output',
    count: (index: number, total: number, more: boolean) => `${index} of ${total}${more ? '+' : ''}`,
    total: (total: number, more: boolean) => (more ? `More than ${total} matches` : plural(total, 'match', 'matches')),
    none: 'No matches',
    next: 'Next match',
    previous: 'Previous match',
  },

  state: {
    starting: 'starting',
    running: 'running',
    waiting: 'waiting for you',
    ended: 'ended',
  },
  editPrompt: 'Edit and resend',
  resend: 'Resend in a fork',
  resendHelp: 'Starts a new session from before this prompt. This one stays, and files stay as they are.',
  sendAgain: 'Send again',

  sessionStatus: {
    starting: 'starting',
    idle: 'ready',
    running: 'running',
    waiting: 'waiting for you',
    ended: 'not open',
  },

  announce: {
    waiting: (kind: 'patch' | 'command' | 'tool') =>
      `${{ patch: 'A patch', command: 'A command', tool: 'A tool call' }[kind]} is waiting for your decision. Press F6 to go to it.`,
    running: 'The agent is working.',
    done: 'The agent is done.',
  },

  banner: {
    noKey: (provider: string) => `${provider} needs an API key before it can answer.`,
    goOn: 'Go on',
    goOnPrompt: 'Go on.',
    addKey: 'Add key',
    changeKey: 'Change key',
    notRunning: (provider: string) => `${provider} isn’t running on this computer.`,
    chooseModel: 'Choose another model',
    refresh: 'Refresh',
    refreshing: 'Refreshing…',
  },

  retry: {
    waiting: (seconds: number, attempt: number, of: number) => `Trying again in ${seconds} s (${attempt} of ${of}).`,
    now: 'Try now',
  },

  card: {
    waiting: 'waiting for you',
    running: 'running',
    ok: 'ok',
    failed: 'failed',
    declined: 'declined',
    interrupted: 'stopped',
    done: 'done',
  },
  command: {
    background: 'in the background',
    earlierLines: (count: number) => `Show ${plural(count, 'earlier line')}`,
    output: 'Output',
    noOutputYet: 'No output yet',
    noOutput: 'No output',
    inProject: 'in the project',
    inFolder: (path: string) => `in ${path}`,
    sandbox: (name: string) => `sandbox: ${name}`,
    onCopy: 'on a copy of the project',
    likePreview: 'did what its preview showed',
    unlikePreview: (paths: string[]) => {
      const more = paths.length - NAMED_PATHS;
      const named = paths.slice(0, NAMED_PATHS).join(', ');
      return `It did something else than its preview showed: ${more > 0 ? `${named} and ${more} more` : named}.`;
    },
    notAwaited: 'the task doesn’t wait for it',
    stop: (command: string) => `Stop ${command}`,
  },
  patch: {
    comments: (count: number) => plural(count, 'comment'),
    commentOn: (path: string, line: number, to: number) =>
      `You commented on ${path}, ${line === to ? `line ${line}` : `lines ${line}–${to}`}`,
    title: (files: number) => `Patch of ${plural(files, 'file')}`,
    writing: 'writing',
    written: 'written',
    writtenOf: (written: number, hunks: number) => `${written} of ${plural(hunks, 'hunk')} written`,
    hunks: (count: number) => plural(count, 'hunk'),
  },
  mcp: {
    server: (name: string) => `of ${name}`,
    noArguments: 'Called without arguments',
    arguments: 'Arguments',
    answer: 'Answer',
    showAll: 'Show all',
    noAnswer: 'No answer',
    progress: (percent: number | undefined, done: number) =>
      percent === undefined ? `${done} done` : `${percent}%`,
    images: (count: number) => `${plural(count, 'image')} for the model`,
  },
  reads: {
    running: 'running',
    failed: 'failed',
    someFailed: (count: number) => `${count} failed`,
    stopped: 'stopped',
    loading: 'Still reading',
    result: 'Result',
    nothing: 'Nothing found',
    gone: 'The result is no longer stored',
  },
  plan: {
    title: 'Plan',
    progress: 'Completed steps',
    count: (done: number, steps: number) => `${done} of ${steps}`,
    steps: { pending: 'to do', in_progress: 'in progress', completed: 'done' },
  },
  summary: {
    running: 'Summarizing the conversation',
    ok: 'Conversation summarized',
    interrupted: 'You stopped the summary',
    failed: 'Couldn’t summarize the conversation',
    automatic: 'automatically: the model’s context was nearly full',
    byYou: 'the model continues from this summary',
  },
  taskEnd: {
    complete: 'Done',
    interrupted: 'Stopped by you',
    failed: 'Failed',
    undone: 'undone',
    used: (count: string) => `${count} tokens`,
    cost: (cost: string) => (cost === 'unknown' ? 'cost unknown' : cost),
    more: 'More actions for this task',
    fork: 'Fork from here',
    forkHelp: 'Starts a session that remembers everything up to here. Files stay as they are.',
  },
  undone: {
    reverted: (extent: 'hunk' | 'file', redo: boolean, path: string) =>
      `You ${redo ? 'brought back' : 'reverted'} ${extent === 'hunk' ? 'a hunk of ' : ''}${path}`,
    undoRevert: 'Undo revert',
    title: (redo: boolean, files: number) => `${redo ? 'Redone' : 'Undone'}: ${plural(files, 'file')}`,
    skippedCount: (files: number) => `${files} skipped`,
    more: (files: number) => `and ${files} more`,
    skipped: 'Skipped: changed since by someone else',
  },
} as const;
