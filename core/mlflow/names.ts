import { posix } from 'node:path';

/** What MLflow lets through: lengths in characters. */
export const LIMIT = {
  key: 250,
  paramValue: 6_000,
  tagValue: 8_000,
  experimentTagValue: 20_000,
  registryTagValue: 100_000,
  experimentName: 500,
  alias: 255,
  datasetName: 500,
  datasetDigest: 36,
  metricsPerBatch: 1_000,
  othersPerBatch: 100,
  entitiesPerBatch: 1_000,
} as const;

/** So that nobody floods a log or an answer with a name of megabytes. */
export const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** What is wrong with the key of a metric, parameter or tag; undefined where nothing is. */
export function keyProblem(key: string): string | undefined {
  if (!/^[/\p{L}\p{N}\p{M}_.\- :]*$/u.test(key)) {
    return 'names may only contain letters, digits, underscores, dashes, periods, spaces, colons and slashes';
  }
  return pathProblem(key);
}

/** Names become paths of files, and must not lead anywhere else. */
export function pathProblem(name: string): string | undefined {
  const normal = name === '' ? '.' : posix.normalize(name).replace(/(?<=.)\/$/, '');
  if (normal === name && normal !== '.' && !normal.startsWith('..') && !normal.startsWith('/')) return undefined;
  return `names may be taken for paths of files, and this one would lead to '${shortened(normal)}'`;
}

/** What is wrong with a registered model's name. */
export function modelNameProblem(name: string): string | undefined {
  if (/[/:]/.test(name)) return "names cannot contain '/' or ':'";
  if (name.length > 256) return `has ${name.length} characters, at most 256 are kept`;
  return pathProblem(name);
}

/** What is wrong with an alias that is to be set. */
export function aliasProblem(alias: string): string | undefined {
  if (!/^[\p{L}\p{N}\p{M}_-]+$/u.test(alias)) return 'may only contain letters, digits, underscores and dashes';
  if (alias.length > LIMIT.alias) return `exceeds the maximum length of ${LIMIT.alias} characters`;
  if (alias.toLowerCase() === 'latest') return "'latest' is reserved";
  if (/^v\d+$/i.test(alias)) return "is reserved: 'v' and a number stand for the version";
  return undefined;
}
