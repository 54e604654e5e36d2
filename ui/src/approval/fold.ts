/** A piece of a folded command. */
export type CommandPiece =
  | { type: 'text'; text: string }
  /** A run of empty lines, which would push the rest out of view. */
  | { type: 'empty'; lines: number }
  /** Text that is left out until the person asks for it. */
  | { type: 'hidden'; lines: number; characters: number };

/** Size up to which a command isn't folded. */
const WHOLE = { lines: 12, characters: 1000 };
const HEAD = { lines: 7, characters: 550 };
const TAIL = { lines: 4, characters: 400 };
/** Longest run of empty lines that is painted as it is. */
const EMPTY = 2;

/** A line, or a run of empty ones. */
type Line = { text: string } | { empty: number };

/** Returns the whole command, with runs of empty lines counted instead of painted. */
export function unfolded(text: string): CommandPiece[] {
  return joined(linesOf(text));
}

/** Returns the command without its middle when it is long; its end is always visible. */
export function folded(text: string): CommandPiece[] {
  const lines = linesOf(text);
  if (lines.length <= WHOLE.lines && width(lines) <= WHOLE.characters) return joined(lines);
  const [head, rest] = taken(lines, HEAD, (line, count) => [line.slice(0, count), line.slice(count)]);
  const [tail, middle] = taken(rest.reverse(), TAIL, (line, count) => [
    line.slice(-count),
    line.slice(0, -count),
  ]);
  if (middle.length === 0) return joined(lines);
  const hidden = middle.reduce((sum, line) => sum + ('empty' in line ? line.empty : 1), 0);
  return [
    ...joined(head),
    { type: 'hidden', lines: hidden, characters: width(middle) },
    ...joined(tail.reverse()),
  ];
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let run: string[] = [];
  const end = () => {
    if (run.length > EMPTY) lines.push({ empty: run.length });
    else lines.push(...run.map((each) => ({ text: each })));
    run = [];
  };
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      run.push(line);
    } else {
      end();
      lines.push({ text: line });
    }
  }
  end();
  return lines;
}

function width(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + ('empty' in line ? 0 : line.text.length), 0);
}

/** Splits off as many lines as there is room for; a line that is too long for the room is cut. */
function taken(
  lines: Line[],
  room: { lines: number; characters: number },
  cut: (line: string[], count: number) => [string[], string[]],
): [Line[], Line[]] {
  const into: Line[] = [];
  let left = room.characters;
  for (const [index, line] of lines.entries()) {
    if (into.length === room.lines || left <= 0) return [into, lines.slice(index)];
    if ('text' in line && line.text.length > left) {
      // between characters, not inside a surrogate pair
      const [within, beyond] = cut([...line.text], left);
      const after = lines.slice(index + 1);
      if (beyond.length > 0) after.unshift({ text: beyond.join('') });
      return [[...into, { text: within.join('') }], after];
    }
    into.push(line);
    if ('text' in line) left -= line.text.length;
  }
  return [into, []];
}

function joined(lines: Line[]): CommandPiece[] {
  const pieces: CommandPiece[] = [];
  for (const line of lines) {
    const last = pieces.at(-1);
    if ('empty' in line) pieces.push({ type: 'empty', lines: line.empty });
    else if (last?.type === 'text') last.text += `\n${line.text}`;
    else pieces.push({ type: 'text', text: line.text });
  }
  return pieces;
}
