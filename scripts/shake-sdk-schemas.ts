import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Lets esbuild drop the schemas of operations that a handler does not call. The SDK declares each as an array literal
 * with computed keys, which a bundler must take for code with effects; the literals have none, so each is wrapped in a
 * call that is marked pure. S3's alone are 60 KB of a bundle.
 */
export const shakeSdkSchemas: Plugin = {
  name: 'shake-sdk-schemas',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/][^\\/]+[\\/]dist-es[\\/].*schemas_0\.js$/ }, async ({ path }) => ({
      contents: wrapLiterals(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** `var X = [ … ];` becomes `var X = (() => [ … ])();`, marked pure. Declarations begin at a line's start. */
export const wrapLiterals = (code: string): string =>
  code.replace(
    /^((?:export )?var [\w$]+ = )(\[[\s\S]*?\n?\]);$/gm,
    (_, declaration: string, literal: string) => `${declaration}/* @__PURE__ */ (() => ${literal})();`,
  );
