// A GPU that is lost or silent at each step of opening, once or always.
import { expect, it, vi } from 'vitest';
import { Device, type DeviceOptions } from './device.ts';
import { ConfigError, NoGpuError } from './errors.ts';

const never = () => new Promise<never>(() => undefined);
const LOST = 'A valid external Instance reference no longer exists.';
const lostNow = (): Promise<GPUDeviceLostInfo> =>
  Promise.resolve({ reason: 'unknown', message: LOST, __brand: 'GPUDeviceLostInfo' });
const operationError = () => Promise.reject(new DOMException(LOST, 'OperationError'));

/** Devices that were made, and those that were destroyed. */
interface Made {
  opened: number;
  destroyed: number;
}

function fakeDevice(made: Made, over: object = {}): GPUDevice {
  made.opened++;
  const device = {
    lost: never(),
    features: new Set(['subgroups']),
    pushErrorScope: () => undefined,
    popErrorScope: async () => null,
    createBuffer: () => ({ destroy: () => undefined }),
    queue: { writeBuffer: () => undefined },
    addEventListener: () => undefined,
    destroy: () => {
      made.destroyed++;
    },
    ...over,
  };
  // The parts of a GPUDevice that opening touches.
  return device as object as GPUDevice;
}

const info: GPUAdapterInfo = {
  vendor: 'fake',
  architecture: '',
  device: '',
  description: 'fake',
  isFallbackAdapter: false,
  subgroupMinSize: 4,
  subgroupMaxSize: 4,
  __brand: 'GPUAdapterInfo',
};
function fakeAdapter(made: Made, over: object = {}): GPUAdapter {
  const adapter = {
    info,
    features: new Set(['subgroups']),
    limits: { maxBufferSize: 1, maxStorageBufferBindingSize: 1 },
    requestDevice: async () => fakeDevice(made),
    ...over,
  };
  return adapter as object as GPUAdapter;
}

const gpuOf = (requestAdapter: () => Promise<GPUAdapter | null>): GPU => ({ requestAdapter }) as object as GPU;

type Step = (made: Made) => Promise<GPUAdapter | null>;
const withDevice =
  (requestDevice: (made: Made) => Promise<GPUDevice>): Step =>
  async (made) =>
    fakeAdapter(made, { requestDevice: () => requestDevice(made) });

/** What goes wrong, where; a probe for subgroups is asked for in all. */
const FAILURES: Readonly<Record<string, Step>> = {
  'requestAdapter never answers': never,
  'requestAdapter is rejected': operationError,
  'requestDevice never answers': withDevice(never),
  'requestDevice is rejected': withDevice(operationError),
  'requestDevice gives a lost device': withDevice(async (made) => fakeDevice(made, { lost: lostNow() })),
  'the device never answers': withDevice(async (made) => fakeDevice(made, { popErrorScope: never })),
  'the device calls its first buffer invalid': withDevice(async (made) =>
    fakeDevice(made, { popErrorScope: async () => ({ message: "Buffer with 'first' label is invalid" }) }),
  ),
  'the device is lost in its first answer': withDevice(async (made) => {
    let lose: (info: Promise<GPUDeviceLostInfo>) => void = () => undefined;
    const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
      lose = resolve;
    });
    const popErrorScope = async () => {
      lose(lostNow());
      return null;
    };
    return fakeDevice(made, { lost, popErrorScope });
  }),
  'the device is lost while subgroups are probed': withDevice(async (made) => {
    let lose: (info: Promise<GPUDeviceLostInfo>) => void = () => undefined;
    const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
      lose = resolve;
    });
    const createShaderModule = () => {
      lose(lostNow());
      throw new DOMException(LOST, 'OperationError');
    };
    return fakeDevice(made, { lost, createShaderModule });
  }),
};

const OPTIONS: DeviceOptions = { timeoutMs: 20, subgroups: true };

it.each(Object.entries(FAILURES))('%s once: it is tried again', async (_, fail) => {
  const made: Made = { opened: 0, destroyed: 0 };
  let tries = 0;
  const onRetry = vi.fn();
  const gpu = gpuOf(() => (++tries === 1 ? fail(made) : Promise.resolve(fakeAdapter(made))));
  const device = await Device.open(gpu, { ...OPTIONS, onRetry });
  expect(device.adapter.name).toBe('WebGPU: fake');
  expect(onRetry.mock.calls).toEqual([[expect.any(NoGpuError), 2]]);
  expect(made.opened - made.destroyed, 'devices left open').toBe(1);
});

