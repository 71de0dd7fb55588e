// The public surface, nothing else.
export * from './runtime/errors.ts';
