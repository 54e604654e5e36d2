import { bytes, plural } from './format';

/** Words of texts that are too long to be shown in place. */
export const longText = {
  pasted: 'Pasted text',
  size: (size: number, lines: number) => `${bytes(size)}, ${plural(lines, 'line')}`,
  show: (size: string) => `Show all of it: ${size}`,
  between: (lines: number) => `… ${plural(lines, 'line')} between …`,
} as const;
