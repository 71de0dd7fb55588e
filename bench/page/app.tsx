// The bench page from top to bottom: what it measures on, its views behind hash links, and the one that is open.

import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { BaselinesView } from '../sections/baselines/view.tsx';
import { CompareView } from '../sections/compare/view.tsx';
import { KernelsView } from '../sections/kernels/view.tsx';
import { MemoryView } from '../sections/memory/view.tsx';
import { PassesView } from '../sections/passes/view.tsx';
import { ThroughputView } from '../sections/throughput/view.tsx';
import type { SectionName } from '../sections.ts';
import { ErrorBanner } from './error-banner.tsx';
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
  return (
    <div class="app">
      <header>
        <h1>How fast is DenseNet on your GPU?</h1>
        <p class="lead">
          {
            'Images per second, inference and whole training steps. A repeat runs from the upload of a batch to its result '
          }
          back in memory; compiling and warm-up are reported separately.
        </p>
        <AdapterLine page={page} />
        <nav class="views" aria-label="Views">
          {views.map(([id, { title }]) => (
            <a key={id} href={`#${id}`} aria-current={id === open ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {error && <ErrorBanner error={error} retry={() => page.start()} />}
        {/* All of them stay: what runs in one goes on, and what was opened is still there. */}
        {views.map(([id, { view: Shown }]) => (
          <div key={id} hidden={id !== open}>
            <Shown page={page} />
          </div>
        ))}
      </main>
      <footer>
        {page.measured.value && (
          <button type="button" onClick={() => downloadJson(page.report(), 'densenet-webgpu-bench.json')}>
            Download as JSON
          </button>
        )}
        <p>Nothing leaves this machine: the page may talk only to where it came from.</p>
      </footer>
    </div>
  );
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
    return (
      <p class="gpu" role="status">
        {page.error.value ? 'No GPU' : searching(page.attempt.value)}
      </p>
    );
  const slow = adapter.software ? ' Its numbers say nothing about a GPU.' : '';
  return (
    <p class={`gpu ${adapter.software ? 'software' : 'hardware'}`} role="status">
      <span class="dot" aria-hidden />
      <span>{`Measures ${adapter.name}.${slow}`}</span>
    </p>
  );
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
