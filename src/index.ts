// The public surface, nothing else.

// For the declarations: a project whose `lib` is older has no Symbol.dispose.
/// <reference lib="esnext.disposable" preserve="true" />

export { decodeImage } from './browser/decode-image.ts';
export type { PageDirectoryHandle, PageFile, PageFileHandle } from './browser/file-tree.ts';
export { type OpenedFiles, openFiles } from './browser/open-files.ts';
export {
  type AnyLabelledImages,
  type ImageDataset,
  type ImageDetails,
  type ImagesInMemory,
  inMemory,
  type LabelTask,
} from './data/dataset.ts';
export type { ImageFilesOptions, OpenProgress } from './data/dataset-options.ts';
export type { LabelledImages } from './data/idx.ts';
export type { ImageProblem } from './data/image-folder.ts';
export type { JsonValue } from './data/json.ts';
export type { ColourProfile, ExifOrientation, PictureOptions } from './data/picture-options.ts';
export type { Resizing } from './data/preprocess.ts';
export { type DecodedImage, type Fit, type InputSize, type Preprocessing, prepareImage } from './data/preprocess.ts';
export type { Interpolation } from './data/resample.ts';
export { readSafetensors, type SafetensorsFile, type UnsupportedTensor, writeSafetensors } from './data/safetensors.ts';
export type { Leak, PartName } from './data/split.ts';
export { type Dtype, float32Tensor, int32Tensor, type Tensor, toFloat32, toInt32 } from './data/tensor.ts';
export {
  type AugmentRequest,
  augmentImages,
  type ContactSheet,
  contactSheet,
} from './densenet/augment/augment-images.ts';
export { type AugmenterOptions, augmenter, type ImageAugmenter } from './densenet/augment/augmenter.ts';
export { mirrorDefault } from './densenet/augment/mirror-default.ts';
export {
  type AutotuneMode,
  type AutotuneOptions,
  type AutotuneResult,
  type AutotuneTarget,
  type AutotuneWorkload,
  autotune,
} from './densenet/autotune/autotune.ts';
export {
  type AutotuneCache,
  type AutotunedClass,
  type AutotunedPoint,
  type AutotuneRecord,
  type DatabaseFactory,
  indexedDbAutotuneCache,
  type MeasuredCandidate,
  tileConfigOf,
} from './densenet/autotune/cache.ts';
export type { ShapeClass } from './densenet/autotune/candidates.ts';
export type { AutotuneProgress } from './densenet/autotune/search.ts';
export { checkConfig, type DenseNetConfig, type MapSize } from './densenet/config.ts';
export { classActivationMap, type Head, readHead } from './densenet/explain/cam.ts';
export { Explainer, type ExplainerOptions, type Gradients, oneHot } from './densenet/explain/explainer.ts';
export { type Explanation, Explanations } from './densenet/explain/explanations.ts';
export type { BlockReuse } from './densenet/explain/feature-reuse.ts';
export { type ChannelRule, gradCam, overChannels, timesInput } from './densenet/explain/gradient-maps.ts';
export {
  INTEGRATION_RULES,
  type IntegratedGradients,
  type IntegratedGradientsOptions,
  type IntegrationRule,
  integratedGradients,
} from './densenet/explain/integrated-gradients.ts';
export { EXPLAIN_METHODS, type ExplainMethod, type ExplainRequest } from './densenet/explain/methods.ts';
export type { Explained, ProgressOptions } from './densenet/explain/micro-batches.ts';
export { type OcclusionOptions, occlusion } from './densenet/explain/occlusion.ts';
export { type SmoothGradOptions, smoothGrad, smoothGradNoise } from './densenet/explain/smooth-grad.ts';
export { type ExplanationTarget, featureTargets, targetOf } from './densenet/explain/target.ts';
export { Inference, type InferenceOptions, type LogitsOptions } from './densenet/inference.ts';
export { DenseNet, type ModelOptions } from './densenet/model.ts';
export { type LoadedModel, loadModel, type SaveOptions, saveModel } from './densenet/model-file.ts';
export {
  type BottleneckLayer,
  buildNetwork,
  type Convolution,
  type DenseBlock,
  type DenseLayer,
  macs,
  type Network,
  type Norm,
  type Parameter,
  type PlainLayer,
  type Stem,
  type StemLayer,
  type Transition,
} from './densenet/network.ts';
export { IMAGENET_NORMALISATION, type Normalisation } from './densenet/normalisation.ts';
export { blame, type NonFiniteImage, nonFiniteImages } from './densenet/not-finite.ts';
export type { Augmenter } from './densenet/plan/augmenter.ts';
export type { ExplanationPlanOptions, ExplanationRegions } from './densenet/plan/explanation.ts';
export type { FeatureMap, Grid, Precision } from './densenet/plan/feature-map.ts';
export type { InputKind } from './densenet/plan/forward.ts';
export type { InferencePlanOptions, InferenceRegions, KeepFeatures } from './densenet/plan/inference.ts';
export {
  compileExplanation,
  compileInference,
  compileTraining,
  DEFAULT_LIMITS,
  type DeviceLimits,
  describePlan,
  type MemoryForecast,
  type PassDescription,
  type Plan,
  type PlanDescription,
} from './densenet/plan/plan.ts';
export { type Trainable, type TrainableRange, trainableRange } from './densenet/plan/scope.ts';
export { type TileChoice, type TileConfig, vendorTiles } from './densenet/plan/tile-config.ts';
export type { TrainingOptions, TrainingRegions } from './densenet/plan/training.ts';
export { PRESETS, type PresetName, preset } from './densenet/presets.ts';
export type { Runner, RunnerRegions } from './densenet/runner.ts';
export type { Arenas, LoadOptions, StateDict, StateTensor } from './densenet/state-dict.ts';
export {
  averageProbabilities,
  type ImageArray,
  type TestTimeAugmentation,
  testTimeViews,
} from './densenet/test-time.ts';
export {
  AUGMENTATION_PRESETS,
  type Augmentation,
  type AugmentationInput,
  type AugmentationPreset,
} from './densenet/train/augmentation.ts';
export type { BasicAugmentation } from './densenet/train/basic-augmentation.ts';
export {
  type Hyperparameters,
  type HyperparametersInput,
  hyperparametersToJson,
  parseHyperparameters,
  scheduleOf,
} from './densenet/train/hyperparameters.ts';
export {
  constant,
  cosine,
  cosineRestarts,
  type OneCycleOptions,
  oneCycle,
  type PlateauOptions,
  plateauRate,
  polynomial,
  type Schedule,
  stepped,
  warmup,
} from './densenet/train/learning-rates.ts';
export { type LabelWeights, type LossOptions, withBalanced } from './densenet/train/loss-options.ts';
export type { LossKind } from './densenet/train/losses.ts';
export {
  findLearningRate,
  type LrFinderOptions,
  type LrPoint,
  type LrSuggestions,
  type LrSweep,
  suggestRates,
  sweepText,
} from './densenet/train/lr-finder.ts';
export {
  ADAMW,
  type AdamwOptions,
  LAMB,
  type LambOptions,
  LION,
  type LionOptions,
  type OptimizerKind,
  type OptimizerOptions,
  RMSPROP,
  type RmspropOptions,
  SGD,
  type SgdOptions,
} from './densenet/train/optimizers.ts';
export type { ParameterGroups } from './densenet/train/parameter-groups.ts';
export type { DataFingerprint, EpochMetrics, RunMetadata, RunningMetrics } from './densenet/train/run-metadata.ts';
export {
  makeSchedule,
  type ScheduleName,
  type ScheduleOptions,
  type ScheduleSettings,
} from './densenet/train/schedules.ts';
export {
  type Batch,
  type StepOptions,
  type StepResult,
  Trainer,
  type TrainerOptions,
} from './densenet/train/trainer.ts';
export type { TrainerState } from './densenet/train/trainer-state.ts';
export {
  readTrainingState,
  type TrainingState,
  type WriteStateOptions,
  writeTrainingState,
} from './densenet/train/training-state.ts';
export type { WeightAverage } from './densenet/train/weight-average.ts';
export type { WeightsFormat } from './densenet/weights/contents.ts';
export type {
  ImportedNetwork,
  ImportOptions,
  SidecarFile,
  WeightsSource,
  WeightsSources,
} from './densenet/weights/import-options.ts';
export { importWeights } from './densenet/weights/import-weights.ts';
export type { NamingScheme } from './densenet/weights/names.ts';
export { describeReport, type ImportReport, type Overridden, type Source } from './densenet/weights/report.ts';
export type { Interval } from './metrics/bootstrap.ts';
export type { ReliabilityBin, TemperatureFit } from './metrics/calibration.ts';
export type { PrecisionRecall } from './metrics/classification.ts';
export { type DecisionOptions, type Decisions, type FittedDecisions, fitDecisions } from './metrics/decisions.ts';
export type {
  BootstrapChoice,
  BootstrapRecord,
  Calibration,
  ClassCurves,
  Curve,
  Estimate,
} from './metrics/estimates.ts';
export { type EvaluateOptions, type EvaluationReport, evaluateLogits } from './metrics/evaluation.ts';
export type { LabelReport, MultiLabelEvaluation } from './metrics/multi-label.ts';
export type { ClassReport, SingleLabelEvaluation } from './metrics/single-label.ts';
export type { OperatingPoint, ThresholdRule } from './metrics/thresholds.ts';
export type { ClassProbability } from './metrics/top-classes.ts';
export { reportHtml } from './report/report.ts';
export type {
  DatasetCard,
  EpochPoint,
  Fact,
  FactGroup,
  Mistake,
  ReportData,
  SplitCard,
} from './report/report-data.ts';
export { type AdapterDescription, VENDORS, type Vendor } from './runtime/adapter.ts';
export { Device, type DeviceOptions } from './runtime/device.ts';
export * from './runtime/errors.ts';
export type { CompileRecord, PipelineCache } from './runtime/pipelines.ts';
export type { CompileProgress, OnCompile, Unroll } from './runtime/plan-pipelines.ts';
export type { BufferKind, LogicalBuffer, Region } from './runtime/program.ts';
export type { Signal } from './runtime/signal.ts';
export type { MatrixCheck, MatrixComponent, MatrixShaders, MatrixShape, MatrixUse } from './runtime/subgroup-matrix.ts';
export type { SubgroupUse } from './runtime/subgroups.ts';
export type { TileTarget } from './runtime/tile-target.ts';
export { subgroupMatrices } from './shaders/subgroup-matrices.ts';
export { Classifier, type ClassifierEvaluateOptions, type PredictOptions } from './training/classifier.ts';
export { type EvaluateModelOptions, type Evaluation, evaluate, type RunOptions } from './training/evaluate.ts';
export type { RunEvent, Running, SaveEvery, TrainReport } from './training/events.ts';
export { type FitData, type FitOptions, type FitResult, fit } from './training/fit.ts';
export type { PredictInput } from './training/predict-input.ts';
