import { notFound } from '../errors';
import type { RegistryClient } from './client';

/** The version at which an alias points. @throws CommandError that names the aliases there are. */
export async function aliasedVersion(registry: RegistryClient, model: string, alias: string): Promise<number> {
  const aliases = await registry.aliases(model);
  const found = aliases.find((each) => each.alias === alias);
  if (found) return found.version;
  const known = aliases.map((each) => each.alias).join(', ') || 'none yet';
  throw notFound(`The model '${model}' has no alias '${alias}'.`, `Its aliases: ${known}.`);
}
