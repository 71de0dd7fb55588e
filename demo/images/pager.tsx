// Through a long list in pages.

import { format, text } from '../text/text.ts';

export interface PagerProps {
  /** The page that is shown, from 0. */
  readonly at: number;
  /** Entries a page, and in all. */
  readonly size: number;
  readonly all: number;
  readonly label: string;
  readonly onPage: (page: number) => void;
}

export function Pager({ at, size, all, label, onPage }: PagerProps) {
  const strings = text().images.pager;
  const { count } = format();
  const to = Math.min((at + 1) * size, all);
  return (
    <nav class="row pager" aria-label={label}>
      <button type="button" disabled={at === 0} onClick={() => onPage(at - 1)}>
        {strings.before}
      </button>
      <span role="status">{strings.entries(count(at * size + 1), count(to), count(all))}</span>
      <button type="button" disabled={to === all} onClick={() => onPage(at + 1)}>
        {strings.after}
      </button>
    </nav>
  );
}
