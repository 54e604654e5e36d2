import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { SearchSessionsArgs, SessionSummary, SessionsPage } from '../bindings';
import { SessionSearch } from './search.svelte';

const session = (id: string): SessionSummary => ({
  id,
  title: id,
  updated_ms: 0,
  status: 'ended',
  waiting: 0,
});

describe('a search over sessions', () => {
  let asked: SearchSessionsArgs[];
  let answers: ((page: SessionsPage) => void)[];
  let search: SessionSearch;

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    answers = [];
    search = new SessionSearch((args) => {
      asked.push(args);
      return new Promise((answer) => answers.push(answer));
    });
    return () => vi.useRealTimers();
  });

  async function type(words: string): Promise<void> {
    search.words = words;
    search.changed();
    await vi.advanceTimersByTimeAsync(200);
  }

  async function answer(at: number, ...ids: string[]): Promise<void> {
    answers[at]?.({ sessions: ids.map(session), total: 3 });
    await vi.advanceTimersByTimeAsync(0);
  }

  const found = () => search.found.map((each) => each.id);

  test('waits until the typing pauses', async () => {
    for (const words of ['u', 'up', 'upp']) {
      search.words = words;
      search.changed();
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked.map((args) => args.words)).toEqual(['upp']);
  });

  test('an answer that comes late is let go of', async () => {
    await type('old');
    await type('new');
    await answer(1, 'b');
    await answer(0, 'a');
    expect(found()).toEqual(['b']);
    expect(search.settled).toBe(true);
  });

  test('an answer to a search that was ended is let go of', async () => {
    await type('old');
    search.clear();
    await answer(0, 'a');
    expect([search.active, found()]).toEqual([false, []]);
  });

  test('more comes after what is there', async () => {
    await type('x');
    await answer(0, 'a', 'b');
    const more = search.more();
    await answer(1, 'c');
    await more;
    expect(asked[1]?.from).toBe(2);
    expect(found()).toEqual(['a', 'b', 'c']);
  });

  test('nothing but words, a shelf or all folders is a search', async () => {
    await type('   ');
    expect(asked).toEqual([]);
    search.shelf = 'trash';
    search.changed();
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toMatchObject([{ words: '', shelf: 'trash' }]);
  });
});
