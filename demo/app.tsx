// The frame that all views stand in: what the page is, which GPU it uses, the way between views, what is wrong, and the
// view that the address names. Views that are not shown are not there: what outlives one is in the page's state.

import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { AboutView } from './about/about-view.tsx';
import { ClassifyView } from './classify/classify-view.tsx';
import { ErrorBanner } from './errors/error-banner.tsx';
import { lazyView } from './lazy-view.tsx';
import { Masthead } from './masthead.tsx';
import type { Page } from './page.ts';
import { DistrustNote } from './self-test/self-test-panel.tsx';
import { text } from './text/text.ts';
import type { Undo } from './undo/undo.ts';
import { address, linkTo, VIEWS, type ViewName } from './views.ts';
import { WhyPanel } from './why/why-panel.tsx';

const COMPONENTS: Readonly<Record<ViewName, ComponentType<{ page: Page }>>> = {
  classify: ({ page }) => (
    <>
      <ClassifyView page={page} />
      <WhyPanel page={page} />
    </>
  ),
  train: lazyView(async () => (await import('./train/train-view.tsx')).TrainView),
  inside: lazyView(async () => (await import('./inside/inside-view.tsx')).InsideView),
  card: lazyView(async () => (await import('./card/card-view.tsx')).CardView),
  about: AboutView,
};

export function App({ page }: { page: Page }) {
  const { view, unknownView } = address.value;
  const Shown = COMPONENTS[view];
  const missing = page.networks.missing.value;
  const strings = text().page;
  const error = page.error.value;
  const main = useRef<HTMLElement>(null);
  const before = useRef(view);
  useEffect(() => {
    document.title = `${strings.view[view]} · ${strings.title}`;
    // A reader of the screen hears of the new view, and the next Tab goes into it; the first is only loaded.
    if (before.current !== view) main.current?.focus();
    before.current = view;
  }, [view, strings]);
  return (
    <div class="app">
      <Masthead page={page} />
      <Navigation />
      <main ref={main} tabIndex={-1} aria-label={strings.view[view]}>
        {unknownView !== undefined && (
          <p class="notice" role="status">
            {strings.noView(unknownView)}
          </p>
        )}
        {missing !== undefined && (
          <p class="notice" role="status">
            {strings.noModel(missing)}
          </p>
        )}
        <DistrustNote page={page} />
        {error && <ErrorBanner error={error} retry={() => page.start()} instead={bundledInstead(page)} />}
        {page.restarted.value && !error && (
          <p class="notice" role="status">
            {strings.restarted}
          </p>
        )}
        <Shown page={page} />
      </main>
      <UndoBar undo={page.undo} />
      <footer>
        <p>
          {strings.nothingLeaves} {strings.sources}
        </p>
      </footer>
    </div>
  );
}

/** A network of one's own that the GPU does not stand must not lock the page up. */
function bundledInstead(page: Page) {
  if (!page.networks.mayForget) return undefined;
  const act = () => {
    page.networks.forget();
    page.start();
  };
  return { label: text().errors.bundled, act };
}

// Links and not ARIA tabs: each view has an address of its own, which links say and open, and the back button undoes.
function Navigation() {
  const strings = text().page;
  const { view } = address.value;
  const row = useRef<HTMLUListElement>(null);
  // A phone shows some of them at a time: the one that is open among them.
  useEffect(() => {
    const link = row.current?.querySelector('[aria-current]');
    if (!row.current || !link) return;
    const [all, own] = [row.current.getBoundingClientRect(), link.getBoundingClientRect()];
    row.current.scrollLeft += own.left - all.left - (all.width - own.width) / 2;
  }, [view]);
  return (
    <nav class="views" aria-label={strings.views}>
      <ul ref={row}>
        {VIEWS.map((name) => (
          <li key={name}>
            <a href={linkTo(name)} {...(name === view ? { 'aria-current': 'page' } : {})}>
              {strings.view[name]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

// What was deleted a moment ago, at the foot of the window, each with the way to have it back.

function UndoBar({ undo }: { undo: Undo }) {
  const strings = text().page;
  return (
    <div class="undo" role="status">
      {undo.offers.value.map((deletion) => (
        <p key={deletion}>
          {strings.deleted(deletion.name)}{' '}
          <button type="button" aria-label={strings.undoNamed(deletion.name)} onClick={() => undo.undo(deletion)}>
            {strings.undo}
          </button>
        </p>
      ))}
    </div>
  );
}
