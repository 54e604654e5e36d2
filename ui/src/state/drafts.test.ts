import { describe, expect, test } from 'vitest';
import type { DraftReply } from '../bindings';
import type { Client } from './client';
import { countLines, Draft, Drafts, isLongPaste, KeptPastes, type ReadImages } from './drafts.svelte';
import { Keeper } from './keeper.svelte';

const read = (urls: string[]): ReadImages => ({ urls, problems: [] });

describe('drafts', () => {
  test('what is kept comes back, before what was typed meanwhile', () => {
    const draft = new Draft();
    draft.text = 'first';
    draft.pastes = ['a\nb'];
    const [kept, pastes] = [draft.content, new KeptPastes(draft).content];
    // what is typed saves no paste again
    expect(kept).toBe('{"text":"first"}');
    const again = new Draft();
    again.text = 'second';
    again.restore(kept ?? '');
    new KeptPastes(again).restore(pastes ?? '');
    expect(again.text).toBe('first\nsecond');
    expect(again.pastes).toEqual(['a\nb']);
    expect([new Draft().content, new KeptPastes(new Draft()).content]).toEqual([null, null]);
    // an earlier version kept both together
    const earlier = new Draft();
    earlier.restore('{"text":"a","pastes":["b"]}');
    expect([earlier.text, earlier.pastes]).toEqual(['a', ['b']]);
  });

  test('images come in the order in which they were given, and a draft that reads some is not empty', async () => {
    const draft = new Draft();
    let finish: (urls: string[]) => void = () => undefined;
    const large = new Promise<string[]>((resolve) => (finish = resolve));
    const both = [draft.addImages(large.then(read)), draft.addImages(Promise.resolve(read(['small'])))];
    expect([draft.empty, draft.sendable, draft.reading, draft.images]).toEqual([true, true, 2, []]);
    finish(['large 1', 'large 2']);
    await Promise.all(both);
    expect(draft.images).toEqual(['large 1', 'large 2', 'small']);
    draft.images = [];
    expect([draft.empty, draft.sendable, draft.reading]).toEqual([true, false, 0]);
  });

  test('what is sent is what was there when it was taken, with the images that were read by then or later', async () => {
    const draft = new Draft();
    let finish: (read: ReadImages) => void = () => undefined;
    draft.text = ' look ';
    draft.pastes = ['log'];
    draft.images = ['one'];
    const later = draft.addImages(new Promise((resolve) => (finish = resolve)));
    const outgoing = draft.take();
    expect([draft.text, draft.pastes, draft.images, draft.reading]).toEqual(['', [], [], 0]);
    expect([outgoing.text, outgoing.pastes, outgoing.reading]).toEqual(['look', ['log'], 1]);
    draft.text = 'next';
    const next = draft.addImages(Promise.resolve(read(['three'])));
    finish(read(['two']));
    expect(await outgoing.read()).toBe(true);
    expect(outgoing.images).toEqual(['one', 'two']);
    await Promise.all([later, next]);
    expect([draft.text, draft.images]).toEqual(['next', ['three']]);
  });

  test('an image that fails to be read after the rest was taken is told', async () => {
    const draft = new Draft();
    const problems = [{ message: 'no image', hint: null }];
    await draft.addImages(Promise.resolve({ urls: [], problems }));
    draft.text = 'without it';
    // the person knows of this one
    expect(await draft.take().read()).toBe(true);
    void draft.addImages(Promise.resolve({ urls: ['other'], problems }));
    const outgoing = draft.take();
    expect(await outgoing.read()).toBe(false);
    expect(outgoing.images).toEqual(['other']);
  });

  test('what is about to be sent is kept until it goes, and comes back before what was typed meanwhile', () => {
    const draft = new Draft();
    draft.text = 'first';
    draft.pastes = ['a'];
    draft.images = ['one'];
    const pastes = new KeptPastes(draft);
    const content = () => [draft.content, pastes.content].map((kept) => kept !== null && (JSON.parse(kept) as unknown));
    const outgoing = draft.take();
    expect(content()).toEqual([{ text: 'first' }, ['a']]);
    draft.text = 'second';
    draft.pastes = ['b'];
    draft.images = ['two'];
    expect(content()).toEqual([{ text: 'first\nsecond' }, ['a', 'b']]);
    draft.letGo();
    expect(content()).toEqual([{ text: 'second' }, ['b']]);
    draft.putBack(outgoing);
    expect([draft.text, draft.pastes, draft.images]).toEqual(['first\nsecond', ['a', 'b'], ['one', 'two']]);
    draft.take();
    draft.letGo();
    expect(content()).toEqual([false, false]);
  });

  test('a prompt is not sendable until its text and its pastes are loaded', async () => {
    const answers = new Map<string, (reply: DraftReply) => void>();
    const call = (name: string, { key }: { key: string }) =>
      name === 'draft' ? new Promise((resolve) => answers.set(key, resolve)) : Promise.resolve(true);
    const drafts = new Drafts(new Keeper({ call, host: { call } } as unknown as Client));
    const [kept, fresh] = [drafts.of('a'), drafts.of('b')];
    const answer = async (key: string, content: string | null) => {
      answers.get(key)?.({ content, is_kept: true });
      await new Promise((resolve) => setTimeout(resolve));
    };
    const pressed = kept.settled();
    await answer('prompt a', '{"text":"see the log"}');
    expect([kept.text, kept.sendable]).toEqual(['see the log', false]);
    await answer('pastes a', '["log"]');
    expect([kept.pastes, kept.sendable]).toEqual([['log'], true]);
    // what came was not there when the key was pressed
    expect(await pressed).toBe(false);
    fresh.text = 'go';
    const sends = fresh.settled();
    expect(fresh.sendable).toBe(false);
    await answer('pastes b', null);
    await answer('prompt b', null);
    expect([await sends, fresh.sendable]).toEqual([true, true]);
  });

  test('lines are counted as an editor counts them', () => {
    expect(['', 'a', 'a\n', 'a\nb', 'a\n\nb\n'].map((text) => countLines(text))).toEqual([1, 1, 1, 2, 3]);
    expect(countLines('a\n'.repeat(1000), 10)).toBe(10);
  });

  test('a paste is long by characters or by lines', () => {
    expect(isLongPaste('x'.repeat(4_000))).toBe(false);
    expect(isLongPaste('x'.repeat(4_001))).toBe(true);
    expect(isLongPaste('x\n'.repeat(100))).toBe(false);
    expect(isLongPaste('x\n'.repeat(101))).toBe(true);
  });
});
