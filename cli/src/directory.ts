import { GetParameterCommand, GetParametersByPathCommand, type SSMClient } from '@aws-sdk/client-ssm';
import {
  type ModelDirectory,
  modelParameter,
  type PlatformDirectory,
  platformParameter,
} from '../../lib/platform/contract';
import { CommandError, notFound, usageError } from './errors';

const ROOT = '/cdk-mlops/';
const DEPLOY_HINT = 'Deploy one with: mlops deploy (in the folder that holds cdk.json)';

/** Finds what is deployed, by the SSM parameters that the stacks write. */
export class Directory {
  constructor(private readonly ssm: SSMClient) {}

  /** The platform of this name, or the only one of the account and region. */
  async platform(name?: string): Promise<PlatformDirectory> {
    if (name) return this.named(name);
    const platforms = await this.platforms();
    if (platforms.length === 1) return platforms[0]!;
    if (platforms.length === 0) throw notFound('No platform is deployed in this account and region.', DEPLOY_HINT);
    const names = platforms.map(({ platform }) => platform).join(', ');
    throw usageError(`There are several platforms: ${names}.`, 'Choose one with --platform, or set MLOPS_PLATFORM.');
  }

  async platforms(): Promise<PlatformDirectory[]> {
    const found = await this.below(ROOT);
    return found
      .filter(({ name }) => name === platformParameter(name.split('/')[2] ?? ''))
      .map(({ name, value }) => parse<PlatformDirectory>(name, value));
  }

  async models(platform: string): Promise<ModelDirectory[]> {
    const found = await this.below(modelParameter(platform, ''));
    return found.map(({ name, value }) => parse<ModelDirectory>(name, value));
  }

  async model(platform: string, model: string): Promise<ModelDirectory> {
    const name = modelParameter(platform, model);
    const value = await this.read(name);
    if (value !== undefined) return parse(name, value);
    const known = (await this.models(platform)).map((directory) => directory.model);
    const list = known.length > 0 ? `It has: ${known.join(', ')}.` : 'It has no model yet.';
    throw notFound(`The platform '${platform}' has no model '${model}'. ${list}`, DEPLOY_HINT);
  }

  private async named(platform: string): Promise<PlatformDirectory> {
    const name = platformParameter(platform);
    const value = await this.read(name);
    if (value !== undefined) return parse(name, value);
    const known = (await this.platforms()).map((directory) => directory.platform);
    const list = known.length > 0 ? ` There are: ${known.join(', ')}.` : '';
    throw notFound(`No platform '${platform}' is deployed in this account and region.${list}`, DEPLOY_HINT);
  }

  private async read(name: string): Promise<string | undefined> {
    try {
      const { Parameter } = await this.ssm.send(new GetParameterCommand({ Name: name }));
      return Parameter?.Value;
    } catch (error) {
      if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
      throw error;
    }
  }

  private async below(path: string): Promise<{ name: string; value: string }[]> {
    const found: { name: string; value: string }[] = [];
    let next: string | undefined;
    do {
      const page = await this.ssm.send(
        new GetParametersByPathCommand({
          Path: path.replace(/\/$/, ''),
          Recursive: true,
          ...(next ? { NextToken: next } : {}),
        }),
      );
      for (const { Name, Value } of page.Parameters ?? []) if (Name && Value) found.push({ name: Name, value: Value });
      next = page.NextToken;
    } while (next);
    return found;
  }
}

function parse<T>(name: string, value: string): T {
  try {
    return JSON.parse(value) as T;
  } catch (cause) {
    throw new CommandError(`The SSM parameter ${name} does not hold JSON.`, { cause, hint: 'Deploy its stack again.' });
  }
}
