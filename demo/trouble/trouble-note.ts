// Trouble as people see it: what is wrong, what to do, and a way to try again where that makes sense.

import { h } from 'preact';
import { text } from '../text/text.ts';
import { type Trouble, troubleWords } from './advice.ts';

interface Props {
  readonly trouble: Trouble;
  readonly retry?: () => void;
  /** Another way out. */
  readonly instead?: { readonly label: string; readonly act: () => void } | undefined;
}

export function TroubleNote({ trouble, retry, instead }: Props) {
  const words = text().trouble;
  const { title, advice } = troubleWords(trouble, words);
  return h('div', { class: 'trouble', role: 'alert' }, [
    h('h2', null, title),
    ...advice.map((line) => h('p', null, line)),
    h('p', { class: 'detail', lang: 'en' }, trouble.detail),
    retry && h('button', { type: 'button', onClick: retry }, words.retry),
    instead && h('button', { type: 'button', onClick: instead.act }, instead.label),
  ]);
}
