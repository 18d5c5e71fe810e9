import { join } from 'node:path';
import { App, type AppProps, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  MlopsPlatform,
  type MlopsPlatformProps,
  ModelImage,
  ModelLifecycle,
  type ModelLifecycleProps,
  type PlatformOptions,
  Processing,
  Trainer,
} from '../../lib';

/** A training source. */
export const SOURCE = join(__dirname, '..', 'training', 'source');

export interface StacksOptions {
  readonly app?: AppProps;
  readonly stack?: StackProps;
  /** What both stacks say of the platform: stage, name. */
  readonly shared?: PlatformOptions;
  readonly platform?: (stack: Stack) => MlopsPlatformProps;
  /** How the model's stack finds the platform, beside what is shared. */
  readonly found?: (stack: Stack) => PlatformOptions;
  readonly model?: Partial<ModelLifecycleProps>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface TemplateJson {
  readonly Resources: Record<string, Resource>;
  readonly Parameters?: Record<string, { readonly Type: string; readonly Default?: string }>;
  readonly Outputs?: Record<string, { readonly Export?: unknown }>;
}

/** The two stacks of the app: a platform, and a model that finds it by its name. */
export function stacks(options: StacksOptions = {}) {
  const app = new App({ analyticsReporting: false, ...options.app });
  const platformStack = new Stack(app, 'Platform', options.stack);
  const modelStack = new Stack(app, 'Credit', options.stack);
  const platform = new MlopsPlatform(platformStack, 'Mlops', {
    ...options.shared,
    ...options.platform?.(platformStack),
  });
  const model = new ModelLifecycle(modelStack, 'CreditRisk', {
    platform: MlopsPlatform.fromPlatformName(modelStack, 'Platform', {
      ...options.shared,
      ...options.found?.(modelStack),
    }),
    owner: 'lending',
    schema: { label: 'default' },
    preprocessing: Processing.script('prepare.py'),
    trainer: Trainer.sageMaker({
      source: SOURCE,
      image: ModelImage.xgboost('3.2-0'),
    }),
    ...options.model,
  });
  return { app, platformStack, modelStack, platform, model };
}

export const templateOf = (stack: Stack): TemplateJson => Template.fromStack(stack).toJSON() as TemplateJson;

/** All resources of a type, of both stacks unless one is given, by logical id. */
export const resourcesOf = (type: string, ...of: Stack[]): [string, Resource][] =>
  of.flatMap((stack) => Object.entries(templateOf(stack).Resources).filter(([, { Type }]) => Type === type));

interface State {
  readonly Resource?: string;
  readonly Arguments?: Record<string, unknown>;
}

/** A state machine's definition, with the same stand-in for everything that is known at deploy only. */
export function definitionOf(resource: Resource): { readonly text: string; readonly states: Record<string, State> } {
  const value = resource.Properties?.DefinitionString as string | { 'Fn::Join': [string, unknown[]] };
  const parts = typeof value === 'string' ? [value] : value['Fn::Join'][1];
  const text = parts.map((part) => (typeof part === 'string' ? part : 'placeholder')).join('');
  return { text, states: (JSON.parse(text) as { States: Record<string, State> }).States };
}
