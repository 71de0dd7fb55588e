// The frame that all views stand in: what the page is, which GPU it uses, the way between views, what is wrong, and the
// view that the address names. Views that are not shown are not there: what outlives one is in the page's state.

import { type ComponentType, Fragment, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { AboutView } from './about/about-view.ts';
import { ClassifyView } from './classify/classify-view.ts';
import { ErrorBanner } from './errors/error-banner.ts';
import { InsideView } from './inside/inside-view.ts';
import { Masthead } from './masthead.ts';
import type { Page } from './page.ts';
import { DistrustNote } from './self-test/self-test-panel.ts';
import { text } from './text/text.ts';
import { TrainView } from './train/train-view.ts';
import type { Undo } from './undo/undo.ts';
import { address, linkTo, VIEWS, type ViewName } from './views.ts';
import { WhyPanel } from './why/why-panel.ts';

const COMPONENTS: Readonly<Record<ViewName, ComponentType<{ page: Page }>>> = {
  classify: ({ page }) => h(Fragment, null, [h(ClassifyView, { page }), h(WhyPanel, { page })]),
  train: TrainView,
  inside: InsideView,
  about: AboutView,
};

export function App({ page }: { page: Page }) {
  const { view, unknownView } = address.value;
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
  return h('div', { class: 'app' }, [
    h(Masthead, { page }),
    h(Navigation, null),
    h('main', { ref: main, tabIndex: -1, 'aria-label': strings.view[view] }, [
      unknownView !== undefined && h('p', { class: 'notice', role: 'status' }, strings.noView(unknownView)),
      missing !== undefined && h('p', { class: 'notice', role: 'status' }, strings.noModel(missing)),
      h(DistrustNote, { page }),
      error && h(ErrorBanner, { error, retry: () => page.start(), instead: bundledInstead(page) }),
      page.restarted.value && !error && h('p', { class: 'notice', role: 'status' }, strings.restarted),
      h(COMPONENTS[view], { page }),
    ]),
    h(UndoBar, { undo: page.undo }),
    h('footer', null, [h('p', null, [strings.nothingLeaves, ' ', strings.sources])]),
  ]);
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
  return h(
    'nav',
    { class: 'views', 'aria-label': strings.views },
    h(
      'ul',
      null,
      VIEWS.map((name) =>
        h(
          'li',
          { key: name },
          h('a', { href: linkTo(name), ...(name === view ? { 'aria-current': 'page' } : {}) }, strings.view[name]),
        ),
      ),
    ),
  );
}

// What was deleted a moment ago, at the foot of the window, each with the way to have it back.

function UndoBar({ undo }: { undo: Undo }) {
  const strings = text().page;
  return h(
    'div',
    { class: 'undo', role: 'status' },
    undo.offers.value.map((deletion) =>
      h('p', { key: deletion }, [
        strings.deleted(deletion.name),
        ' ',
        h(
          'button',
          { type: 'button', 'aria-label': strings.undoNamed(deletion.name), onClick: () => undo.undo(deletion) },
          strings.undo,
        ),
      ]),
    ),
  );
}
