// One block's buffer, drawn to scale: stripes of channels to choose a reader by, beside them how far down each layer
// reads, and in words what the chosen one reads and writes. The stripes are radio buttons: arrow keys walk through them.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { format, text } from '../text/text.ts';
import type { InsideBlock, InsideCopies, InsideNetwork } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { layersOf, placeName, rangeName, readerName, shapeName, sourceName } from './names.ts';

// How far down each layer reads, all at once: a bar a reader beside the stripes, with the slice that it writes at its
// end. A pointer may choose by it; everyone else has the stripes.

interface Props {
  readonly network: InsideNetwork;
  readonly copies: InsideCopies | undefined;
  readonly at: Place;
  readonly go: (at: Place) => void;
}

export function BlockSection({ network, copies, at, go }: Props) {
  const strings = text().inside.block;
  const block = network.blocks[at.block];
  if (!block) return null;
  return (
    <section id="inside-block" class="panel" tabIndex={-1} aria-labelledby="inside-block-title">
      <h2 id="inside-block-title">{strings.title}</h2>
      <p>{strings.lead}</p>
      <BlockChoice network={network} at={at} go={go} />
      <Buffer network={network} block={block} at={at} go={go} />
      <Sentence network={network} block={block} copies={copies} at={at} />
      <p class="hint">{strings.growth(format().count(block.layers[0]?.growthRate ?? 0))}</p>
    </section>
  );
}

