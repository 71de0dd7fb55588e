// What tells a DICOM file (PS3.10, 7.1): by itself, so that whoever only asks need not load the reader.

/** Where a file says that it is one, after a preamble of any content. */
export const PREFIX_AT = 128;

/** Whether these are a DICOM file's first bytes (132 of them are enough). */
export const isDicom = (bytes: Uint8Array): boolean =>
  bytes.length >= PREFIX_AT + 4 && [0x44, 0x49, 0x43, 0x4d].every((byte, i) => bytes[PREFIX_AT + i] === byte);
