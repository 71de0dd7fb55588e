// torchxrayvision's DenseNets for chest X-rays: one channel, 18 findings, pixels from -1024 to 1024.

/** The findings, in torchxrayvision's order. */
export const CHEST_X_RAY_LABELS: readonly string[] = [
  ...['Atelectasis', 'Consolidation', 'Infiltration', 'Pneumothorax', 'Edema', 'Emphysema', 'Fibrosis', 'Effusion'],
  ...['Pneumonia', 'Pleural_Thickening', 'Cardiomegaly', 'Nodule', 'Mass', 'Hernia', 'Lung Lesion', 'Fracture'],
  ...['Lung Opacity', 'Enlarged Cardiomediastinum'],
];

/** (2 * pixel / 255 - 1) * 1024, as (pixel / 255 - mean) / std. */
export const CHEST_X_RAY_RANGE = { mean: [0.5], std: [1 / 2048] } as const;

/** Nothing else that is known has one channel and 18 classes. */
export const isChestXRay = ({ inputChannels, classes }: { inputChannels: number; classes: number }): boolean =>
  inputChannels === 1 && classes === CHEST_X_RAY_LABELS.length;
