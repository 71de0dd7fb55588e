// An error as people see it: what is wrong, what to do, and a way to try again where that makes sense.

import { h } from 'preact';
import { text } from '../text/text.ts';
import { errorText, type PageError } from './page-error.ts';

interface Props {
  readonly error: PageError;
  readonly retry?: () => void;
  /** Another way out. */
  readonly instead?: { readonly label: string; readonly act: () => void } | undefined;
}

export function ErrorBanner({ error, retry, instead }: Props) {
  const strings = text().errors;
  const { title, help } = errorText(error, strings);
  return h('div', { class: 'error-banner', role: 'alert' }, [
    h('h2', null, title),
    ...help.map((line) => h('p', null, line)),
    h('p', { class: 'detail', lang: 'en' }, error.detail),
    retry && h('button', { type: 'button', onClick: retry }, strings.retry),
    instead && h('button', { type: 'button', onClick: instead.act }, instead.label),
  ]);
}
