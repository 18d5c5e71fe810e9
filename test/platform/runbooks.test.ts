import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { MlopsPlatform, ModelImage, ModelLifecycle, Trainer } from '../../lib';
import { RUNBOOKS } from '../../lib/platform/platform-alarms';

const root = join(__dirname, '../..');
const pages = readdirSync(join(root, 'docs/runbooks'));
const LINK = new RegExp(`Runbook: ${RUNBOOKS.replaceAll('.', '\\.')}/([a-z-]+\\.md)$`);

describe('the runbooks', () => {
  /** Alarm descriptions by logical id, of a platform and a model on it. */
  const descriptions = new Map<string, unknown>();

  beforeAll(() => {
    const app = new App();
    const shared = new Stack(app, 'Shared');
    const platform = new MlopsPlatform(shared, 'Mlops');
    const own = new Stack(app, 'Own');
    new ModelLifecycle(own, 'Churn', {
      platform: MlopsPlatform.fromPlatformName(own, 'Platform', { platformName: platform.platformName }),
      owner: 'customer-care',
      schema: { label: 'churned' },
      trainer: Trainer.sageMaker({
        source: join(root, 'examples/healthcare/src'),
        image: ModelImage.xgboost('3.2-0'),
      }),
    });
    for (const stack of [shared, own]) {
      const alarms = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
      for (const [id, { Properties }] of Object.entries(alarms)) descriptions.set(id, Properties.AlarmDescription);
    }
  });

  it('are linked by every alarm, by a page that exists', () => {
    const pageOf = (description: unknown): string | undefined => LINK.exec(String(description))?.[1];
    const lost = [...descriptions].filter(([, description]) => !pages.includes(pageOf(description) ?? ''));
    expect(descriptions.size).toBeGreaterThan(0);
    expect(lost).toEqual([]);
  });

  it('have no page without an alarm', () => {
    const linked = [...descriptions.values()].join('\n');
    expect(pages.filter((page) => !linked.includes(`/${page}`))).toEqual([]);
  });

  it.each(pages)('%s tells in at most 60 lines what to look at and what to do', (page) => {
    const text = readFileSync(join(root, 'docs/runbooks', page), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(text).toMatch(/^## Look$/m);
    expect(text).toMatch(/^## (Do|Usual causes|What each queue holds)/m);
  });

  it.each(pages)('%s links only to pages that exist', (page) => {
    const text = readFileSync(join(root, 'docs/runbooks', page), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, link]) => join(root, 'docs/runbooks', link!));
    expect(links.filter((link) => !isReadable(link))).toEqual([]);
  });
});

function isReadable(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').length > 0;
  } catch {
    return false;
  }
}
