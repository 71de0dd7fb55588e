// The bench page from top to bottom: what it measures on, its views behind hash links, and the one that is open.

import { useSignal } from '@preact/signals';
import { type ComponentType, h } from 'preact';
import { useEffect } from 'preact/hooks';
import { BaselinesView } from '../sections/baselines/view.ts';
import { CompareView } from '../sections/compare/view.ts';
import { KernelsView } from '../sections/kernels/view.ts';
import { MemoryView } from '../sections/memory/view.ts';
import { PassesView } from '../sections/passes/view.ts';
import { ThroughputView } from '../sections/throughput/view.ts';
import type { SectionName } from '../sections.ts';
import { ErrorBanner } from './error-banner.ts';
import type { PageState } from './state.ts';

interface View {
  readonly title: string;
  readonly view: ComponentType<{ page: PageState }>;
  /** Sections of a report that it measures and shows. */
  readonly sections?: readonly SectionName[];
}

/** The page's views by the address's hash, in the order of its links. */
const VIEWS = {
  measure: { title: 'Measure', view: ThroughputView },
  passes: { title: 'Passes', view: PassesView, sections: ['roofline', 'passes'] },
  kernels: { title: 'Kernels', view: KernelsView, sections: ['kernels'] },
  memory: { title: 'Memory', view: MemoryView },
  baselines: { title: 'Other libraries', view: BaselinesView, sections: ['peers'] },
  compare: { title: 'Compare', view: CompareView },
} as const satisfies Readonly<Record<string, View>>;

type ShownSection = Extract<(typeof VIEWS)[keyof typeof VIEWS], { sections: unknown }>['sections'][number];
// A section that no view shows is an error here.
null as SectionName | null satisfies ShownSection | null;

export function App({ page }: { page: PageState }) {
  const open = useOpenView();
  const error = page.error.value;
  const views = Object.entries<View>(VIEWS);
  return h('div', { class: 'app' }, [
    h('header', null, [
      h('h1', null, 'How fast is DenseNet on your GPU?'),
      h('p', { class: 'lead' }, [
        'Images per second, inference and whole training steps. A repeat runs from the upload of a batch to its result ',
        'back in memory; compiling and warm-up are reported separately.',
      ]),
      h(AdapterLine, { page }),
      h(
        'nav',
        { class: 'views', 'aria-label': 'Views' },
        views.map(([id, { title }]) =>
          h('a', { key: id, href: `#${id}`, 'aria-current': id === open ? 'page' : undefined }, title),
        ),
      ),
    ]),
    h('main', null, [
      error && h(ErrorBanner, { error, retry: () => page.start() }),
      // All of them stay: what runs in one goes on, and what was opened is still there.
      views.map(([id, { view }]) => h('div', { key: id, hidden: id !== open }, h(view, { page }))),
    ]),
    h('footer', null, [
      page.measured.value &&
        h(
          'button',
          { type: 'button', onClick: () => downloadJson(page.report(), 'densenet-webgpu-bench.json') },
          'Download as JSON',
        ),
      h('p', null, 'Nothing leaves this machine: the page may talk only to where it came from.'),
    ]),
  ]);
}

/** The view that the address's hash names, the first one where it names none. */
function useOpenView(): string {
  const hash = useSignal(location.hash);
  useEffect(() => {
    const follow = () => {
      hash.value = location.hash;
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const id = hash.value.slice(1);
  return Object.hasOwn(VIEWS, id) ? id : 'measure';
}

const searching = (attempt: number) =>
  attempt > 1 ? `The GPU was lost or did not answer: attempt ${attempt} of 3 …` : 'Looking for the GPU …';

function AdapterLine({ page }: { page: PageState }) {
  const adapter = page.adapter.value;
  if (!adapter)
    return h('p', { class: 'gpu', role: 'status' }, page.error.value ? 'No GPU' : searching(page.attempt.value));
  const slow = adapter.software ? ' Its numbers say nothing about a GPU.' : '';
  return h('p', { class: `gpu ${adapter.software ? 'software' : 'hardware'}`, role: 'status' }, [
    h('span', { class: 'dot', 'aria-hidden': true }),
    h('span', null, `Measures ${adapter.name}.${slow}`),
  ]);
}

/** A value as a JSON file for the visitor. */
function downloadJson(value: object, name: string): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