it.each(Object.entries(FAILURES))('%s always: a typed error, nothing left open', async (name, fail) => {
  const made: Made = { opened: 0, destroyed: 0 };
  let tries = 0;
  const gpu = gpuOf(() => {
    tries++;
    return fail(made);
  });
  const error = await Device.open(gpu, { ...OPTIONS, retries: 1 }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(NoGpuError);
  expect(error.reason).toBe(name.includes('never') ? 'timeout' : 'lost');
  expect(tries).toBe(2);
  expect(made.opened - made.destroyed, 'devices left open').toBe(0);
});

it('tries at most three times more, waiting longer each time', { timeout: 20_000 }, async () => {
  vi.useFakeTimers();
  try {
    let tries = 0;
    const gpu = gpuOf(() => {
      tries++;
      return operationError();
    });
    const opening = Device.open(gpu).catch((error) => error);
    const counts: number[] = [];
    for (const milliseconds of [0, 249, 1, 499, 1, 999, 1, 60_000]) {
      await vi.advanceTimersByTimeAsync(milliseconds);
      counts.push(tries);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(await opening).toMatchObject({ name: 'NoGpuError', reason: 'lost' });
  } finally {
    vi.useRealTimers();
  }
});

it('destroys a device that comes too late', async () => {
  const made: Made = { opened: 0, destroyed: 0 };
  let come: (device: GPUDevice) => void = () => undefined;
  const late = new Promise<GPUDevice>((resolve) => {
    come = resolve;
  });
  const gpu = gpuOf(async () => fakeAdapter(made, { requestDevice: () => late }));
  await expect(Device.open(gpu, { timeoutMs: 5, retries: 0 })).rejects.toMatchObject({ reason: 'timeout' });
  come(fakeDevice(made));
  await vi.waitFor(() => expect(made.destroyed).toBe(1));
});

it('has no adapter at once where there is none, and no WebGPU where there is none', async () => {
  const requestAdapter = vi.fn(async () => null);
  await expect(Device.open(gpuOf(requestAdapter))).rejects.toMatchObject({ name: 'NoGpuError', reason: 'unavailable' });
  expect(requestAdapter).toHaveBeenCalledTimes(1);
  await expect(Device.open(undefined)).rejects.toMatchObject({ reason: 'unavailable' });
});

it('waits out a browser that has no adapter for a moment after a loss', async () => {
  const made: Made = { opened: 0, destroyed: 0 };
  const answers = [operationError, async () => null, async () => fakeAdapter(made)];
  const gpu = gpuOf(() => (answers.shift() ?? never)());
  expect((await Device.open(gpu)).adapter.name).toBe('WebGPU: fake');
});

it('ends at once when its signal does', async () => {
  const abort = new AbortController();
  const opening = Device.open(gpuOf(never), { signal: abort.signal });
  abort.abort();
  await expect(opening).rejects.toMatchObject({ name: 'NoGpuError', reason: 'aborted' });
  await expect(Device.open(gpuOf(never), { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'aborted' });
});

it.each([
  [{ timeout: 3 }, 'timeout', /did you mean timeoutMs\?/],
  [{ timeoutMs: 0 }, 'timeoutMs', /above 0/],
  [{ timeoutMs: Number.NaN }, 'timeoutMs', /NaN/],
  [{ retries: -1 }, 'retries', /whole number/],
  [{ powerPreference: 'fast' }, 'powerPreference', /'low-power' or 'high-performance'/],
  [{ experimental: { subgroupMatrixes: true } }, 'subgroupMatrixes', /did you mean subgroupMatrix\?/],
  [{ experimental: { subgroupMatrix: true } }, 'subgroupMatrix', /must be subgroupMatrices, imported from/],
])('refuses %j', async (options, field, message) => {
  const error = await Device.open(gpuOf(never), options as DeviceOptions).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.field).toBe(field);
  expect(error.message).toMatch(message);
});
