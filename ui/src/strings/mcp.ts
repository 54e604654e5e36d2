import { plural } from './format';

/** Words of the settings page of MCP servers. */
export const mcp = {
  title: 'MCP servers',
  help: (file: string | undefined) =>
    `MCP servers are programs by others that give the agent tools. They run outside the sandbox, so a call waits for you unless the tool only reads or you trust it. Configure them in ${file ?? 'the configuration file'}.`,
  loading: 'Loading…',
  empty: 'No servers',
  emptyHelp: ['Add one under', 'in that file, then restart the app.'],
  emptyKey: '[mcp_servers.NAME]',
  tools: (count: number) => plural(count, 'tool'),
  ofServer: (name: string) => `of ${name}`,
  noSession: 'No session is open, so no server is running.',
  status: {
    off: 'turned off',
    not_started: 'starts with a session',
    starting: 'starting…',
    ready: (tools: number) => `ready, ${plural(tools, 'tool')}`,
    failed: 'not available',
    stopped: 'stopped',
  },
  asks: { trusted: 'trusted', readOnly: 'read-only', asks: 'asks' },
} as const;
