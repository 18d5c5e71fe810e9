import type { TestProject } from 'vitest/node';
import type { TestSandbox } from './sandbox';

/**
 * Gives the flows the account that `npm run test:aws` has checked and the person has agreed to. Where these tests are
 * started by anything else, they refuse.
 */
export default function setup(project: Pick<TestProject, 'provide'>): void {
  const told = process.env.MLOPS_TEST_AWS;
  if (!told) throw new Error('These flows run on AWS and cost money. Start them by: npm run test:aws');
  const { region, accountId, stateDir } = JSON.parse(told) as Omit<TestSandbox, 'endpoint'>;
  project.provide('sandbox', { endpoint: '', region, accountId, stateDir, onAws: true });
}
