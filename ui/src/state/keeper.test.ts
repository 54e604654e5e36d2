import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Client } from './client';
import { flushWithPage, Keeper, KeptDraft, type Unfinished } from './keeper.svelte';

/** A host that has drafts, and answers when the work that is ready is done. */
class DraftHost {
  drafts = new Map<string, string>();
  saves: (string | null)[] = [];
  /** Answers a save instead. */
  save: (() => Promise<null | undefined>) | null = null;

  async load(key: string): Promise<string | null> {
    return this.drafts.get(key) ?? null;
  }

  async answer(name: string, { key, content }: { key: string; content: string | null }) {
    if (name === 'draft') return this.load(key);
    this.saves.push(content);
    if (this.save) return this.save();
    if (content === null) this.drafts.delete(key);
    else this.drafts.set(key, content);
    return null;
  }

  get client(): Client {
    const call = this.answer.bind(this);
    return { call, host: { call } } as unknown as Client;
  }
}

class Text implements Unfinished {
  content: string | null = null;

  restore(content: string): void {
    this.content = content + (this.content ?? '');
  }
}

let host: DraftHost;
let text: Text;

beforeEach(() => {
  vi.useFakeTimers();
  host = new DraftHost();
  text = new Text();
});

afterEach(() => vi.useRealTimers());

describe('what is kept', () => {
  const type = (kept: KeptDraft, content: string | null) => {
    text.content = content;
    kept.changed();
  };

  test('is saved when it has settled, and at the latest a second after its first change', async () => {
    const kept = new KeptDraft(host.client, 'k', text);
    await kept.loaded;
    type(kept, 'a');
    await vi.advanceTimersByTimeAsync(299);
    expect(host.saves).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(host.saves).toEqual(['a']);
    for (let key = 1; key <= 14; key += 1) {
      type(kept, 'x'.repeat(key));
      await vi.advanceTimersByTimeAsync(100);
    }
    // the first of them was typed 1.4 s ago
    expect(host.saves).toEqual(['a', 'x'.repeat(10)]);
  });

  test('goes at once when nothing is left, and no save overtakes an earlier one', async () => {
    const kept = new KeptDraft(host.client, 'k', text);
    await kept.loaded;
    let end: () => void = () => undefined;
    host.save = () => new Promise((resolve) => (end = () => resolve(null)));
    type(kept, 'sent');
    await vi.advanceTimersByTimeAsync(300);
    type(kept, null);
    await vi.advanceTimersByTimeAsync(0);
    expect(host.saves).toEqual(['sent']);
    host.save = null;
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(host.saves).toEqual(['sent', null]);
  });

  test('is not saved before it is loaded, and content that was refused not again until it changes', async () => {
    host.drafts.set('k', 'kept ');
    text.content = 'typed';
    const kept = new KeptDraft(host.client, 'k', text);
    kept.changed();
    host.save = async () => undefined;
    await kept.save();
    await kept.save();
    expect(host.saves).toEqual(['kept typed']);
    host.save = null;
    text.content = 'shorter';
    await kept.save();
    expect(host.drafts.get('k')).toBe('shorter');
    kept.forget();
    text.content = 'late';
    await kept.save();
    expect([...host.drafts]).toEqual([]);
  });
});

describe('a flush', () => {
  test('saves everything that is not saved yet', async () => {
    const keeper = new Keeper(host.client);
    const other = new Text();
    keeper.keep('one', text);
    keeper.keep('two', other);
    [text.content, other.content] = ['typed just now', 'and this'];
    await keeper.flush();
    expect([...host.drafts]).toEqual([['one', 'typed just now'], ['two', 'and this']]);
    await keeper.flush();
    expect(host.saves).toHaveLength(2);
  });

  test('ends after a second whatever the host does, and throws no failure', async () => {
    const keeper = new Keeper(host.client);
    keeper.keep('one', text);
    text.content = 'a';
    host.save = () => Promise.reject(new Error('the disk is full'));
    await keeper.flush();
    text.content = 'b';
    host.save = () => new Promise(() => undefined);
    let ended = false;
    void keeper.flush().then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toBe(true);
  });

  test('happens when the page is left', () => {
    let flushes = 0;
    const [window, document] = [new EventTarget(), Object.assign(new EventTarget(), { hidden: false })];
    flushWithPage({ flush: async () => void (flushes += 1) }, window, document);
    window.dispatchEvent(new Event('pagehide'));
    window.dispatchEvent(new Event('blur'));
    document.dispatchEvent(new Event('visibilitychange'));
    expect(flushes).toBe(2);
    document.hidden = true;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(flushes).toBe(3);
  });
});