function BlockChoice({ network, at, go }: Omit<Props, 'copies'>) {
  const strings = text().inside.block;
  return (
    <fieldset class="block-choice">
      <legend>{strings.choose}</legend>
      {network.blocks.map(({ layers, height, width }, b) => (
        <label key={b} class="button">
          <input
            type="radio"
            name="inside-block"
            checked={b === at.block}
            onChange={() => go({ block: b, place: Math.min(at.place || 1, layers.length) })}
          />
          <span>
            <strong>{strings.name(b + 1)}</strong>{' '}
            <small>{strings.size(format().count(layers.length), shapeName(height, width))}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Pixels at the window's lower edge that the row of what follows takes. */
const FOLLOWER = 60;

interface BufferProps extends Omit<Props, 'copies'> {
  readonly block: InsideBlock;
}

function Buffer({ network, block, at, go }: BufferProps) {
  const strings = text().inside;
  const geometry = bufferGeometry(block);
  const scrolled = useRef<HTMLDivElement>(null);
  const written = geometry.stripes[at.place];
  // A block that is higher than its window shows what is chosen, and the page itself stays where it is.
  useEffect(() => {
    const { current } = scrolled;
    if (!current || !written) return;
    const [top, bottom] = [written.top, written.top + written.height + FOLLOWER];
    if (bottom > current.scrollTop + current.clientHeight) current.scrollTop = bottom - current.clientHeight;
    if (top < current.scrollTop) current.scrollTop = top;
  }, [at.block, at.place]);
  const last = block.layers.length + 1;
  const choose = (place: number) => () => go({ block: at.block, place });
  const state = (source: number) => (source === at.place ? 'written' : source < at.place ? 'read' : 'later');
  return (
    <fieldset class="buffer">
      <legend>{strings.block.buffer}</legend>
      <div class="buffer-scroll" ref={scrolled}>
        <div
          class={geometry.pixelsPerChannel < 4 ? 'stripes fine' : 'stripes'}
          style={{ '--channel': `${geometry.pixelsPerChannel}px` }}
        >
          {geometry.stripes.map(({ source, first, count, height }) => (
            <PlaceLabel
              key={source}
              class={`stripe ${state(source)}`}
              style={{ height: `${height}px`, ...hue(source) }}
              checked={source === at.place}
              choose={choose(source)}
            >
              <span class="who">{sourceName(at.block, source)}</span>
              <span class="range">{rangeName(first, count)}</span>
              {state(source) === 'later' ? null : (
                <span class="mark">{strings.block[state(source) === 'read' ? 'read' : 'written']}</span>
              )}
            </PlaceLabel>
          ))}
        </div>
        <Staircase geometry={geometry} place={at.place} choose={(place) => go({ block: at.block, place })} />
        <PlaceLabel
          class={`follower ${at.place === last ? 'written' : ''}`}
          checked={at.place === last}
          choose={choose(last)}
        >
          <span class="who">{readerName(layersOf(network), at.block, last)}</span>
          <span class="range">{strings.block.follows(format().count(block.channels))}</span>
        </PlaceLabel>
      </div>
      <p class="hint">{strings.block.staircase}</p>
    </fieldset>
  );
}

interface PlaceLabelProps {
  readonly class: string;
  readonly style?: Record<string, string>;
  readonly checked: boolean;
  readonly choose: () => void;
  readonly children: ComponentChildren;
}

/** A place of the block as a radio button that is not seen, and what stands for it. */
const PlaceLabel = ({ class: name, style, checked, choose, children }: PlaceLabelProps) => (
  <label class={name} style={style}>
    <input type="radio" name="inside-place" class="visually-hidden" checked={checked} onChange={choose} />
    {children}
  </label>
);

/** Custom properties of a source's colour. */
export function hue(source: number): Record<string, string> {
  const degrees = hueOf(source);
  return degrees === undefined ? { '--chroma': '0' } : { '--hue': `${degrees.toFixed(1)}` };
}

interface SentenceProps extends Omit<Props, 'go'> {
  readonly block: InsideBlock;
}

function Sentence({ network, block, copies, at }: SentenceProps) {
  const strings = text().inside.block;
  const { count, bytes } = format();
  const { height, width, layers, kept } = block;
  const channelBytes = copies?.blocks[at.block]?.channelBytes ?? 0;
  const images = copies ? `${text().inside.copies.batch}: ${count(copies.batch)}` : '';
  const shape = (channels: number) => shapeName(height, width, channels);
  const who = placeName(network, at.block, at.place);
  const layer = layers[at.place - 1];
  const next = network.blocks[at.block + 1];
  const reads = (channels: number) =>
    strings.reads(who, rangeName(0, channels), shape(channels), bytes(channels * channelBytes));
  const sentences =
    at.place === 0
      ? [
          `${who}: ${strings.begins(rangeName(0, block.inputs), shape(block.inputs), bytes(block.inputs * channelBytes))}`,
        ]
      : layer
        ? [
            reads(layer.inputs),
            strings.writes(
              rangeName(layer.inputs, layer.growthRate),
              shape(layer.growthRate),
              bytes(layer.growthRate * channelBytes),
            ),
            strings.prefix,
          ]
        : [
            reads(block.channels),
            kept === null || !next
              ? strings.scores(count(network.classes))
              : strings.leaves(rangeName(0, kept), shapeName(next.height, next.width, kept)),
            strings.prefix,
          ];
  return (
    <p class="sentence" aria-live="polite">
      {sentences.join(' ')} <small>{`(${images})`}</small>
    </p>
  );
}

interface StaircaseProps {
  readonly geometry: BufferGeometry;
  readonly place: number;
  readonly choose: (place: number) => void;
}

function Staircase({ geometry, place, choose }: StaircaseProps) {
  const { height, reads, stripes } = geometry;
  const width = reads.length;
  return (
    <svg
      class="staircase"
      style={{ height: `${height}px` }}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      {reads.map((read, i) => {
        const slice = stripes[i + 1];
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: hidden from assistive technology, which has the radio buttons
          <g key={i} class={i + 1 === place ? 'chosen' : ''} onClick={() => choose(i + 1)}>
            <rect class="hit" x={i} y={0} width={1} height={height} />
            <rect class="reads" x={i + 0.15} y={0} width={0.7} height={read} />
            {slice && <rect class="writes" x={i + 0.15} y={slice.top} width={0.7} height={slice.height} />}
          </g>
        );
      })}
    </svg>
  );
}

export interface Stripe {
  /** 0: what came in; then the layers. */
  readonly source: number;
  /** First channel, and how many. */
  readonly first: number;
  readonly count: number;
  readonly top: number;
  readonly height: number;
}

export interface BufferGeometry {
  readonly pixelsPerChannel: number;
  readonly height: number;
  readonly stripes: readonly Stripe[];
  /** Pixels that a reader's prefix is high: readers 1 to L, then what follows. */
  readonly reads: readonly number[];
}

/** A stripe that can be read and clicked is so high at least, whatever it holds. */
const LEAST_STRIPE = 26;
const LEAST_HEIGHT = 300;

export function bufferGeometry({ inputs, channels, layers }: InsideBlock): BufferGeometry {
  const thinnest = Math.min(inputs, ...layers.map((layer) => layer.growthRate));
  const scale = Math.max(LEAST_STRIPE / thinnest, LEAST_HEIGHT / channels);
  const stripe = (source: number, first: number, count: number): Stripe => ({
    source,
    first,
    count,
    top: first * scale,
    height: count * scale,
  });
  return {
    pixelsPerChannel: scale,
    height: channels * scale,
    stripes: [stripe(0, 0, inputs), ...layers.map((layer, i) => stripe(i + 1, layer.inputs, layer.growthRate))],
    reads: [...layers.map((layer) => layer.inputs * scale), channels * scale],
  };
}

/** A colour for each source: neighbours differ most (the golden angle). Degrees; what came in has none. */
export const hueOf = (source: number): number | undefined =>
  source === 0 ? undefined : (200 + (source - 1) * 137.508) % 360;
