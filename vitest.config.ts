import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `unit` needs nothing but Node; `sandbox` runs flows in a sandbox that its global set-up starts; `shared` reads data that
// lies beside a checkout, and is run where there is some; `aws` is for `npm run test:aws` alone.
export default defineConfig({
  resolve: { alias: { 'cdk-mlops-sandbox': here('sandbox/src/index.ts'), 'cdk-mlops': here('lib/index.ts') } },
  test: {
    // On a busy machine even a process's start takes seconds; vitest's own second is too short to wait for one.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.sandbox.test.ts', 'test/**/*.shared.test.ts', '**/node_modules/**'],
          env: { CDK_VALIDATION: 'false', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
          testTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'shared', include: ['test/**/*.shared.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'sandbox',
          include: ['test/**/*.sandbox.test.ts'],
          globalSetup: ['test/support/sandbox.ts'],
          env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'aws',
          include: ['test/flows/{lifecycle,approval,bad-input,stopping}.sandbox.test.ts'],
          globalSetup: ['test/support/aws.ts'],
          testTimeout: 3 * 3_600_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});
