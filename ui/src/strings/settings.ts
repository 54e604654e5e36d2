/** Words of the settings. */
export const settings = {
  title: 'Settings',
  pages: {
    model: { name: 'Model', also: 'Providers, keys, reasoning effort, reviewer' },
    approval: { name: 'Permissions', also: 'Approvals, sandbox, trust' },
    rules: { name: 'Rules', also: 'Commands to allow, ask about or deny' },
    mcp: { name: 'MCP servers', also: 'Tools by others' },
    usage: { name: 'Usage', also: 'Tokens, cost by day, prices, limits of a task' },
    appearance: { name: 'Appearance', also: 'Theme, light and dark, editor' },
    notifications: { name: 'Notifications', also: 'While the window isn’t focused' },
    background: { name: 'Background', also: 'Closing the window, tray, start at login' },
    about: { name: 'About', also: 'Version, shortcuts' },
  },

  model: {
    title: 'Default model',
    model: 'Model',
    available: 'Available models',
    effort: 'Reasoning effort',
    efforts: {
      default: 'Model default',
      none: 'None',
      minimal: 'Minimal',
      low: 'Low',
      medium: 'Medium',
      high: 'High',
      xhigh: 'Extra high',
      max: 'Maximum',
    },
    address: (url: string, protocol: string) => `${url}, ${protocol} API`,
    practice: 'Practice model',
    practiceHelp: 'Plays a few prepared tasks. It isn’t an AI.',
    refresh: 'Refresh local servers',
    refreshing: 'Refreshing…',
    status: {
      practice: 'built in, offline, no key',
      running: 'running on this computer',
      notRunning: 'not running on this computer',
      noModels: 'running, lists no models',
      keychain: 'key in the keychain',
      environment: (name: string | null) => `key from ${name ?? 'the environment'}`,
      session: 'key until you quit',
      notNeeded: 'no key needed',
      missing: 'needs a key',
    },
    key: {
      label: 'API key',
      of: (provider: string) => `of ${provider}`,
      paste: 'Paste an API key',
      replace: 'Paste another key to replace it',
      fromEnvironment: (name: string | null) =>
        `The key comes from ${name ?? 'the environment'}. A key you save here is used instead.`,
      noKeychain: (reason: string) =>
        `There’s no keychain (${reason}). The key is kept until you quit the app, and isn’t written to any file.`,
      inKeychain: (name: string | null) =>
        `Kept only in your system’s keychain${name === null ? '' : `, or read from ${name}`}.`,
    },
  },

  trust: {
    title: (project: string) => `Instructions in ${project}`,
    label: 'Trust the instructions in this folder',
    help: (files: string) => `${files}. Applies to sessions you start from now on.`,
  },

  approveOnlyViewed: {
    label: 'Approve a patch only when all of it is viewed',
    help: 'Every hunk that would be written has to be marked as viewed first.',
  },

  appearance: {
    theme: 'Theme',
    themes: {
      system: { name: 'System', help: 'Follows your desktop’s light or dark mode.' },
      light: { name: 'Light', help: 'Dark text on white.' },
      dark: { name: 'Dark', help: 'Light text on near black.' },
    },
  },

  editor: {
    title: 'Editor',
    command: 'Changed files open at their line with:',
    desktop: 'Changed files open as your desktop opens them, without the line. To open them at the line, set this in config.toml:',
    example: 'editor_command = "code --goto {file}:{line}"',
  },

  notifications: {
    title: 'While the window isn’t focused',
    turnComplete: 'Notify me when a task is complete',
    approval: 'Notify me when something waits for my decision',
  },

  about: {
    version: (version: string) => `Countersign ${version}`,
    shortcuts: 'Keyboard shortcuts',
  },
} as const;
