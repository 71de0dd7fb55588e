import { expect, test } from 'vitest';
import { measurePyTorch, ratiosAsText } from './pytorch.ts';

test('ratios stand per row and way, and a way that was not measured is no number', () => {
  const row = { model: 'densenet121', mode: 'training', batch: 32 };
  const rows = [
    { ...row, way: 'eager', imagesPerSecond: 100 },
    { ...row, way: 'compile', problem: 'RuntimeError' },
  ];
  const own = [
    { workload: 'densenet121:training:32', imagesPerSecond: 250, check: 'gradients 1e-6' },
    { workload: 'bc-100-12:training:64', imagesPerSecond: 10, check: 'gradients 2e-6' },
  ];
  expect(ratiosAsText(own, { torch: '2.9', device: 'a card', rows }).split('\n').slice(1)).toEqual([
    'workload                 images/s  check           eager  compile',
    'densenet121:training:32  250.0     gradients 1e-6  2.50   -',
    'bc-100-12:training:64    10.00     gradients 2e-6  -      -',
  ]);
});

test('where there is no PyTorch, that is the problem', async () => {
  const options = { rows: ['bc-100-12:inference:1'], ways: 'eager', device: 'cpu', seconds: 1, limit: 20 } as const;
  const none = await measurePyTorch({ ...options, python: '/nowhere/python3' }, () => undefined);
  expect(none).toMatchObject({ problem: expect.stringContaining('ENOENT') });
  const empty = await measurePyTorch({ ...options, python: '/bin/false' }, () => undefined);
  expect(empty).toMatchObject({ problem: expect.any(String) });
});
