// No number of one network beside another's names, in whatever order networks, questions and answers come.

import { effect } from '@preact/signals';
import { expect, it } from 'vitest';
import { fake } from '../../tests/fixtures/fake.ts';
import type { LoadedNetwork } from '../contract.ts';
import type { Classification, Ranked } from '../engine.ts';
import type { Picture } from './picture.ts';
import { Stage, type UsedNetwork } from './stage.ts';

const network = (name: string): UsedNetwork => ({
  source: 'file',
  name,
  loaded: fake<LoadedNetwork>({ id: name, classNames: [name] }),
});
const picture = (name: string, live = false) => ({ name, live }) as Picture;
/** What network `of` answers to a picture: it says so itself. */
const result = (of: string, labels = [0, 1]) =>
  Object.assign(fake<Classification>({ top: labels.map((label) => fake<Ranked>({ label })) }), { of });
const seen = (stage: Stage) => {
  const shown = stage.shown.value;
  const of: unknown = shown?.result && Reflect.get(shown.result, 'of');
  return [shown?.picture.name, shown?.network?.name, of];
};

it('shows an answer with the network and the picture that it is of', () => {
  const stage = new Stage();
  stage.begin(picture('boot'));
  expect(seen(stage)).toEqual(['boot', undefined, undefined]);
  stage.use(network('a'));
  const question = stage.ask(picture('boot'));
  expect(stage.asking.value).toBe(true);
  expect(question && stage.answer(question, picture('boot'), result('a'))).toBe(true);
  expect(seen(stage)).toEqual(['boot', 'a', 'a']);
  expect(stage.asking.value).toBe(false);
});

it('shows no number from another network’s coming until its own answer', () => {
  const stage = new Stage();
  const states: ReturnType<typeof seen>[] = [];
  stage.use(network('a'));
  const first = stage.ask(picture('boot'));
  if (first) stage.answer(first, picture('boot'), result('a'));
  effect(() => void states.push(seen(stage)));
  stage.use(network('b'));
  const second = stage.ask(picture('boot'));
  if (second) stage.answer(second, picture('boot'), result('b'));
  expect(states.filter(([, name, of]) => of !== undefined && of !== name)).toEqual([]);
  expect(states).toContainEqual(['boot', 'b', undefined]);
  expect(seen(stage)).toEqual(['boot', 'b', 'b']);
});

it('drops an answer that arrives after the network changed', () => {
  const stage = new Stage();
  stage.use(network('a'));
  const question = stage.ask(picture('boot'));
  stage.use(network('b'));
  expect(question && stage.answer(question, picture('boot'), result('a'))).toBe(false);
  expect(seen(stage)[2]).toBeUndefined();
});

it('of several questions in a row answers the last; until then what was shown stays', () => {
  const stage = new Stage();
  stage.use(network('a'));
  const first = stage.ask(picture('one'));
  if (first) stage.answer(first, picture('one'), result('a'));
  const second = stage.ask(picture('two'));
  const third = stage.ask(picture('three'));
  expect(second && stage.answer(second, picture('two'), result('a'))).toBe(false);
  expect(seen(stage)).toEqual(['one', 'a', 'a']);
  expect(third && stage.answer(third, picture('three'), result('a'))).toBe(true);
  expect(seen(stage)).toEqual(['three', 'a', 'a']);
});

it('drops the webcam’s answer after another network or a still picture, also one that was answered', () => {
  const stage = new Stage();
  stage.use(network('a'));
  const before = stage.turn;
  stage.use(network('b'));
  expect(stage.answerLive(before, picture('frame', true), result('a'))).toBe(false);
  const between = stage.turn;
  const question = stage.ask(picture('still'));
  if (question) stage.answer(question, picture('still'), result('b'));
  expect(stage.answerLive(between, picture('frame', true), result('b'))).toBe(false);
  expect(seen(stage)).toEqual(['still', 'b', 'b']);
});

it('keeps the webcam’s chosen class, by what it is and not where it stands', () => {
  const stage = new Stage();
  stage.use(network('a'));
  stage.answerLive(stage.turn, picture('frame', true), result('a', [5, 7]));
  stage.choose(1);
  stage.answerLive(stage.turn, picture('frame', true), result('a', [3, 4, 7]));
  expect(stage.shown.value?.chosen).toBe(2);
});
