import type { Conformance } from './api/conformance';
import { messageOf } from './api/errors';
import type { ServiceModel } from './api/service-model';
import type { SageMakerOptions } from './options';
import type { Kind, Resource } from './state/store';

const DETAILS: Partial<Record<Kind, { detailType: string; operation: string }>> = {
  'training-job': { detailType: 'SageMaker Training Job State Change', operation: 'DescribeTrainingJob' },
  'processing-job': { detailType: 'SageMaker Processing Job State Change', operation: 'DescribeProcessingJob' },
  'transform-job': { detailType: 'SageMaker Transform Job State Change', operation: 'DescribeTransformJob' },
  endpoint: { detailType: 'SageMaker Endpoint State Change', operation: 'DescribeEndpoint' },
  'endpoint-config': { detailType: 'SageMaker Endpoint Config State Change', operation: 'DescribeEndpointConfig' },
  model: { detailType: 'SageMaker Model State Change', operation: 'DescribeModel' },
  'model-package': { detailType: 'SageMaker Model Package State Change', operation: 'DescribeModelPackage' },
};

/** Publishes state changes in the order in which they happen. A bus that fails never fails the resource. */
export class Events {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly model: ServiceModel,
    private readonly conformance: Conformance,
    private readonly publishEvent: SageMakerOptions['publishEvent'],
    private readonly log: (line: string) => void,
  ) {}

  publish(resource: Resource): void {
    const kind = DETAILS[resource.kind];
    if (!kind) return;
    this.conformance.event(kind.operation, resource.describe);
    const detail = eventDetail(this.model, this.model.outputShape(kind.operation)!, resource);
    const event = { detailType: kind.detailType, detail, resources: [resource.arn] };
    this.last = this.last
      .then(() => this.publishEvent(event))
      .catch((error) => this.log(`The event '${kind.detailType}' of ${resource.arn} was lost: ${messageOf(error)}`));
  }

  async flush(): Promise<void> {
    await this.last;
  }
}

/** The Describe fields as events carry them: times as milliseconds, endpoint status as IN_SERVICE, tags as a map. */
export function eventDetail(model: ServiceModel, shape: string, resource: Resource): Record<string, unknown> {
  const detail = withMillis(model, shape, resource.describe) as Record<string, unknown>;
  if (resource.kind === 'endpoint') detail.EndpointStatus = upperSnake(String(detail.EndpointStatus));
  detail.Tags = Object.fromEntries(resource.tags.map((tag) => [tag.Key, tag.Value]));
  return detail;
}

const upperSnake = (status: string) => status.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();

function withMillis(model: ServiceModel, shapeName: string, value: unknown): unknown {
  const shape = model.shape(shapeName);
  if (shape.type === 'timestamp' && typeof value === 'number') return Math.round(value * 1000);
  if (Array.isArray(value) && shape.member) {
    const { shape: item } = shape.member;
    return value.map((inner) => withMillis(model, item, inner));
  }
  if (shape.type !== 'structure' || typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const member = shape.members?.[name];
    if (member && inner !== undefined && inner !== null) result[name] = withMillis(model, member.shape, inner);
  }
  return result;
}
