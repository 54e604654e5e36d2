/** Words of what the agent may do: when it asks, and what its commands can touch. */
export const permissions = {
  title: 'Permissions',
  inSession: 'Permissions in this session',
  inNewSessions: 'Permissions in new sessions',
  approval: {
    title: 'Approvals',
    untrusted: {
      name: 'Ask for everything',
      help: 'Only harmless commands, such as listing files, run without asking. Every other command and every patch asks.',
    },
    'on-effect': {
      name: 'Ask about changes',
      help: 'Commands run on a copy of the project without asking. You choose which of their changes are applied.',
      unavailable: (why: string) => `Not available on this computer: ${why}.`,
    },
    'on-request': {
      name: 'Ask for more access',
      help: 'Commands run in the sandbox. The agent asks you when it wants more than the sandbox allows.',
    },
    'on-failure': {
      name: 'Ask when the sandbox blocks',
      help: 'Commands run in the sandbox. When the sandbox blocks something, you’re asked whether to run it without.',
    },
    never: {
      name: 'Never ask',
      help: 'You’re never asked, and patches aren’t shown first. Anything that needs your approval is refused.',
    },
  },
  reviewPatches: 'Review every patch before it’s written',
  reviewPatchesShort: 'Review every patch',
  reviewPatchesHelp: {
    never: 'Has no effect while you’re never asked.',
    untrusted: 'Every patch asks already.',
    'on-effect': 'Every patch asks already.',
    otherwise: 'When off, patches inside the project are written at once.',
  },
  sandbox: {
    title: 'Command access',
    'read-only': {
      name: 'Read only',
      help: 'Commands can read files except your secrets, and write nothing.',
    },
    'workspace-write': {
      name: 'Project only',
      help: 'Commands can write in the project and in temporary folders, nowhere else.',
    },
    'danger-full-access': {
      name: 'No sandbox',
      help: 'Commands can do everything you can: every file, every secret, the whole network.',
    },
  },
  network: 'Allow network access',
  networkHelp: 'When off, commands reach only this computer’s loopback, enough to serve and test.',
} as const;

/** Returns the name of a sandbox policy; one this version doesn't know is returned as it is. */
export function sandboxName(mode: string): string {
  switch (mode) {
    case 'read-only':
    case 'workspace-write':
    case 'danger-full-access':
      return permissions.sandbox[mode].name;
    default:
      return mode;
  }
}
