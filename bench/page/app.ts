// The bench page from top to bottom: what it measures on, its views behind hash links, and the one that is open.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import { TroubleNote } from '../../demo/trouble/trouble-note.ts';
import { downloadJson } from './download.ts';
import type { Run } from './state.ts';
import { VIEWS } from './views.ts';

export function App({ run }: { run: Run }) {
  const open = useOpenView();
  const trouble = run.trouble.value;
  return h('div', { class: 'app' }, [
    h('header', null, [
      h('h1', null, 'How fast is DenseNet on your GPU?'),
      h('p', { class: 'lead' }, [
        'Images a second, inference and whole training steps. A repeat runs from the upload of a batch to its result ',
        'back in memory; compiling and warm-up are told apart.',
      ]),
      h(AdapterLine, { run }),
      h(
        'nav',
        { class: 'views', 'aria-label': 'Views' },
        VIEWS.map(({ id, title }) =>
          h('a', { key: id, href: `#${id}`, 'aria-current': id === open.id ? 'page' : undefined }, title),
        ),
      ),
    ]),
    h('main', null, [
      trouble && h(TroubleNote, { trouble, retry: () => run.start() }),
      // All of them stay: what runs in one goes on, and what was opened is still there.
      VIEWS.map(({ id, view }) => h('div', { key: id, hidden: id !== open.id }, h(view, { run }))),
    ]),
    h('footer', null, [
      run.measured.value &&
        h(
          'button',
          { type: 'button', onClick: () => downloadJson(run.report(), 'densenet-webgpu-bench.json') },
          'Download as JSON',
        ),
      h('p', null, 'Nothing leaves this machine: the page may talk only to where it came from.'),
    ]),
  ]);
}

/** The view that the address's hash names, the first one where it names none. */
function useOpenView() {
  const hash = useSignal(location.hash);
  useEffect(() => {
    const follow = () => {
      hash.value = location.hash;
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return VIEWS.find(({ id }) => `#${id}` === hash.value) ?? VIEWS[0];
}

const lookingFor = (attempt: number) =>
  attempt > 1 ? `The GPU was lost or did not answer: attempt ${attempt} of 3 …` : 'Looking for the GPU …';

function AdapterLine({ run }: { run: Run }) {
  const adapter = run.adapter.value;
  if (!adapter)
    return h('p', { class: 'gpu', role: 'status' }, run.trouble.value ? 'No GPU' : lookingFor(run.attempt.value));
  const slow = adapter.software ? ' Its numbers say nothing about a GPU.' : '';
  return h('p', { class: `gpu ${adapter.software ? 'software' : 'hardware'}`, role: 'status' }, [
    h('span', { class: 'dot', 'aria-hidden': true }),
    h('span', null, `Measures ${adapter.name}.${slow}`),
  ]);
}
