// The shaders' texts against their descriptions, as a WGSL parser reads them: they cannot drift apart. And the files a
// kernel consists of: shader, description, reference, cases.
import { describe, expect, it } from 'vitest';
import {
  type ArrayInfo,
  type StructInfo,
  type TypeInfo,
  type VariableInfo,
  WgslReflect,
} from 'wgsl_reflect/wgsl_reflect.module.js';
import { suites } from '../../tests/e2e/kernels/suites.ts';
import { type AnyKernel, type Binding, isStorage, type StorageBinding } from '../runtime/kernel.ts';
import { specialize } from '../runtime/specialize.ts';
import { catalogue } from './catalogue.ts';
import { kernelChecks } from './kernel-checks.ts';
import { tiledKernels } from './tiled-kernels.ts';

const modules = import.meta.glob<Readonly<Record<string, unknown>>>(['./*/*.ts', '!./*/*.test.ts'], { eager: true });
const shaders = import.meta.glob('./*/*.wgsl', { query: '?raw', eager: true });
const CASES = new Set(suites.map((suite) => suite.kernel.id));

const isKernel = (value: unknown): value is AnyKernel =>
  typeof value === 'object' && value !== null && 'bindings' in value && 'grid' in value && 'source' in value;

/** Default limits: 8 storage buffers a stage. */
const STORAGE_BUFFERS = 8;

/** `vec4<f32>` and `vec4f` are one type. */
const shortName = (type: TypeInfo): string => {
  const inner = 'format' in type ? (type.format as TypeInfo | null) : null;
  if (!inner) return type.name;
  return type.name === 'atomic' ? `atomic<${inner.name}>` : `${type.name}${inner.name[0]}`;
};

/** A binding as the text declares it. */
function declared(variable: VariableInfo, uniform: boolean) {
  const { name, group, binding, access, type } = variable;
  if (!uniform) return { name, group, binding, access, element: shortName((type as ArrayInfo).format ?? type) };
  const fields = (type as StructInfo).members.map((m) => ({ name: m.name, type: m.type.name, offset: m.offset }));
  return { name, group, binding, access: 'uniform', fields };
}

/** The type of f16 values that a binding's text has instead. */
function packedElement({ kind, element }: StorageBinding<unknown>): string {
  if (element === 'vec4f') return 'vec2u';
  return kind === 'write' ? 'atomic<u32>' : 'u32';
}

/** A binding as the description has it. */
function described([name, binding]: [string, Binding<unknown>], place: number, packedF16: boolean) {
  const common = { name, group: 0, binding: place };
  if (isStorage(binding)) {
    if (packedF16 && binding.supportsF16Storage) {
      return { ...common, access: binding.kind === 'read' ? 'read' : 'read_write', element: packedElement(binding) };
    }
    return { ...common, access: binding.kind === 'read' ? 'read' : 'read_write', element: binding.element };
  }
  const fields = Object.entries(binding.fields).map(([field, type], i) => ({ name: field, type, offset: 4 * i }));
  return { ...common, access: 'uniform', fields };
}

const sourceOf = ({ source, parts }: AnyKernel) => [source, ...parts.map((part) => part.source)].join('\n');

/** The declarations alone: the parser stumbles over valid expressions such as `a.y * (8u * B)`, and needs no bodies. */
function reflect(text: string): WgslReflect {
  let declarations = '';
  let depth = 0;
  let isBody = false;
  for (const char of text.replace(/\/\/.*$/gm, '')) {
    if (char === '{' && depth++ === 0) isBody = /\bfn \w+\([^{}]*$/.test(declarations);
    if (char === '}') depth--;
    if (depth === 0 || !isBody || (char === '{' && depth === 1)) declarations += char;
  }
  return new WgslReflect(declarations);
}

function bindingsOf(text: string) {
  const { storage, uniforms } = reflect(text);
  const bindings = [...storage.map((v) => declared(v, false)), ...uniforms.map((v) => declared(v, true))];
  return bindings.sort((a, b) => a.binding - b.binding);
}

describe.each([...catalogue])('%s', (id, kernel) => {
  it('declares the bindings that its description has', () => {
    expect(bindingsOf(sourceOf(kernel))).toEqual(Object.entries(kernel.bindings).map((b, i) => described(b, i, false)));
  });

  it('declares as f16 what may be', () => {
    const supportsF16Storage = Object.entries(kernel.bindings).filter(([, b]) => isStorage(b) && b.supportsF16Storage);
    const names = supportsF16Storage.map(([name]) => name);
    const { text } = specialize(kernel, kernel.parameters, [], names);
    expect(bindingsOf(text)).toEqual(Object.entries(kernel.bindings).map((b, i) => described(b, i, true)));
  });

  it('has one entry point, called main', () => {
    const { entry } = reflect(sourceOf(kernel));
    expect(entry.compute.map(({ name }) => name)).toEqual(['main']);
    expect([...entry.vertex, ...entry.fragment]).toEqual([]);
  });

  it('binds no more than every device allows', () => {
    const storage = Object.values(kernel.bindings).filter(isStorage);
    expect(storage.length).toBeLessThanOrEqual(STORAGE_BUFFERS);
  });

  it('lies where its id says, with a reference and cases beside it', () => {
    const family = id.split('/')[0];
    expect(Object.values(modules[`./${id}.ts`] ?? {})).toContain(kernel);
    expect(shaders).toHaveProperty([`./${id}.wgsl`, 'default'], kernel.source);
    expect(modules).toHaveProperty([`./${family}/reference.ts`]);
    expect(CASES).toContain(id);
  });
});

it('the catalogue has every kernel', () => {
  const all = Object.values(modules).flatMap((module) => Object.values(module).filter(isKernel));
  expect([...catalogue.values()].map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());
});

it('every kernel with tiles has a check', () => {
  expect(tiledKernels().map(({ id }) => id)).toEqual([...kernelChecks.keys()]);
});
