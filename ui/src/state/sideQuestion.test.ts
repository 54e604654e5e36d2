import { expect, test } from 'vitest';
import type { SideAnswerView } from '../bindings';
import { SideQuestion } from './sideQuestion.svelte';

const answered = (text: string): SideAnswerView => ({ blocks: [], text, usage: null });

test('an answer to a question that was asked over is passed over', async () => {
  const send: ((answer: SideAnswerView) => void)[] = [];
  const side = new SideQuestion(() => new Promise((resolve) => send.push(resolve)));
  const first = side.ask('one');
  const second = side.ask('two');
  send[1]?.(answered('second'));
  send[0]?.(answered('first'));
  await Promise.all([first, second]);
  expect([side.question, side.answer?.text]).toEqual(['two', 'second']);
});

test('a failure is shown with its question, and asking again clears it', async () => {
  let works = false;
  const side = new SideQuestion(() =>
    works ? Promise.resolve(answered('yes')) : Promise.reject(new Error('the model could not be reached')),
  );
  await side.ask('why?');
  expect([side.question, side.failure?.message]).toEqual(['why?', 'the model could not be reached']);
  works = true;
  await side.ask('why?');
  expect([side.failure, side.answer?.text]).toEqual([null, 'yes']);
  side.close();
  expect(side.question).toBe(null);
});
