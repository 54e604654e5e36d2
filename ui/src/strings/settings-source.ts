import type { ValueSource } from '../bindings';



/** Says where a setting's value comes from; empty for a built-in default. */
export function sourceText(source: ValueSource): string {
  switch (source.from) {
    case 'default':
      return '';
    case 'config_file':
      return `From ${fileName(source.path)} line ${source.line}`;
    case 'profile':
      return `From profile ${source.name}, ${fileName(source.path)} line ${source.line}`;
    case 'overlay':
      return 'Set here';
    case 'command_line':
      return 'Set on the command line';
    case 'environment':
      return `From the environment variable ${source.name}`;
  }
}

export const RESET = 'Reset';

/** Accessible name of a reset button. */
export const resetName = (label: string): string => `Reset ${label.toLowerCase()}`;

/** Names of the settings that share one form. */
export const SETTING_NAMES = {
  provider: 'Model',
  model: 'Model',
  reasoning_effort: 'Reasoning effort',
  approval: 'Approval',
  sandbox: 'Sandbox',
  review_patches: 'Patch review',
  theme: 'Theme',
  approve_only_viewed: 'Viewed hunks',
  task_cost_limit: 'Cost of a task',
  task_token_limit: 'Tokens of a task',
  reviewer: 'Reviewer',
  notify_turn_complete: 'Turn notifications',
  notify_approval: 'Approval notifications',
  close_action: 'Closing the window',
} as const;

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
