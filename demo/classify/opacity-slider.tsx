// How much of a heat map lies over its picture.

import type { Signal } from '@preact/signals';

interface OpacitySliderProps {
  readonly label: string;
  /** 0 to 1. */
  readonly opacity: Signal<number>;
  readonly disabled?: boolean;
}

export const OpacitySlider = ({ label, opacity, disabled = false }: OpacitySliderProps) => (
  <label class="slider">
    {label}
    <input
      type="range"
      min={0}
      max={1}
      step={0.05}
      value={opacity.value}
      disabled={disabled}
      onInput={(event: Event & { currentTarget: HTMLInputElement }) => {
        opacity.value = Number(event.currentTarget.value);
      }}
    />
  </label>
);
