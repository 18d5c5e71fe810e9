import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { pipelineStack } from '../release/pipeline-stack';

describe('ModelEndpoint', () => {
  it('makes no endpoint: it comes to life with the first release', () => {
    const template = Template.fromStack(pipelineStack().stack);
    template.resourceCountIs('AWS::SageMaker::Endpoint', 0);
  });

  it('alarms in the units that SageMaker counts in, silent while nobody asks, with a runbook', () => {
    const endpoint = { latencyThreshold: Duration.millis(200) };
    const template = Template.fromStack(pipelineStack({ endpoint }).stack);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ModelLatency',
      Threshold: 200_000,
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp('microseconds.*docs/runbooks/endpoint-latency.md'),
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Invocation5XXErrors',
      Statistic: 'Sum',
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp('docs/runbooks/endpoint-errors.md'),
    });
  });

  it('grants invoking this endpoint only', () => {
    const { stack, endpoint } = pipelineStack();
    endpoint.grantInvoke(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy', {
      Properties: { Roles: [{ Ref: Match.stringLikeRegexp('^Caller') }] },
    });
    const [policy] = Object.values(policies);
    expect(policy!.Properties.PolicyDocument.Statement).toHaveLength(1);
    expect(JSON.stringify(policy)).toContain(':endpoint/credit"');
  });

  it('goes before everything that a live endpoint needs, and keeps its role unless told otherwise', () => {
    const template = Template.fromStack(pipelineStack().stack);
    const [guard] = Object.values(template.findResources('Custom::EndpointGuard'));
    const [machine] = Object.keys(template.findResources('AWS::StepFunctions::StateMachine'));
    expect(guard!.DependsOn).toContain(machine);
    expect(guard!.Properties.ServiceTimeout).toBe('900');
    const kept = Object.entries(template.findResources('AWS::IAM::Role', { DeletionPolicy: 'Retain' }));
    expect(kept.map(([id]) => id)).toEqual([expect.stringMatching(/^ReleaseServingRole/)]);
    const dev = Template.fromStack(pipelineStack({ endpoint: { deleteEndpointOnRemoval: true } }).stack);
    expect(dev.findResources('AWS::IAM::Role', { DeletionPolicy: 'Retain' })).toEqual({});
    dev.hasResourceProperties('Custom::EndpointGuard', { deleteEndpoint: 'true' });
  });

  it('names every mistake at once', () => {
    const endpoint = {
      endpointName: 'no_good',
      instanceType: 'm5.large',
      instanceCount: 0,
      dataCapture: { percent: 200 },
    };
    expect(() => pipelineStack({ endpoint })).toThrow(/no_good.*m5\.large.*received 0.*received 200/);
  });
});
