import { expect, test } from 'vitest';
import type { Block, Span } from '../bindings';
import { toMarkdown } from './write';

const paragraph = (...spans: (Span | string)[]): Block => ({
  id: 0,
  block: 'paragraph',
  spans: spans.map((span) => (typeof span === 'string' ? { text: span } : span)),
});
const item = (checked: boolean | null, ...blocks: Block[]) => ({ checked, blocks });
const list = (start: number | null, ...items: ReturnType<typeof item>[]): Block => ({ id: 0, block: 'list', start, items });

test.each<[string, Block[], string]>([
  [
    'blocks with a line between them',
    [{ id: 0, block: 'heading', level: 2, spans: [{ text: 'Why' }] }, paragraph('So.'), { id: 1, block: 'rule' }],
    '## Why\n\nSo.\n\n---',
  ],
  ['a line break', [paragraph('one\ntwo')], 'one\\\ntwo'],
  [
    'styles, at the words they are of',
    [paragraph('so ', { text: 'bold ', bold: true }, { text: 'both', bold: true, italic: true }, { text: ' gone', strike: true })],
    'so **bold *both*** ~~gone~~',
  ],
  ['no style of nothing', [paragraph('a', { text: ' ', bold: true }, 'b')], 'a b'],
  ['code in a style', [paragraph({ text: 'call ', bold: true }, { text: 'f()', bold: true, code: true })], '**call `f()`**'],
  ['code with backticks', [paragraph({ text: 'a``b`', code: true })], '``` a``b` ```'],
  [
    'a link of several spans',
    [paragraph({ text: 'the ', link: 'https://a.b/' }, { text: 'spec', code: true, link: 'https://a.b/' }, '.')],
    '[the `spec`](https://a.b/).',
  ],
  ['a link that ends early', [paragraph({ text: 'x', link: 'https://a.b/c_(d)' })], '[x](<https://a.b/c_(d)>)'],
  [
    'a block of code, in a fence that holds it',
    [{ id: 0, block: 'code', language: 'md', text: 'see\n```\nx\n```\n' }],
    '````md\nsee\n```\nx\n```\n````',
  ],
  [
    'lists in lists, with their numbers and boxes',
    [list(3, item(null, paragraph('a'), list(null, item(true, paragraph('b')), item(false, paragraph('c')))), item(null, paragraph('d'), paragraph('e')))],
    '3. a\n   - [x] b\n   - [ ] c\n4. d\n\n   e',
  ],
  ['a quote', [{ id: 0, block: 'quote', blocks: [paragraph('a'), paragraph('b')] }], '> a\n>\n> b'],
  [
    'a table',
    [{ id: 0, block: 'table', head: [[{ text: 'a' }], [{ text: 'b' }]], rows: [[[{ text: 'x|y', code: true }], []]] }],
    '| a | b |\n| --- | --- |\n| `x\\|y` |  |',
  ],
  ['an answer that goes on, without what is missing', [paragraph('a'), { id: 1, block: 'rest' }], 'a'],
])('writes %s', (_what, blocks, text) => {
  expect(toMarkdown(blocks)).toBe(text);
});

test.each([
  ['snake_case, a[0] * b, x < y & z, C:\\dir', 'snake_case, a[0] * b, x < y & z, C:\\dir'],
  ['*not* _so_ `x` ~~y~~', '\\*not\\* \\_so\\_ \\`x\\` \\~\\~y\\~\\~'],
  ['<b> &amp; [x](y) \\*', '\\<b> \\&amp; [x\\](y) \\\\\\*'],
  ['# no heading', '\\# no heading'],
  ['- no item', '\\- no item'],
  ['* nor this', '\\* nor this'],
  ['2. nor that', '2\\. nor that'],
  ['> no quote', '\\> no quote'],
  ['-1 and 2.5', '-1 and 2.5'],
])('means %j as text, and no more', (said, text) => {
  expect(toMarkdown([paragraph(said)])).toBe(text);
});
