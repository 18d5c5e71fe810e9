/**
 * The app that `cdk deploy` deploys: one stack for the platform, one for each model of the configuration file.
 * Context: `stage` dev | test | prod; `config` the file; `nag` true checks the templates and the AWS Solutions rules.
 */
import { resolve } from 'node:path';
import { App, CloudFormationValidatePlugin, Stack, Validations } from 'aws-cdk-lib';
import {
  MlopsPlatform,
  ModelImage,
  ModelLifecycle,
  type PlatformOptions,
  Policy,
  type ProblemType,
  Processing,
  type RiskTier,
  Stage,
  Trainer,
} from '../lib';
import { type ModelConfig, readConfig } from './config';

const stageOf = (name: unknown): Stage => {
  const stage = Object.values(Stage).find((candidate) => candidate === name);
  if (stage) return stage;
  throw new Error(`The stage '${name}' does not exist: use -c stage=${Object.values(Stage).join('|')}.`);
};

const imageOf = ({ image }: ModelConfig): ModelImage =>
  image.framework === 'xgboost' ? ModelImage.xgboost(image.version) : ModelImage.scikitLearn(image.version);

const policiesOf = ({ policies }: ModelConfig): Policy[] | undefined =>
  policies?.map((policy) =>
    'metric' in policy
      ? Policy.metric(policy.metric, { min: policy.min, max: policy.max })
      : Policy.beatsChampion(policy.beatsChampion),
  );

const addModel = (app: App, { platformName, ...found }: PlatformOptions, config: ModelConfig): void => {
  const { stage } = found;
  const stack = new Stack(app, `${platformName}-${config.model}`, {
    description: `cdk-mlops: the model ${config.model} on the platform ${platformName}`,
    terminationProtection: stage === Stage.PROD,
  });
  new ModelLifecycle(stack, 'Model', {
    platform: MlopsPlatform.fromPlatformName(stack, 'Platform', { platformName, ...found }),
    model: config.model,
    owner: config.owner,
    purpose: config.purpose,
    riskTier: config.riskTier as RiskTier | undefined,
    dataset: config.dataset,
    schema: { ...config.schema, problem: config.schema.problem as ProblemType | undefined },
    preprocessing: config.preprocessing ? Processing.script(config.preprocessing) : undefined,
    trainer: Trainer.sageMaker({
      source: config.source,
      image: imageOf(config),
      instanceType: config.instanceType,
      hyperparameters: config.hyperparameters,
    }),
    policies: policiesOf(config),
    endpoint: { instanceType: config.endpointInstanceType },
    maxCostUsd: config.maxCostUsd,
  });
};

const main = async (): Promise<void> => {
  // CDK's own validation takes twice as long as all else, so it runs with the other checks, before a change goes out.
  const app = new App({ builtinCloudFormationValidation: false });
  const stage = stageOf(app.node.tryGetContext('stage') ?? Stage.DEV);
  const config = readConfig(resolve(app.node.tryGetContext('config') ?? 'mlops.json'));
  const platformName = config.platform ?? `mlops-${stage}`;
  const platformStack = new Stack(app, platformName, {
    description: `cdk-mlops: the platform ${platformName}`,
    terminationProtection: stage === Stage.PROD,
  });
  const shared = { stage, platformName, signing: config.signing };
  new MlopsPlatform(platformStack, 'Mlops', { ...shared, notificationEmails: config.notificationEmails });
  for (const model of config.models) addModel(app, shared, model);
  if (app.node.tryGetContext('nag') === 'true') {
    // Loaded where it is asked for only: it takes a tenth of a synthesis.
    const { AwsSolutionsChecks } = await import('cdk-nag');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new CloudFormationValidatePlugin());
  }
  app.synth();
};

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
