export { compareProfiles, type DriftReport, type FeatureDrift } from './judge';
