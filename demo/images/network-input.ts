// What a loaded network wants of an image, and what its outputs mean.

import type { InputSize } from '../../src/data/preprocess.ts';
import type { LoadedNetwork } from '../engine/protocol.ts';
import type { OutputKind } from './image-row.ts';
import { knowsLightOnBlack } from './light-border.ts';

export const inputOf = ({ channels, height, width }: LoadedNetwork): InputSize => ({ channels, height, width });

export const outputOf = (_: LoadedNetwork): OutputKind => 'softmax';

export const swapsLightBorder = ({ classNames }: LoadedNetwork): boolean => knowsLightOnBlack(classNames);
