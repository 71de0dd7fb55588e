// What a record's first word says: CODES in records.ts. From BRIGHTNESS on, a table per image and channel.
const IDENTITY = 0u;
const RESIZE = 1u;
const AFFINE = 2u;
const SATURATION = 3u;
const HUE = 4u;
const SHARPNESS = 5u;
const BRIGHTNESS = 6u;
const CONTRAST = 7u;
const POSTERIZE = 8u;
const SOLARIZE = 9u;
const AUTOCONTRAST = 10u;
const EQUALIZE = 11u;
