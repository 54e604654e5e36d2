/** Text of a field, and what is selected in it. */
export interface FieldText {
  text: string;
  start: number;
  end: number;
}

/** Columns of an indentation where the lines don't tell. */
const USUAL = 4;
/** Most columns that an indentation of a file can have. */
const WIDEST = 8;

/** Returns one step of the indentation that lines of a file have: a tab, or a number of spaces. */
export function indentOf(lines: readonly string[]): string {
  const full = lines.filter((line) => line.trim() !== '');
  const tabs = full.filter((line) => line.startsWith('\t')).length;
  const widths = full.filter((line) => !line.startsWith('\t')).map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const spaced = widths.filter((width) => width >= 2).length;
  if (tabs > spaced) return '\t';
  const steps = new Map<number, number>();
  for (let at = 1; at < widths.length; at += 1) {
    const step = Math.abs((widths[at] ?? 0) - (widths[at - 1] ?? 0));
    if (step >= 2 && step <= WIDEST) steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  // of steps that are as frequent, the smaller one: a larger one is two of it
  const [usual] = [...steps].sort(([a, many], [b, more]) => more - many || a - b);
  if (usual) return ' '.repeat(usual[0]);
  // lines that are all at one depth
  const depth = widths.find((width) => width >= 2);
  if (depth === undefined) return ' '.repeat(USUAL);
  return ' '.repeat(depth % USUAL !== 0 && depth % 2 === 0 ? 2 : USUAL);
}

/** Breaks the line at the cursor; the new one begins as that line does. */
export function brokenLine({ text, start, end }: FieldText): FieldText {
  const line = text.slice(lineStart(text, start), start);
  const added = `\n${/^[ \t]*/.exec(line)?.[0] ?? ''}`;
  return { text: text.slice(0, start) + added + text.slice(end), ...cursor(start + added.length) };
}

/** Indents the selected lines by one step, or puts it in at the cursor where no text is selected. */
export function indented(field: FieldText, step: string): FieldText {
  const { text, start, end } = field;
  if (start !== end) return mapLines(field, (line) => (line === '' ? line : step + line));
  const column = start - lineStart(text, start);
  // as far as the next stop
  const added = step === '\t' ? step : ' '.repeat(step.length - (column % step.length));
  return { text: text.slice(0, start) + added + text.slice(start), ...cursor(start + added.length) };
}

/** Takes one step of the indentation off the lines that are selected, or the one at the cursor. */
export function outdented(field: FieldText, step: string): FieldText {
  const width = step === '\t' ? USUAL : step.length;
  return mapLines(field, (line) => line.replace(new RegExp(`^(?:\\t| {1,${width}})`), ''));
}

/** Changes every line that is selected in part; what is selected stays so. */
function mapLines({ text, start, end }: FieldText, change: (line: string) => string): FieldText {
  const from = lineStart(text, start);
  // a line whose first place is the end of the selection is not in it
  const within = end > start && text[end - 1] === '\n' ? end - 1 : end;
  const next = text.indexOf('\n', within);
  const to = next === -1 ? text.length : next;
  const before = text.slice(from, to).split('\n');
  const after = before.map(change);
  const changed = after.join('\n');
  const first = (after[0]?.length ?? 0) - (before[0]?.length ?? 0);
  const newStart = Math.max(from, start === from && end > start ? start : start + first);
  const grown = changed.length - (to - from);
  return {
    text: text.slice(0, from) + changed + text.slice(to),
    start: newStart,
    end: Math.max(newStart, end + grown),
  };
}

function lineStart(text: string, at: number): number {
  // a negative position would find a line feed at 0
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function cursor(at: number): Pick<FieldText, 'start' | 'end'> {
  return { start: at, end: at };
}

/** Kinds of input that go on with the step before, as long as they follow on from it. */
const TYPING = ['insertText', 'deleteContentBackward', 'deleteContentForward'];
/** Most steps that can be undone. */
const MOST_STEPS = 500;

/** Steps of editing a field, which can be undone and redone whatever changed the text: a key, a paste or the window. */
export class EditHistory {
  #steps: FieldText[];
  #at = 0;
  /** Kind of the last step, while more of it can follow. */
  #open: string | null = null;

  constructor(first: FieldText) {
    this.#steps = [first];
  }

  /** The text as of the last step that isn't undone. */
  get current(): FieldText {
    return this.#steps[this.#at] as FieldText;
  }

  /** Notes the selection before a change: undoing that leads back to it. */
  select(start: number, end: number): void {
    const { text, ...now } = this.current;
    if (now.start === start && now.end === end) return;
    this.#open = null;
    this.#steps[this.#at] = { text, start, end };
  }

  /** Notes a change. Typed words, and characters deleted one after the other, are one step each. */
  record(field: FieldText, kind: string): void {
    const last = this.current;
    if (field.text === last.text) return;
    const goesOn = this.#open === kind && TYPING.includes(kind) && follows(last, field, kind);
    this.#steps.length = this.#at + 1;
    if (goesOn) this.#steps[this.#at] = field;
    else this.#steps.push(field);
    if (this.#steps.length > MOST_STEPS) this.#steps.shift();
    this.#at = this.#steps.length - 1;
    this.#open = kind;
  }

  /** Returns the text before the last step, which it goes back to; `null` at the first. */
  undo(): FieldText | null {
    return this.#go(-1);
  }

  /** Returns the text after the step that was undone last; `null` when there is none. */
  redo(): FieldText | null {
    return this.#go(1);
  }

  #go(by: 1 | -1): FieldText | null {
    const field = this.#steps[this.#at + by];
    if (!field) return null;
    this.#at += by;
    this.#open = null;
    return field;
  }
}

/** Reports whether a change is more of the one before it. */
function follows(last: FieldText, field: FieldText, kind: string): boolean {
  if (kind === 'deleteContentForward') return field.start === last.start;
  if (kind === 'deleteContentBackward') return last.text.length - field.text.length === last.start - field.start;
  const typed = field.text.slice(last.start, field.start);
  if (typed.length !== field.text.length - last.text.length) return false;
  // a word is a step, with the space after it
  return /^\s/.test(typed) || !/\s$/.test(field.text.slice(0, last.start));
}
