// What a file that is still being kept may change when another was opened meanwhile. Storage is a stand-in that waits.

import { beforeEach, expect, it, vi } from 'vitest';
import { WeightsError } from '../../src/runtime/errors.ts';
import { fake } from '../../tests/fixtures/fake.ts';
import type { LoadedNetwork, LoadRequest } from '../contract.ts';
import type { Engine } from '../engine.ts';
import { Undo } from '../undo/undo.ts';
import { Networks, type NetworksOwner } from './networks.ts';

const { saves } = vi.hoisted(() => ({ saves: new Map<string, () => void>() }));

vi.mock('./saved-models.ts', () => ({
  describe: () => ({}),
  describeSaved: async () => undefined,
  /** Ends when the test says so: it was written before anyone could stop it. */
  saveNetwork: (name: string) =>
    new Promise<void>((resolve) => {
      saves.set(name, resolve);
    }),
  listSaved: async () => [],
  nameFor: (name: string) => name,
  openSaved: async () => ({ weights: new Blob(['kept']), request: {} }),
  removeSaved: async () => undefined,
}));
vi.mock('../storage/opfs.ts', () => ({ room: async () => undefined }));

const weights = (name: string) => new File([name], `${name}.safetensors`);

function open(undo = new Undo()): Networks {
  const load = async ({ file, ignore }: LoadRequest) => {
    if (file === 'features.safetensors')
      throw new WeightsError(file, 'has no classifier', { missing: ['classifier.weight'] });
    if (file === 'neck.safetensors' && !ignore)
      throw new WeightsError(file, 'is not computed', { unknown: ['neck.weight'], unsupported: ['neck.weight'] });
    return Object.assign(fake<LoadedNetwork>({}), { file });
  };
  const owner = fake<NetworksOwner>({
    engine: fake<Engine>({ load }),
    adopt: async () => undefined,
    loadBundled: async (signal: AbortSignal) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal.throwIfAborted();
      return { loaded: fake<LoadedNetwork>({}), name: 'bundled' };
    },
    undo,
    fail: vi.fn(),
  });
  return new Networks(owner);
}

/** What a first file's keeping ends with, after `next` was opened. */
async function savedLate(networks: Networks, next: () => Promise<void>): Promise<void> {
  const first = networks.take([weights('first')]);
  await vi.waitFor(() => expect(saves.has('first')).toBe(true));
  await next();
  saves.get('first')?.();
  await first;
}

beforeEach(() => {
  saves.clear();
  vi.stubGlobal('location', new URL('http://localhost/demo/'));
  vi.stubGlobal('navigator', { userAgent: 'test' });
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('history', { state: null, replaceState: () => undefined });
});

it('is kept, and from then on read from where it is kept', async () => {
  const networks = open();
  await savedLate(networks, async () => expect(networks.own.peek()).toMatchObject({ name: 'first', saved: false }));
  expect(networks.own.peek()).toMatchObject({ name: 'first', saved: true });
});

it('does not come back over the network that was opened after it', async () => {
  const networks = open();
  await savedLate(networks, async () => {
    void networks.take([weights('second')]);
    await vi.waitFor(() => expect(networks.own.peek()?.name).toBe('second'));
  });
  expect(networks.own.peek()).toMatchObject({ name: 'second', saved: false });
});

it('does not come back over the bundled one', async () => {
  const networks = open();
  await savedLate(networks, async () => networks.forget());
  expect(networks.own.peek()).toBeUndefined();
});

it('leaves the offer of a fresh classifier for weights that lack one', async () => {
  const networks = open();
  await savedLate(networks, () => networks.take([weights('features')]));
  expect(networks.headless.peek()?.name).toBe('features');
  expect(networks.own.peek()).toMatchObject({ name: 'first', saved: true });
});

it('offers to leave out what is not computed, and opens without it when that is chosen', async () => {
  const networks = open();
  await networks.take([weights('neck')]);
  const partial = networks.partial.peek();
  expect(partial).toMatchObject({ network: { name: 'neck' }, names: ['neck.weight'] });
  if (partial) void networks.change(partial.network, { ignore: partial.names });
  await vi.waitFor(() => expect(networks.own.peek()?.name).toBe('neck'));
  expect(networks.partial.peek()).toBeUndefined();
  expect(networks.own.peek()?.request.ignore).toEqual(['neck.weight']);
});

it('comes back when its deletion is undone before the bundled one has arrived', async () => {
  const undo = new Undo();
  const networks = open(undo);
  await savedLate(networks, async () => undefined);
  networks.remove('first');
  const [deletion] = undo.offers.peek();
  if (deletion) undo.undo(deletion);
  await vi.waitFor(() => expect(networks.work.peek()).toBeUndefined());
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(networks.own.peek()).toMatchObject({ name: 'first', saved: true });
});
