import { bytes, plural, tokens } from './format';

/** Words of the composer, and of what stands by it. */
export const composer = {
  region: 'Prompt',
  label: 'Ask for a change',
  labelRunning: 'Add to the running task',
  mention: 'Mention a file or folder',
  attach: 'Attach an image',
  send: 'Send',
  files: 'Files and folders',
  commands: {
    title: 'Commands',
    ofProject: 'project',
    none: (folder: string) =>
      `No commands yet. A Markdown file in ${folder} becomes one: review.md is /review.`,
  },
  practice: 'Practice model',
  noModel: 'No model',
  model: (provider: string, model: string) => `${provider}: ${model}`,
  shortcut: (action: string, key: string) => `${action} (${key})`,

  showPaste: (index: number) => `Show pasted text ${index}`,
  removePaste: (index: number) => `Remove pasted text ${index}`,

  attached: (index: number) => `Attached image ${index}`,
  removeImage: (index: number) => `Remove image ${index}`,
  readingImage: 'Reading image…',
  sendsWhenRead: (images: number) =>
    images === 1 ? 'Sends when the image is read…' : `Sends when ${images} images are read…`,
  unnamedFile: 'the file',
  notImage: (name: string) => ({
    message: `Couldn’t attach ${name}: it isn’t an image.`,
    hint: 'PNG, JPEG, GIF and WebP images can be attached.',
  }),
  cannotOpen: (name: string) => ({
    message: `Couldn’t attach ${name}: it can’t be opened as an image.`,
    hint: 'Save it as PNG or JPEG, and attach that.',
  }),
  fileTooLarge: (name: string, size: number, mebibytes: number) => ({
    message: `Couldn’t attach ${name}: it’s too large (${bytes(size)}).`,
    hint: `An image can have up to ${mebibytes} MiB. Save a smaller one, and attach that.`,
  }),
  sidesTooLarge: (name: string, width: number, height: number, side: number, megapixels: number) => ({
    message: `Couldn’t attach ${name}: it’s too large (${width} × ${height} pixels).`,
    hint: `An image can have up to ${side} pixels a side and ${megapixels} megapixels. Scale it down or crop it, and attach that.`,
  }),
  unreadable: (name: string) => ({ message: `Couldn’t attach ${name}: it can’t be read.`, hint: null }),
  copied: {
    tooLarge: (name: string) => ({
      message: `Couldn’t attach ${name}: it’s too large.`,
      hint: 'Up to 64 MB can be pasted at once. Copy fewer or smaller images.',
    }),
    leftOut: (files: number) => ({
      message: `${plural(files, 'more file')} ${files === 1 ? 'wasn’t' : 'weren’t'} attached.`,
      hint: 'Up to 20 files can be pasted at once.',
    }),
    picture: 'the copied picture',
    pictureUnreadable: { message: 'The copied picture couldn’t be read.', hint: 'Copy it again.' },
  },

  queuePrompt: 'Send after this task',
  side: {
    title: 'Side question',
    ask: 'Ask on the side',
    help: 'Reads this conversation, and isn’t part of it. The task isn’t told.',
    asking: 'Asking…',
    answering: 'Answering…',
    stop: 'Stop',
    stopped: 'Stopped by you.',
    used: (used: string, cost: string | null) => `${used} tokens${cost === null ? '' : `, ${cost}`}`,
    copy: 'Copy answer',
    toPrompt: 'Use as prompt',
  },
  queue: {
    region: 'Queued prompts',
    waiting: (count: number) => `${plural(count, 'prompt')} queued, sent one by one when the task has ended`,
    held: (count: number) => `${plural(count, 'prompt')} queued, on hold`,
    pictures: (count: number) => plural(count, 'image'),
    up: 'Move up',
    down: 'Move down',
    edit: 'Edit',
    remove: 'Remove',
    sendNow: 'Send now',
  },

  background: {
    title: 'Commands in the background',
    one: 'running in the background',
    many: (count: number) => `${plural(count, 'command')} running in the background`,
    show: 'Show in the conversation',
  },

  context: {
    title: 'Context',
    popover: 'Context and tokens',
    used: (percent: number | null, total: number) =>
      `${percent === null ? '' : `Context ${percent}% full, `}${tokens(total)} tokens used`,
    percent: (percent: number) => `${percent}%`,
    summarizingLabel: 'Summarizing the conversation',
    summarizing: 'summarizing',
    full: (used: number, size: number, percent: number | null) =>
      `${tokens(used)} of ${tokens(size)} tokens, ${percent}% full.`,
    unmeasured: (size: number) => `Holds ${tokens(size)} tokens. The next answer shows how full it is.`,
    unknown: 'The size of this model’s context isn’t known.',
    sent: 'Sent',
    cached: 'of that, cached',
    received: 'Received',
    summarize: 'Summarize now',
    help: 'The model continues from a summary of the conversation, which frees context. You can still read everything here.',
    busy: 'Available when the task has ended.',
  },
} as const;
