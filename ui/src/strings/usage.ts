import type { ReachedLimit } from '../bindings';
import type { Cost } from '../state/cost';
import { dollars, tokens } from './format';

/** Words of what tokens cost, and of limits of a task. */
export const usage = {
  cost: (cost: Cost) => {
    if (cost.type === 'local') return 'runs on this computer';
    if (cost.type === 'unknown') return 'unknown';
    return `${dollars(cost.millionths)}${cost.unpriced === 0 ? '' : ` and ${tokens(cost.unpriced)} tokens of unknown price`}`;
  },
  table: {
    caption: 'Tokens and cost',
    of: 'Used by',
    tokens: 'Tokens',
    cost: 'Cost',
    turn: 'Last turn',
    task: 'This task',
    session: 'This session',
    today: 'Today, all sessions',
    noPrice: (model: string) => `No price is listed or set for ${model}.`,
    setPrice: 'Set prices',
  },

  limit: {
    label: 'The task has reached its limit',
    title: (reached: ReachedLimit) =>
      reached.cost === undefined
        ? `This task has used ${tokens(total(reached))} tokens`
        : `This task has used ${tokens(total(reached))} tokens, which cost ${dollars(reached.cost)}`,
    help: ({ limit }: ReachedLimit) =>
      `Your limit for a task is ${limits(limit)}. The agent waits; nothing more is sent to the model until you decide.`,
    again: ({ limit }: ReachedLimit) => `Continue for ${limits(limit, 'another')}`,
    noLimit: 'Continue without a limit',
    noLimitHelp: 'For this task only.',
    end: 'End task',
    announce: 'The task has reached its limit and waits for you.',
  },

  page: {
    limits: 'Limits',
    limitsHelp: 'A task that has used this much waits until you let it continue or end it. For sessions you open from now on.',
    costLimit: 'Cost of a task',
    costUnit: 'dollars',
    tokenLimit: 'Tokens of a task',
    tokenUnit: 'tokens',
    none: 'No limit',
    notMoney: 'Enter dollars above 0, such as 2.50, or leave it empty for no limit.',
    notTokens: 'Enter a number of tokens above 0, such as 500000, or leave it empty for no limit.',
    days: 'Tokens and cost by day',
    daysHelp: 'Over all sessions of all projects, deleted ones included. Side questions aren’t counted.',
    day: 'Day',
    model: 'Model',
    loading: 'Adding up…',
    empty: 'Nothing was used in the last 30 days.',
    sum: '30 days',
    prices: 'Prices',
    pricesHelp:
      'A provider’s own list goes first (OpenRouter and LiteLLM have one; Refresh local servers on the Model page asks for it). For other models, set the price in config.toml, in dollars for a million tokens:',
    example: (model: string) => `[prices."${model}"]\ninput = 1.25\ncached_input = 0.125\noutput = 10`,
  },
} as const;

function total({ used }: ReachedLimit): number {
  return used.input_tokens + used.output_tokens;
}

function limits({ cost, tokens: count }: ReachedLimit['limit'], before = ''): string {
  const parts = [
    ...(cost === undefined ? [] : [dollars(cost)]),
    ...(count === undefined ? [] : [`${tokens(count)} tokens`]),
  ];
  return `${before === '' ? '' : `${before} `}${parts.join(' or ')}`;
}
