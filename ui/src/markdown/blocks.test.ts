import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import type { Block } from '../bindings';
import Blocks from './Blocks.svelte';
import { headingRanks } from './headings';

const text = (text: string): { text: string } => ({ text });

/** Renders blocks to HTML, without comments, classes and styles. */
function html(blocks: Block[]): string {
  return render(Blocks, { props: { blocks } }).body.replaceAll(
    /<!--.*?-->| class="[^"]*"| style="[^"]*"/g,
    '',
  );
}

describe('markdown', () => {
  test('raw HTML is text', () => {
    const page = html([{ id: 0, block: 'paragraph', spans: [text('<img src=x onerror=alert(1)>')] }]);
    expect(page).toContain('&lt;img src=x onerror=alert(1)>');
    expect(page).not.toContain('<img');
  });

  test('a link is a button that shows its address', () => {
    const page = html([
      { id: 0, block: 'paragraph', spans: [{ text: 'here', link: 'https://example.org/' }] },
    ]);
    expect(page).toContain('role="link"');
    expect(page).toContain('title="https://example.org/"');
    expect(page).not.toContain('href');
  });

  test('runs of text keep their style and the spaces between them', () => {
    const page = render(Blocks, {
      props: {
        blocks: [
          {
            id: 0,
            block: 'paragraph',
            spans: [
              text('so '),
              { text: 'bold', bold: true },
              text(' and '),
              { text: 'x()', code: true },
              text('.'),
            ],
          },
        ],
      },
    }).body.replaceAll(/<!--.*?-->/g, '');
    expect(page.replaceAll(/<[^>]+>/g, '')).toBe('so bold and x().');
    expect(page).toMatch(/<span class="[^"]*bold[^"]*">bold/);
    expect(page).toMatch(/<code[^>]*>x\(\)<\/code>/);
  });

  test('lists, tables, quotes and code have their elements', () => {
    const page = html([
      {
        id: 0,
        block: 'list',
        start: 3,
        items: [{ checked: null, blocks: [{ id: 0, block: 'paragraph', spans: [text('third')] }] }],
      },
      { id: 1, block: 'list', start: null, items: [{ checked: true, blocks: [] }] },
      { id: 2, block: 'table', head: [[text('h')]], rows: [[[text('cell')]]], columns: ['start'] },
      { id: 3, block: 'quote', blocks: [{ id: 0, block: 'paragraph', spans: [text('said')] }] },
      { id: 4, block: 'code', language: 'rust', text: 'fn main() {}\n  // kept' },
      { id: 5, block: 'rule' },
    ]);
    expect(page).toContain('<ol role="list" start="3">');
    expect(page).toMatch(/<ul role="list"><li><input type="checkbox" checked="" disabled=""/);
    expect(page).toContain('<th scope="col">h</th>');
    expect(page).toContain('<td>cell</td>');
    expect(page).toMatch(/<blockquote>.*said/);
    expect(page).toContain('<code>fn main() {}\n  // kept</code>');
    expect(page).toContain('<hr');
  });

  test('headings are of a rank that skips none', () => {
    const heading = (id: number, level: number): Block => ({ id, block: 'heading', level, spans: [] });
    const ranks = headingRanks([
      heading(0, 2),
      heading(1, 4),
      heading(2, 4),
      heading(3, 2),
      heading(4, 1),
      heading(5, 6),
    ]);
    expect([...ranks.values()]).toEqual([3, 4, 4, 3, 3, 4]);
  });
});
