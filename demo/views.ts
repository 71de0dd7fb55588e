// The page's views and its address: `#train` names a view, `#inside?block=2` a place within one, `?model=` a network that
// the browser keeps. Navigation is by links, so that the address can be kept, sent and gone back to; whatever it says that
// is not there falls back to the first, with a sentence.

import { type Signal, signal } from '@preact/signals';

export const VIEWS = ['classify', 'train', 'inside', 'card', 'about'] as const;
export type ViewName = (typeof VIEWS)[number];

/** The network that comes with the page, as an address may call it too. */
const BUNDLED = 'fashion-mnist';

export interface Address {
  readonly view: ViewName;
  /** Where in the view, as the view itself understands it: what follows a `?` in the hash. */
  readonly within: string;
  /** Of the networks that the browser keeps; '' for the one that comes with the page; undefined where it names none. */
  readonly model: string | undefined;
  /** The view that the address asked for and the page does not have. */
  readonly unknownView: string | undefined;
  /** `?selftest`: the GPU's results are to be checked at once; About, where that is shown, is the first view then. */
  readonly selfTest: boolean;
}

export function readAddress({ hash, search }: Pick<URL, 'hash' | 'search'>): Address {
  const parameters = new URLSearchParams(search);
  const [name = '', ...rest] = hash.slice(1).split('?');
  const asked = decode(name);
  const model = parameters.get('model') ?? undefined;
  const known = VIEWS.find((name) => name === asked);
  const selfTest = parameters.has('selftest');
  return {
    view: known ?? (selfTest && asked === '' ? 'about' : VIEWS[0]),
    within: rest.join('?'),
    model: model === BUNDLED ? '' : model,
    unknownView: known || asked === '' ? undefined : asked,
    selfTest,
  };
}

/** The address of a view; what the address says besides stays. */
export const linkTo = (view: ViewName, within = ''): string => `#${view}${within === '' ? '' : `?${within}`}`;

/** The page's address as it is now, kept up to date with links and the back button. */
export const address: Signal<Address> = signal(readAddress({ hash: '', search: '' }));

export function startViews(): void {
  const read = () => {
    address.value = readAddress(new URL(location.href));
  };
  addEventListener('hashchange', read);
  addEventListener('popstate', read);
  read();
}

/** Shows a view, as a click on its link does. */
export function goTo(view: ViewName): void {
  location.hash = linkTo(view);
}

/** Says in the address where in a view the visitor is now, which is no step to go back over. */
export function placeWithin(view: ViewName, within: string): void {
  history.replaceState(history.state, '', linkTo(view, within));
  address.value = readAddress(new URL(location.href));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
