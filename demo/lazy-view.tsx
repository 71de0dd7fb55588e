// A view whose script is fetched when it is first opened: the first visit carries only what it shows.

import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { ErrorBanner } from './errors/error-banner.tsx';
import { type PageError, pageError } from './errors/page-error.ts';
import type { Page } from './page.ts';

type View = ComponentType<{ page: Page }>;

export function lazyView(load: () => Promise<View>): View {
  let known: View | undefined;
  return function LazyView({ page }) {
    const there = useSignal(known !== undefined);
    const error = useSignal<PageError | undefined>(undefined);
    const fetchIt = async () => {
      error.value = undefined;
      try {
        known = await load();
        there.value = true;
      } catch (problem) {
        error.value = pageError(problem);
      }
    };
    useEffect(() => {
      if (!there.peek()) void fetchIt();
    }, []);
    if (error.value) return <ErrorBanner error={error.value} retry={fetchIt} />;
    const Known = there.value && known;
    return Known ? <Known page={page} /> : <section class="panel" aria-busy />;
  };
}
