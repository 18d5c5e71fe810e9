import type { DeployedStack, Snapshot } from './snapshot';

/** A text of a template: what it came to in the sandbox, and what it is called wherever else it is deployed. */
export interface Resolved {
  readonly value: string;
  readonly label: string;
}

// biome-ignore lint/suspicious/noExplicitAny: an expression of CloudFormation
type Expression = any;

/** ARNs by a resource's type, from its physical id; what `Fn::GetAtt` of an ARN means. */
const ARNS: Record<string, (id: string, place: string) => string> = {
  'AWS::IAM::Role': (id, place) => `arn:aws:iam::${place.split(':')[1]}:role/${id}`,
  'AWS::Lambda::Function': (id, place) => `arn:aws:lambda:${place}:function:${id}`,
  'AWS::Logs::LogGroup': (id, place) => `arn:aws:logs:${place}:log-group:${id}:*`,
  'AWS::SQS::Queue': (id, place) => `arn:aws:sqs:${place}:${id.split('/').at(-1)}`,
  'AWS::DynamoDB::Table': (id, place) => `arn:aws:dynamodb:${place}:table/${id}`,
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id}`,
  'AWS::KMS::Key': (id, place) => `arn:aws:kms:${place}:key/${id}`,
  'AWS::Events::Rule': (id, place) => `arn:aws:events:${place}:rule/${id.replace('|', '/')}`,
  'AWS::Events::EventBus': (id, place) => `arn:aws:events:${place}:event-bus/${id}`,
};

/** Resolves a template's expressions by the names that resources got: without MiniStack's own CloudFormation. */
export class Resolver {
  constructor(
    private readonly snapshot: Snapshot,
    private readonly stack: DeployedStack,
  ) {}

  /** The construct's path without stack and model, by which a thing is the same thing in every model's stack. */
  pathOf(logicalId: string): string {
    const path: string = this.stack.template.Resources?.[logicalId]?.Metadata?.['aws:cdk:path'] ?? logicalId;
    const [, top, ...rest] = path.replace(/\/(Resource|Default)$/, '').split('/');
    return rest.length > 0 && !top?.includes('::') ? rest.join('/') : (top ?? path);
  }

  text(expression: Expression): Resolved {
    if (typeof expression !== 'object' || expression === null) return this.literal(String(expression));
    const [[name, given]] = Object.entries<Expression>(expression) as [[string, Expression]];
    if (name === 'Ref') return this.reference(given);
    if (name === 'Fn::GetAtt') return this.attribute(...(given as [string, string]));
    if (name === 'Fn::Join')
      return join(
        (given[1] as Expression[]).map((part) => this.text(part)),
        given[0],
      );
    if (name === 'Fn::Sub') return this.substitute(Array.isArray(given) ? given[0] : given);
    if (name === 'Fn::FindInMap') return this.found(given);
    if (name === 'Fn::ImportValue') return { value: '*', label: '<import>' };
    if (name === 'Fn::Select' || name === 'Fn::Split') return { value: '*', label: `<${name}>` };
    throw new Error(`The permissions report does not resolve ${name} (in ${this.stack.name}).`);
  }

  private literal(text: string): Resolved {
    const model = this.stack.name.split('-').slice(1).join('-');
    return {
      value: text,
      label: model ? text.replaceAll(new RegExp(`(?<![a-z])${model}(?![a-z])`, 'g'), '<model>') : text,
    };
  }

  private reference(id: string): Resolved {
    const pseudo = this.pseudo(id);
    if (pseudo) return { value: pseudo, label: pseudo };
    const parameter = this.stack.template.Parameters?.[id];
    if (parameter) return this.parameter(parameter);
    return { value: this.stack.resources[id] ?? '*', label: `<${this.pathOf(id)}>` };
  }

  private pseudo(id: string): string | undefined {
    const { region, accountId } = this.snapshot;
    const values: Record<string, string> = {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': this.stack.name,
    };
    return values[id];
  }

  /** A parameter that SSM holds has the value that the platform's stack put there. */
  private parameter({ Type, Default }: { Type: string; Default?: string }): Resolved {
    if (!Type.startsWith('AWS::SSM::Parameter')) return { value: Default ?? '*', label: Default ?? '<parameter>' };
    for (const stack of this.snapshot.stacks) {
      const resources = Object.values<Expression>(stack.template.Resources ?? {});
      const found = resources.find(
        ({ Type: type, Properties }) => type === 'AWS::SSM::Parameter' && Properties.Name === Default,
      );
      if (found)
        return {
          ...new Resolver(this.snapshot, stack).text(found.Properties.Value),
          label: `<${Default?.split('/').at(-1)}>`,
        };
    }
    return { value: '*', label: `<${Default}>` };
  }

  private attribute(id: string, attribute: string): Resolved {
    const label = `<${this.pathOf(id)}>`;
    const physical = this.stack.resources[id];
    const type = this.stack.template.Resources?.[id]?.Type as string;
    const place = `${this.snapshot.region}:${this.snapshot.accountId}`;
    if (!physical) return { value: '*', label };
    if (attribute === 'StreamArn')
      return { value: `arn:aws:dynamodb:${place}:table/${physical}/stream/*`, label: `${label}/stream` };
    if (attribute === 'Name') return { value: physical.split(/[:/]/).at(-1)!, label };
    if (physical.startsWith('arn:')) return { value: physical, label };
    const arn = ARNS[type];
    if (!arn)
      throw new Error(`The permissions report does not know ${attribute} of ${type} (${id} in ${this.stack.name}).`);
    return { value: arn(physical, place), label };
  }

  private substitute(text: string): Resolved {
    const parts = text.split(/\$\{([^}]+)\}/);
    return join(
      parts.map((part, index) =>
        index % 2 === 0
          ? this.literal(part)
          : part.includes('.')
            ? this.attribute(...(part.split('.') as [string, string]))
            : this.reference(part),
      ),
      '',
    );
  }

  private found([map, first, second]: [string, Expression, Expression]): Resolved {
    const value = this.stack.template.Mappings?.[map]?.[this.text(first).value]?.[this.text(second).value];
    return { value: String(value ?? '*'), label: `<${map}>` };
  }
}

function join(parts: readonly Resolved[], by: string): Resolved {
  return { value: parts.map(({ value }) => value).join(by), label: parts.map(({ label }) => label).join(by) };
}
