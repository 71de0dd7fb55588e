// Errors across the wire: a typed error thrown in a host is the same class, with the same fields and message, where
// the job was asked for. Any other error arrives as an Error that keeps its name and the host's stack.
import { isJsonObject, type JsonValue, parseJson } from '../data/json.ts';
import * as errors from '../runtime/errors.ts';
import { printableLines, printableMessage } from '../runtime/printable.ts';

export type WireError = {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Present for a DenseNetError. */
  readonly code?: errors.ErrorCode;
  readonly fields?: { readonly [key: string]: JsonValue };
};

type Fields = Readonly<Record<string, JsonValue>>;
const text = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '');
// JSON has no NaN and no infinity: they travel as text.
const number = (value: JsonValue | undefined) => (value === null ? Number.NaN : Number(value));
const REASONS: readonly errors.StorageReason[] = ['unavailable', 'full', 'busy', 'missing'];
const storageReason = (value: JsonValue | undefined) => REASONS.find((reason) => reason === value) ?? 'failed';
const NO_GPU_REASONS: readonly errors.NoGpuReason[] = ['timeout', 'lost', 'aborted'];
const noGpuReason = (value: JsonValue | undefined) =>
  NO_GPU_REASONS.find((reason) => reason === value) ?? 'unavailable';
const numberAsText = (_key: string, value: unknown) =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

// Constructors compose their messages, so each is given its fields here and then the message as it was sent.
const revive: Readonly<Record<string, (fields: Fields, problem: string) => errors.DenseNetError>> = {
  ConfigError: ({ field, value, problem: rule }) => new errors.ConfigError(text(field), value, text(rule)),
  DataError: ({ file, offset }, problem) => new errors.DataError(text(file), number(offset), problem),
  StateError: ({ tensor }, problem) => new errors.StateError(text(tensor), problem),
  WeightsError: ({ file, ...misfit }, problem) => new errors.WeightsError(text(file), problem, misfit as errors.Misfit),
  LimitError: ({ largestBatch }, problem) => new errors.LimitError(problem, number(largestBatch)),
  NoGpuError: ({ reason }, problem) => new errors.NoGpuError(problem, { reason: noGpuReason(reason) }),
  DeviceLostError: ({ reason }) => new errors.DeviceLostError(text(reason)),
  DisposedError: ({ object }) => new errors.DisposedError(text(object)),
  GpuError: (_fields, problem) => new errors.GpuError(problem),
  NotFiniteError: ({ found, step, loss, images }) =>
    new errors.NotFiniteError(found as errors.NonFinite, {
      step: step === undefined ? undefined : number(step),
      loss: loss === undefined ? undefined : number(loss),
      images: images as readonly number[],
    }),
  WrongResultError: ({ kernel }, problem) => new errors.WrongResultError(text(kernel), problem),
  StorageError: ({ reason }, problem) => new errors.StorageError(storageReason(reason), problem),
  ShaderError: (_fields, problem) => new errors.ShaderError('', problem),
};

/** What was thrown, as JSON. */
export function encodeError(thrown: unknown): WireError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const base = { name: error.name, message: error.message, stack: error.stack ?? '' };
  if (!(error instanceof errors.DenseNetError)) return base;
  const { code, name: _name, message: _message, stack: _stack, cause: _cause, ...fields } = error;
  return { ...base, code, fields: JSON.parse(JSON.stringify(fields, numberAsText)) };
}

/** As `decodeError`, of JSON. @throws DataError where that is no error that `encodeError` made */
export function errorFromText(text: string): Error {
  const found = parseJson(text, 'error', { depth: 64 });
  if (isWireError(found)) return decodeError(found);
  throw new errors.DataError('error', 0, 'has no name and message');
}

const isWireError = (value: unknown): value is WireError =>
  isJsonObject(value) && typeof value.name === 'string' && typeof value.message === 'string';

/** The error that `encodeError` was given. */
export function decodeError({ name, message, stack, code, fields = {} }: WireError): Error {
  const revived =
    code === undefined
      ? new Error(message)
      : (revive[name]?.(fields, message) ?? new errors.DenseNetError(code, message));
  const fixed = { configurable: true, writable: true, enumerable: false };
  return Object.defineProperties(revived, {
    name: { ...fixed, value: name },
    message: { ...fixed, value: printableMessage(message, printableLines) },
    stack: { ...fixed, value: stack || revived.stack },
  });
}
