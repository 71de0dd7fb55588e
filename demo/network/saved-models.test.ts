import { expect, it } from 'vitest';
import { checkStorageName } from '../storage/storage-error.ts';
import { nameFor, type SavedModel } from './saved-models.ts';

const saved = (name: string, sha256: string): SavedModel => ({
  name,
  bytes: 1,
  modified: 0,
  description: { sha256, parameters: 1, classes: 1, request: {} },
});

it('is the name of the file, with a number where other weights have it', () => {
  const others = [saved('model', 'a'), saved('model (2)', 'b')];
  expect(nameFor('other.safetensors', 'x', others)).toBe('other');
  expect(nameFor('model.safetensors', 'x', others)).toBe('model (3)');
  expect(nameFor('model.safetensors', 'b', others)).toBe('model (2)');
  expect(nameFor('model.safetensors', 'a', others)).toBe('model');
  expect(nameFor('model.safetensors', '', others)).toBe('model (3)');
});

it('is a name that can be kept, whatever the file is called', () => {
  for (const file of [`${'길'.repeat(300)}.safetensors`, '.safetensors', '..', 'a/b\\c.json.SAFETENSORS']) {
    for (const end of ['.safetensors', '.json']) checkStorageName(nameFor(file, '', [saved('file', 'a')]) + end);
  }
});
