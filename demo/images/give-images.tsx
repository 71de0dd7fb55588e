// The ways to give images, wherever images are wanted: two buttons, and an area that takes drops and pastes.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { chosenFiles, droppedFiles, type FileSelection, pastedFiles } from './file-selection.ts';

type ChangeEvent = Event & { currentTarget: HTMLInputElement };

export interface FileButtonProps {
  readonly label: string;
  /** A whole folder with all that lies in it. */
  readonly folder?: boolean;
  /** What the system's dialogue offers; everything where it is left out. */
  readonly accept?: string;
  readonly disabled?: boolean;
  readonly onSelect: (selection: FileSelection) => void;
}

/** A button that opens the system's dialogue for files or for a folder. */
export function FileButton({ label, folder = false, accept, disabled = false, onSelect }: FileButtonProps) {
  return (
    <label class={disabled ? 'button disabled' : 'button'}>
      <input
        type="file"
        multiple
        class="visually-hidden"
        disabled={disabled}
        {...(folder ? { webkitdirectory: true } : { accept })}
        onChange={({ currentTarget }: ChangeEvent) => {
          const selection = chosenFiles(currentTarget.files);
          // The same files again are a change too.
          currentTarget.value = '';
          if (selection.files.length + selection.ignored > 0) onSelect(selection);
        }}
      />
      {label}
    </label>
  );
}

export interface DropAreaProps {
  readonly class?: string;
  /** Files that are dropped on it; also those that are pasted anywhere, where `takesPaste`. */
  readonly onSelect: (selection: FileSelection) => void;
  readonly takesPaste?: boolean;
  readonly disabled?: boolean;
  readonly children?: ComponentChildren;
}

export function DropArea({
  class: name = '',
  onSelect,
  takesPaste = false,
  disabled = false,
  children,
}: DropAreaProps) {
  const dragging = useSignal(false);
  const receive = useRef(onSelect);
  receive.current = onSelect;
  useEffect(() => {
    if (!takesPaste || disabled) return;
    const paste = (event: ClipboardEvent) => {
      const selection = pastedFiles(event.clipboardData);
      if (selection.files.length === 0) return;
      event.preventDefault();
      receive.current(selection);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [takesPaste, disabled]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a place to drop files; buttons in it do the same by keyboard
    <div
      class={`drop-area ${name} ${dragging.value ? 'dragging' : ''}`}
      onDragOver={(event: DragEvent) => {
        if (disabled || !event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        dragging.value = true;
      }}
      onDragLeave={() => {
        dragging.value = false;
      }}
      onDrop={async (event: DragEvent) => {
        event.preventDefault();
        dragging.value = false;
        if (!disabled) receive.current(await droppedFiles(event.dataTransfer));
      }}
    >
      {children}
    </div>
  );
}
