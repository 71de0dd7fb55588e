import source from './put-halves.wgsl?raw';

/** `put_pair`, `put_one`: halves into `out`. Part of the text of kernels that write columns one by one. */
export const putHalves: string = source;
