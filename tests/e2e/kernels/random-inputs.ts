// The tuner tries kernels on the same inputs as these tests.
export * from '../../../src/shaders/random-inputs.ts';
