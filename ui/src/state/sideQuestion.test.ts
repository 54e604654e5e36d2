import { expect, test } from 'vitest';
import type { SideAnswerView } from '../bindings';
import { Asides } from './asides';
import { SideQuestion } from './sideQuestion.svelte';

const answered = (text: string): SideAnswerView => ({ blocks: [], text, usage: null });

/** A question whose answers come when the test says so. */
function asked() {
  const asides = new Asides();
  const sent: { name: string; answer: (answer: SideAnswerView) => void }[] = [];
  const stopped: string[] = [];
  const side = new SideQuestion(asides, {
    send: (_, name) => new Promise((answer) => sent.push({ name, answer })),
    stop: (name) => Promise.resolve(stopped.push(name)),
  });
  return { asides, sent, stopped, side };
}

test('an answer to a question that was asked over is stopped, and passed over', async () => {
  const { sent, stopped, side } = asked();
  const first = side.ask('one');
  const second = side.ask('two');
  expect(stopped).toEqual([sent[0]?.name]);
  sent[1]?.answer(answered('second'));
  sent[0]?.answer(answered('first'));
  await Promise.all([first, second]);
  expect([side.question, side.answer?.text]).toEqual(['two', 'second']);
});

test('an answer streams under the name of its question until it is stopped', async () => {
  const { asides, sent, stopped, side } = asked();
  const done = side.ask('one');
  const name = sent[0]?.name ?? '';
  asides.take(name, 'It is ');
  asides.take('another', 'nothing');
  asides.take(name, 'half-open');
  expect([side.asking, side.partial]).toEqual([true, 'It is half-open']);
  side.stop();
  side.stop();
  expect(stopped).toEqual([name, name]);
  sent[0]?.answer({ ...answered('It is half-open'), stopped: true });
  await done;
  side.stop();
  expect(stopped).toHaveLength(2);
  expect([side.asking, side.answer?.stopped]).toEqual([false, true]);
  // late text of an answer that is whole
  asides.take(name, ' more');
  expect(side.partial).toBe('It is half-open');
});

test('a failure is shown with its question, and asking again clears it', async () => {
  let works = false;
  const side = new SideQuestion(new Asides(), {
    send: () => (works ? Promise.resolve(answered('yes')) : Promise.reject(new Error('the model could not be reached'))),
    stop: () => Promise.resolve(),
  });
  await side.ask('why?');
  expect([side.question, side.failure?.message]).toEqual(['why?', 'the model could not be reached']);
  works = true;
  await side.ask('why?');
  expect([side.failure, side.answer?.text]).toEqual([null, 'yes']);
  side.close();
  expect(side.question).toBe(null);
});
