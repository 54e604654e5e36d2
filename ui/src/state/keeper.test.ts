import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Client } from './client';
import { Drafts, type Draft } from './drafts.svelte';
import { followPage, Keeper, KeptDraft, type Unfinished } from './keeper.svelte';

/** A host that has drafts, and answers when the work that is ready is done. */
class DraftHost {
  drafts = new Map<string, string>();
  saves: (string | null)[] = [];
  /** Whether it keeps drafts at all. */
  isKept = true;
  /** Answers a save instead. */
  save: (() => Promise<boolean | undefined>) | null = null;

  async load(key: string): Promise<string | null> {
    return this.drafts.get(key) ?? null;
  }

  async answer(name: string, { key, content }: { key: string; content: string | null }) {
    if (name === 'draft') return { content: await this.load(key), is_kept: this.isKept };
    this.saves.push(content);
    if (this.save) return this.save();
    if (content === null) this.drafts.delete(key);
    else this.drafts.set(key, content);
    return true;
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
    host.save = () => new Promise((resolve) => (end = () => resolve(true)));
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
});

describe('two windows of one session', () => {
  /** One of two windows with a draft, and what it kept of its text. */
  async function open(): Promise<{ keeper: Keeper; draft: Draft }> {
    const keeper = new Keeper(host.client);
    const draft = new Drafts(keeper).of('a');
    await vi.advanceTimersByTimeAsync(0);
    return { keeper, draft };
  }

  test('have what the other saved, when they come up', async () => {
    const [one, two] = [await open(), await open()];
    [one.draft.text, one.draft.pastes] = ['first', ['log']];
    await one.keeper.flush();
    await two.keeper.reload();
    expect([two.draft.text, two.draft.pastes]).toEqual(['first', ['log']]);
    two.draft.text = 'first and second';
    await two.keeper.flush();
    await one.keeper.reload();
    expect([one.draft.text, one.draft.pastes]).toEqual(['first and second', ['log']]);
    one.draft.take();
    // it may still come back
    await one.keeper.reload();
    one.draft.letGo();
    await one.keeper.flush();
    await two.keeper.reload();
    expect([two.draft.text, two.draft.pastes]).toEqual(['', []]);
    // no copy that is out of date was saved
    await two.keeper.flush();
    expect([...host.drafts]).toEqual([]);
  });

  test('keep what was typed there and isn’t saved', async () => {
    const [one, two] = [await open(), await open()];
    one.draft.text = 'first';
    await one.keeper.flush();
    two.draft.text = 'mine';
    await two.keeper.reload();
    expect(two.draft.text).toBe('mine');
    const reloading = one.keeper.reload();
    host.drafts.set('prompt a', '{"text":"theirs"}');
    one.draft.text = 'first, and more';
    await reloading;
    expect(one.draft.text).toBe('first, and more');
  });

  test('keep what they have where the host keeps no drafts, or can’t be asked', async () => {
    const { keeper, draft } = await open();
    host.save = async () => false;
    draft.text = 'first';
    await keeper.flush();
    await keeper.reload();
    await keeper.flush();
    expect([draft.text, host.saves.length]).toEqual(['first', 1]);
    // nor where it kept them until now, and has removed what it had
    host.save = null;
    draft.text = 'second';
    await keeper.flush();
    host.save = async () => false;
    draft.text = 'third';
    await keeper.flush();
    host.load = async () => null;
    draft.text = 'second';
    await keeper.reload();
    expect(draft.text).toBe('second');
    host.save = null;
    host.load = () => Promise.reject(new Error('the disk is gone'));
    await keeper.reload();
    expect(draft.text).toBe('second');
  });
});

test('a window whose draft was saved keeps it when the host keeps drafts no longer', async () => {
  const texts = [new Text(), new Text()];
  const windows = texts.map((text) => new KeptDraft(host.client, 'a', Object.assign(text, { replace })));
  function replace(this: Text, content: string | null) {
    this.content = content;
    return true;
  }
  await Promise.all(windows.map((window) => window.loaded));
  const [first, second] = texts;
  if (!first || !second) throw new Error('no texts');
  first.content = 'typed';
  await windows[0]?.save();
  await windows[1]?.reload();
  expect(second.content).toBe('typed');
  host.isKept = false;
  host.drafts.clear();
  await windows[1]?.reload();
  expect(second.content).toBe('typed');
  // nor when they are kept again: it is saved with the next change
  host.isKept = true;
  await windows[1]?.reload();
  expect(second.content).toBe('typed');
  await windows[1]?.save();
  expect([...host.drafts]).toEqual([['a', 'typed']]);
  // what a window took out while drafts are kept is gone everywhere
  await windows[0]?.reload();
  first.content = null;
  await windows[0]?.save();
  await windows[1]?.reload();
  expect([first.content, second.content]).toEqual([null, null]);
});

test('leaving the page flushes, and coming back to it reloads, twice', async () => {
  const calls: string[] = [];
  const [window, document] = [new EventTarget(), Object.assign(new EventTarget(), { hidden: false })];
  followPage({ flush: async () => void calls.push('flush'), reload: async () => void calls.push('reload') }, window, document);
  for (const event of ['pagehide', 'blur', 'focus']) window.dispatchEvent(new Event(event));
  expect(calls).toEqual(['flush', 'flush', 'reload']);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls.slice(3)).toEqual(['reload']);
  for (const hidden of [false, true]) document.dispatchEvent((Object.assign(document, { hidden }), new Event('visibilitychange')));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls.slice(4)).toEqual(['reload', 'flush']);
});
