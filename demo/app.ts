// The page from top to bottom: what it is, which GPU it uses, Classify, Train, and where it all comes from.

import { h } from 'preact';
import { ClassifyView } from './classify/classify-view.ts';
import type { Page } from './page.ts';
import { TrainView } from './train/train-view.ts';
import { TroubleNote } from './trouble/trouble-note.ts';

export function App({ page }: { page: Page }) {
  return h('div', { class: 'app' }, [
    h('header', { class: 'masthead' }, [
      h('h1', null, 'DenseNet on your GPU'),
      h(
        'p',
        { class: 'lead' },
        'A densely connected network that recognises clothes, shows where it looks, and learns anew, all inside this page.',
      ),
      h(GpuLine, { page }),
    ]),
    h(Body, { page }),
    h('footer', null, [
      h('p', null, [
        'Nothing leaves this machine: the page may talk only to where it came from. Images: ',
        'Fashion-MNIST by Zalando Research, MIT licence. Network: Huang et al., “Densely Connected Convolutional ',
        'Networks”, 2017.',
      ]),
    ]),
  ]);
}

function GpuLine({ page }: { page: Page }) {
  const network = page.network.value;
  if (!network) {
    return h('p', { class: 'gpu', role: 'status' }, page.trouble.value ? 'No engine' : 'Starting the engine …');
  }
  const { name, software } = network.loaded.adapter;
  const slow = software ? ' It runs on the processor: right, but many times slower than a GPU.' : '';
  return h('p', { class: `gpu ${software ? 'software' : 'hardware'}`, role: 'status' }, [
    h('span', { class: 'dot', 'aria-hidden': true }),
    `Computes on ${name}.${slow}`,
  ]);
}

function Body({ page }: { page: Page }) {
  const trouble = page.trouble.value;
  return h('main', null, [
    trouble && h(TroubleNote, { trouble, retry: () => page.start() }),
    h(ClassifyView, { page }),
    h(TrainView, { page }),
  ]);
}
