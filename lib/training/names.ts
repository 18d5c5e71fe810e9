/**
 * What the ids of a model's runs begin with, and with them the names of its jobs: the registry cuts names at 30
 * characters. Permissions on jobs and on runs' files are given for it.
 */
export const runNamePrefix = (model: string): string => `${model.slice(0, 30).replace(/-+$/, '')}-`;
