// Work on many values at a time whose results come in the values' order, each as soon as it is done.

type Asked<T> = { readonly value: T } | { readonly error: unknown } | 'end';

/**
 * What `make` makes of each value, in their order. At most `limit` are under way or wait for those before them; the next value
 * is asked for when there is room for it, and a result does not wait for it.
 * @throws what `make` or the values throw, in its turn
 */
export async function* mapInOrder<A, B>(
  values: Iterable<A> | AsyncIterable<A>,
  limit: number,
  make: (value: A) => Promise<B>,
): AsyncGenerator<B> {
  const iterator: AsyncIterator<A> = Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : inTurn(values);
  const ask = (): Promise<Asked<A>> =>
    iterator.next().then(
      ({ value, done }) => (done ? 'end' : { value }),
      (error) => ({ error }),
    );
  const started: Promise<B>[] = [];
  let asked: Promise<Asked<A>> | undefined = ask();
  let end: Asked<A> = 'end';
  try {
    for (;;) {
      const [first] = started;
      const hasRoom = asked && started.length < limit;
      const given = hasRoom ? await Promise.race(first && asked ? [asked, settled(first)] : [asked]) : undefined;
      if (given && typeof given === 'object' && 'value' in given) {
        started.push(handled(make(given.value)));
        asked = ask();
      } else if (given) {
        end = given;
        asked = undefined;
      } else if (first) {
        started.shift();
        yield await first;
      } else break;
    }
    if (end !== 'end' && 'error' in end) throw end.error;
  } finally {
    // Not awaited: it may itself be waiting for a value that never comes.
    iterator.return?.().catch(() => undefined);
  }
}

async function* inTurn<A>(values: Iterable<A>): AsyncGenerator<A> {
  yield* values;
}

const settled = (result: Promise<unknown>): Promise<undefined> =>
  result.then(
    () => undefined,
    () => undefined,
  );

/** An error belongs to the turn that awaits it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
