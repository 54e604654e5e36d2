/** A run of text in one style. */
export interface StyledRun {
  text: string;
  /** Names of the style's classes, separated by spaces. */
  classes: string;
  /** Color and background that no class names. */
  color: string | null;
  background: string | null;
}

/** The only control sequence in the output of a command; the host takes out all others. */
// eslint-disable-next-line no-control-regex
const STYLE = /\u001b\[([\d;]*)m/g;

const ATTRIBUTES = new Map([
  [1, 'bold'],
  [2, 'dim'],
  [3, 'italic'],
  [4, 'underlined'],
  [7, 'reversed'],
  [9, 'struck'],
]);

/** Splits the output of a command into runs of one style. */
export function styledRuns(output: string): StyledRun[] {
  const runs: StyledRun[] = [];
  let style = styleOf('');
  let from = 0;
  for (const match of output.matchAll(STYLE)) {
    if (match.index > from) runs.push({ text: output.slice(from, match.index), ...style });
    style = styleOf(match[1] ?? '');
    from = match.index + match[0].length;
  }
  if (from < output.length) runs.push({ text: output.slice(from), ...style });
  return runs;
}

/** Returns the output of a command without its styles. */
export function withoutStyles(output: string): string {
  return output.replace(STYLE, '');
}

/** Reads the parameters of one sequence, which each name a whole style. */
function styleOf(params: string): Omit<StyledRun, 'text'> {
  const classes: string[] = [];
  let color: string | null = null;
  let background: string | null = null;
  const codes = params.split(';').map(Number);
  for (let code = codes.shift(); code !== undefined; code = codes.shift()) {
    const attribute = ATTRIBUTES.get(code);
    if (attribute !== undefined) classes.push(attribute);
    else if (code >= 30 && code <= 37) classes.push(`color-${code - 30}`);
    else if (code >= 90 && code <= 97) classes.push(`color-${code - 82}`);
    else if (code >= 40 && code <= 47) classes.push(`behind-${code - 40}`);
    else if (code >= 100 && code <= 107) classes.push(`behind-${code - 92}`);
    else if (code === 38) color = extended(codes);
    else if (code === 48) background = extended(codes);
  }
  return { classes: classes.join(' '), color, background };
}

/** Takes the codes of a color that has no name. */
function extended(codes: number[]): string | null {
  if (codes.shift() === 2) {
    const [red = 0, green = 0, blue = 0] = codes.splice(0, 3);
    return `rgb(${red} ${green} ${blue})`;
  }
  const index = codes.shift() ?? 0;
  if (index >= 232) {
    const level = 8 + (index - 232) * 10;
    return `rgb(${level} ${level} ${level})`;
  }
  if (index < 16) return null;
  const part = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const cube = index - 16;
  return `rgb(${part(Math.floor(cube / 36))} ${part(Math.floor(cube / 6) % 6)} ${part(cube % 6)})`;
}
