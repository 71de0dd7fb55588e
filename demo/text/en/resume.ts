export const resume = {
  title: 'Go on where you were',
  lead: 'These trainings were not finished. Each goes on exactly where it was kept, as if it had never stopped.',
  what: (blocks: string, growthRate: number, images: string) =>
    `A network with dense blocks of ${blocks} layers and growth rate ${growthRate}, learning from ${images} images.`,
  place: (epoch: number, epochs: number, share: string, when: string) =>
    `It is in epoch ${epoch} of ${epochs}, ${share} through it (kept ${when}).`,
  resume: 'Go on',
  download: 'Download its state',
  remove: 'Delete',
  takes: (bytes: string) => `${bytes} in this browser`,
  elsewhere: 'Another tab is training this one.',
  damaged: 'A run that cannot be read',
  pause: 'Pause',
  paused: 'Paused. It goes on from here whenever you like, also after this page was closed.',
  saved: (time: string) => `Kept in this browser at ${time}: if the page closes, the run goes on from there.`,
  unsaved: 'This run is not kept: if the page closes it is gone.',
} as const;
