import { describe, expect, it } from 'vitest';
import { idleCost } from '../../core/costs';
import { Stage } from '../../lib';
import { resourcesOf, stacks, templateOf } from './stacks';

describe.each([Stage.DEV, Stage.PROD])('in a month in which nothing happens in %s', (stage) => {
  const { platformStack, modelStack } = stacks({ shared: { stage } });

  it('a platform costs at most $5, and every resource of it has a known price', () => {
    const cost = idleCost(templateOf(platformStack));
    expect(cost.unknown).toEqual([]);
    expect(cost.usd, JSON.stringify(cost.lines)).toBeLessThanOrEqual(5);
  });

  it('a model without its endpoint costs at most $2', () => {
    const cost = idleCost(templateOf(modelStack));
    expect(cost.unknown).toEqual([]);
    expect(cost.usd, JSON.stringify(cost.lines)).toBeLessThanOrEqual(2);
  });
});

describe('alarms', () => {
  const { platformStack, modelStack } = stacks();
  const alarms = resourcesOf('AWS::CloudWatch::Alarm', platformStack, modelStack);

  it('are few: four for a platform, six for a model', () => {
    expect(resourcesOf('AWS::CloudWatch::Alarm', platformStack)).toHaveLength(4);
    expect(resourcesOf('AWS::CloudWatch::Alarm', modelStack)).toHaveLength(6);
  });

  it.each(alarms)('%s says what it means and where its runbook is, and tells somebody', (_, { Properties }) => {
    expect(Properties?.AlarmDescription).toMatch(/docs\/runbooks\/[a-z-]+\.md$/);
    expect(Properties?.AlarmActions).toHaveLength(1);
    expect(Properties?.TreatMissingData).toBe('notBreaching');
  });
});
