import type { Block, ListItem, Span } from '../bindings';

/** Writes blocks as markdown, without the part of an answer that the window doesn't have. */
export function toMarkdown(blocks: Block[]): string {
  return blocks
    .map(written)
    .filter((text) => text !== '')
    .join('\n\n');
}

function written(block: Block): string {
  switch (block.block) {
    case 'paragraph':
      return asText(inline(block.spans).replaceAll('\n', '\\\n'));
    case 'heading':
      return `${'#'.repeat(block.level)} ${oneLine(block.spans)}`;
    case 'code': {
      const fence = '`'.repeat(Math.max(3, longestRun(block.text) + 1));
      return `${fence}${block.language}\n${block.text.replace(/\n$/, '')}\n${fence}`;
    }
    case 'list':
      return block.items
        .map((item, index) => listItem(item, block.start === null ? '-' : `${block.start + index}.`))
        .join('\n');
    case 'quote':
      return toMarkdown(block.blocks).replace(/^/gm, '> ').replace(/^> $/gm, '>');
    case 'table': {
      const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
      const row = (cells: Span[][]) => line(cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')));
      return [row(block.head), line(block.head.map(() => '---')), ...block.rows.map(row)].join('\n');
    }
    case 'rule':
      return '---';
    case 'rest':
      return '';
  }
}

function listItem(item: ListItem, mark: string): string {
  const box = item.checked === null ? '' : item.checked ? '[x] ' : '[ ] ';
  const text = item.blocks
    .map((block, index) => (index === 0 ? '' : block.block === 'list' ? '\n' : '\n\n') + written(block))
    .join('');
  return `${mark} ${box}${text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(mark.length + 1)}`)}`;
}

const oneLine = (spans: Span[]) => inline(spans).replaceAll('\n', ' ');

/** Writes spans; those of one link are one link, whatever their styles. */
function inline(spans: Span[]): string {
  const first = spans[0];
  if (!first) return '';
  const other = spans.findIndex((span) => span.link !== first.link);
  const end = other < 0 ? spans.length : other;
  const text = styled(spans.slice(0, end));
  return (first.link ? `[${text}](${target(first.link)})` : text) + inline(spans.slice(end));
}

function target(link: string): string {
  return /[\s()<>]/.test(link) ? `<${link.replace(/[\s<>]/g, encodeURIComponent)}>` : link;
}

const STYLES = [
  { of: 'bold', mark: '**' },
  { of: 'italic', mark: '*' },
  { of: 'strike', mark: '~~' },
] as const;

function styled(spans: Span[]): string {
  let text = '';
  let open: string[] = [];
  /** Ends the styles that don't continue, and returns the marks of those that begin. A mark stands at a word: the space around it is
   *  outside. */
  const turn = (marks: string[]): string => {
    const ends = open.findIndex((mark) => !marks.includes(mark));
    const kept = ends < 0 ? open : open.slice(0, ends);
    const begins = marks.filter((mark) => !kept.includes(mark));
    const close = open.slice(kept.length).reverse().join('');
    text = text.replace(/\s*$/, (space) => close + space);
    open = [...kept, ...begins];
    return begins.join('');
  };
  for (const span of spans) {
    const said = span.code ? code(span.text) : escaped(span.text);
    const blank = said.trim() === '';
    const begin = blank ? '' : turn(STYLES.filter(({ of }) => span[of]).map(({ mark }) => mark));
    text += said.replace(/^\s*/, (space) => space + begin);
  }
  turn([]);
  return text;
}

function code(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const room = /^`|`$/.test(text) ? ' ' : '';
  return `${fence}${room}${text}${room}${fence}`;
}

/** Returns the length of the longest run of backticks. */
function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Escapes characters that would be markup, and as few others as possible. */
function escaped(text: string): string {
  return text
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/`|~(?=~)|(?<=~)~|<(?=[a-z/!?])|&(?=#?\w+;)|\](?=[([:])/gi, '\\$&')
    .replace(/(?<!\s)\*|\*(?!\s)|(?<!\w)_|_(?!\w)/g, '\\$&');
}

/** Escapes the beginnings of lines that would make a line more than text. */
function asText(paragraph: string): string {
  return paragraph
    .replace(/^(\s*)([-+](?=[\s-]|$)|=|>|#{1,6}(?=\s|$))/gm, '$1\\$2')
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/gm, '$1\\$2');
}
