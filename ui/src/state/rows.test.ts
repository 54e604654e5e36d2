import { describe, expect, test } from 'vitest';
import type { Block, Row } from '../bindings';
import { lastOf, RowStore } from './rows.svelte';

const row = (id: string, body: Row['body']): Row => ({ id, at_ms: 0, body });
const user = (index: number): Row =>
  row(`u${index}`, { type: 'user', content: [{ type: 'text', text: `${index}` }] });
const users = (from: number, count: number): Row[] =>
  Array.from({ length: count }, (_, at) => user(from + at));
const paragraph = (id: number, text: string): Block => ({ id, block: 'paragraph', spans: [{ text }] });
const agent = (blocks: Block[]): Row =>
  row('a', { type: 'agent', blocks, streaming: true, interrupted: false });
const command = (output: string): Row =>
  row('c', {
    type: 'command',
    call_id: 'c',
    display: 'ls',
    cwd: '',
    status: 'running',
    output,
    hidden_lines: 0,
    end: null,
    background: false,
    overlay: false,
    sandbox: 'read-only',
    denied: null,
    rejected: null,
  });

describe('rows', () => {
  test('a row that is appended makes the conversation longer', () => {
    const rows = new RowStore(1, 0, [user(0)]);
    rows.apply({ type: 'row', index: 1, row: user(1) });
    expect(rows.total).toBe(2);
    expect(rows.at(1)?.row.id).toBe('u1');
  });

  test('blocks replace the end of an answer and leave the ones before untouched', () => {
    const first = paragraph(0, 'one');
    const rows = new RowStore(1, 0, [agent([first, paragraph(1, 'tw')])]);
    rows.apply({ type: 'blocks', index: 0, from: 1, blocks: [paragraph(1, 'two'), paragraph(2, 'three')] });
    const body = rows.at(0)?.row.body;
    expect(body?.type === 'agent' && body.blocks.map((block) => block.id)).toEqual([0, 1, 2]);
    expect(body?.type === 'agent' && body.blocks[0]).toBe(first);
  });

  test('text is appended to reasoning and to output', () => {
    const rows = new RowStore(2, 0, [
      row('r', { type: 'reasoning', text: 'so ', streaming: true }),
      command('a\n'),
    ]);
    rows.apply({ type: 'append', index: 0, text: 'far' });
    rows.apply({ type: 'append', index: 1, text: 'b\n' });
    expect(rows.at(0)?.row.body).toMatchObject({ text: 'so far' });
    expect(rows.at(1)?.row.body).toMatchObject({ output: 'a\nb\n', hidden_lines: 0 });
  });

  test('an output stays bounded, and says how many lines it lost', () => {
    const rows = new RowStore(1, 0, [command('')]);
    for (let line = 0; line < 1000; line += 1)
      rows.apply({ type: 'append', index: 0, text: `line ${line}\n` });
    const body = rows.at(0)?.row.body;
    if (body?.type !== 'command') throw new Error('not a command');
    expect(body.output.split('\n').length - 1).toBe(200);
    expect(body.output.startsWith('line 800\n')).toBe(true);
    expect(body.hidden_lines).toBe(800);
  });

  test('a change of a row that is not loaded is left to the fetch', () => {
    const rows = new RowStore(10, 8, users(8, 2));
    rows.apply({ type: 'append', index: 2, text: 'x' });
    expect(rows.at(2)).toBeUndefined();
    expect(rows.missing(0, 10, 200)).toEqual({ from: 0, count: 8 });
    expect(rows.missing(8, 10, 200)).toBeNull();
    expect(rows.missing(0, 10, 3)).toEqual({ from: 0, count: 3 });
  });

  test('a fetched row that changed meanwhile is fetched again, not shown old', async () => {
    const rows = new RowStore(10, 8, users(8, 2));
    await rows.fetch(0, 8, async (from, count) => {
      rows.apply({ type: 'append', index: 3, text: 'newer' });
      return users(from, count);
    });
    expect(rows.at(2)).toBeDefined();
    expect(rows.at(4)).toBeDefined();
    expect(rows.missing(0, 10, 200)).toEqual({ from: 3, count: 1 });
  });

  test('a row that came by itself while it was fetched stays', async () => {
    const rows = new RowStore(10, 8, users(8, 2));
    const newer = row('newer', { type: 'user', content: [] });
    await rows.fetch(0, 8, async (from, count) => {
      rows.apply({ type: 'row', index: 3, row: newer });
      return users(from, count);
    });
    expect(rows.at(3)?.row.id).toBe('newer');
    expect(rows.missing(0, 10, 200)).toBeNull();
  });

  test('rows far away are let go of', () => {
    const rows = new RowStore(100, 0, users(0, 100));
    rows.trim(40, 60);
    expect(rows.loaded).toBe(20);
    expect(rows.total).toBe(100);
    expect(rows.at(39)).toBeUndefined();
  });
});

describe('the end of an output', () => {
  test.each([
    ['', '', 0],
    ['one', 'one', 0],
    ['one\ntwo\n', 'one\ntwo\n', 0],
    ['\n'.repeat(3), '\n\n\n', 0],
  ])('%j stays as it is', (output, expected, hidden) => {
    expect(lastOf(output)).toEqual({ output: expected, hidden });
  });

  test('keeps exactly 200 lines, with or without an end of the last', () => {
    const lines = Array.from({ length: 201 }, (_, at) => `${at}`);
    expect(lastOf(lines.join('\n'))).toEqual({ output: lines.slice(1).join('\n'), hidden: 1 });
    expect(lastOf(`${lines.join('\n')}\n`)).toEqual({ output: `${lines.slice(1).join('\n')}\n`, hidden: 1 });
  });

  test('cuts one endless line by its length', () => {
    expect(lastOf('x'.repeat(100_000)).output.length).toBe(32 * 1024);
  });
});
