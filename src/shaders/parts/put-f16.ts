import source from './put-f16.wgsl?raw';

/** `put_pair`, `put_one`: f16 values into `out`. Part of the text of kernels that write columns one by one. */
export const putF16: string = source;
