export { tellFiles, versionDifferenceHtml } from './html';
export { compareProfiles, type DriftReport, type DriftThresholds, type FeatureDrift } from './judge';
export { compareFiles } from './versions';
