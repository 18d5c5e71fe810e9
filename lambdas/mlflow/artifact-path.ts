import { invalid } from './errors';

/** A path below the root of artefacts. @throws MlflowError where it leads out of it */
export const safePath = (path: string): string => {
  const parts = path.split('/').filter((part) => part !== '');
  const odd = parts.some((part) => part === '.' || part === '..' || part.includes('\\') || hasControl(part));
  if (odd || path.length > 900 || /^[A-Za-z]:/.test(path)) {
    throw invalid(
      `Invalid path: '${path.slice(0, 200)}'. A path names files below its root, in at most 900 characters.`,
    );
  }
  return parts.join('/');
};

const hasControl = (part: string): boolean => Array.from(part).some((character) => character < ' ');
