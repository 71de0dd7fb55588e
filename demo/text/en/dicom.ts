export const dicom = {
  window: 'Window of this DICOM file',
  centre: 'Centre',
  width: 'Width',
  range: 'Whole range',
  own: 'The file’s own',
  hint: 'Drag on the picture: across for the width, up and down for the centre.',
  frames: (count: number) => `It has ${count} frames; the first is shown.`,
  notForDiagnosis: 'Not for diagnosis.',
} as const;
