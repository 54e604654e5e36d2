import { expect, test } from 'vitest';
import type { DraftedMessage } from '../bindings';
import type { Host } from '../host/host';
import { Asides } from '../state/asides';
import { DraftMessage } from './draftMessage.svelte';

/** A message, the drafts that are on their way, and the stops that were asked for. */
function drafting() {
  const answers: ((text: string) => void)[] = [];
  const stopped: unknown[] = [];
  const host = {
    call: (name: string, args: unknown) => {
      if (name === 'stop_aside') return Promise.resolve(stopped.push(args));
      return new Promise<DraftedMessage>((resolve) =>
        answers.push((text) => resolve({ text, stopped: false, usage: null })),
      );
    },
  } as unknown as Host;
  const message = new DraftMessage(host, new Asides());
  const draft = async (text: string) => {
    const done = message.draft('s1', ['a']);
    answers.at(-1)?.(text);
    await done;
  };
  return { message, draft, answers, stopped };
}

test('what the person wrote comes back after several drafts', async () => {
  const { message, draft } = drafting();
  message.text = 'carets';
  await draft('one');
  await draft('two');
  await draft('three');
  message.swap();
  expect([message.text, message.undone]).toEqual(['carets', true]);
  message.swap();
  expect(message.text).toBe('three');
});

test('what the person made of a draft, or of their own text, is theirs', async () => {
  const { message, draft } = drafting();
  message.text = 'carets';
  await draft('one');
  message.text = 'one, and more';
  await draft('two');
  message.swap();
  expect(message.text).toBe('one, and more');
  message.text = 'mine';
  await draft('three');
  message.swap();
  expect(message.text).toBe('mine');
});

test('a draft is stopped in the session it was started for, and one that ended is not', async () => {
  const { message, answers, stopped } = drafting();
  message.stop();
  const done = message.draft('s1', ['a']);
  message.stop();
  expect(stopped).toMatchObject([{ session: 's1' }]);
  answers[0]?.('one');
  await done;
  message.stop();
  expect(stopped).toHaveLength(1);
});
