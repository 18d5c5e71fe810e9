export { type ProfileOptions, profileSources } from './build';
export { distinctTexts } from './categories';
export { mergeProfiles } from './merge';
export { NoProfile, packProfile, unpackProfile } from './pack';
export type { DataSource, RandomAccess } from './source';
export type { Profile } from './types';
