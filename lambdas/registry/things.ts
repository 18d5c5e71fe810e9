/** What people call things of the registry, and the nodes that they mean. */
import { nameProblems } from '../../core/ids';
import { InvalidInput, NotFound } from '../shared/errors';
import type { ApiStore } from './store/api-store';
import { node } from './store/keys';

type Known = Pick<ApiStore, 'getVersion' | 'getAlias' | 'getDatasetVersion' | 'getModel' | 'lineageNode' | 'lineageOf'>;

const FORMS =
  'Give a model or dataset with its version (credit@7, credit@champion, loans@3), the id of a run or release, the ' +
  'SHA-256 of a source, an image by digest, a version of MLflow (models:/credit/3), or a node such as dataset:loans:3.';

/**
 * The node that somebody means. Where a model and a dataset have one name, `name@version` is the model's.
 * @throws NotFound, InvalidInput with the forms that are understood.
 */
export async function nodeOf(thing: string, registry: Known): Promise<string> {
  const id = await guess(thing, registry);
  if (await registry.lineageNode(id)) return id;
  const { from, to } = /^(source|image|mlflow-run|mlflow-version):/.test(id)
    ? await registry.lineageOf(id)
    : { from: [], to: [] };
  if (from.length + to.length > 0) return id;
  throw new NotFound(`The registry knows no '${thing}'. ${FORMS}`);
}

async function guess(thing: string, registry: Known): Promise<string> {
  if (/^(dataset|version|mlflow-version):[^:]+:[1-9]\d{0,8}$/.test(thing)) return thing;
  if (/^(source|image|run|release|deployment|mlflow-run):./.test(thing)) return thing;
  const [, registered, number] = /^models:\/([^/:@]+)\/([1-9]\d{0,8})$/.exec(thing) ?? [];
  if (registered) return node.mlflowVersion(registered, Number(number));
  if (/^[0-9a-f]{64}$/.test(thing)) return node.source(thing);
  if (/@sha256:[0-9a-f]{64}$/.test(thing)) return node.image(thing);
  const [name = '', ref, ...rest] = thing.split('@');
  if (rest.length > 0 || ref === '') throw new InvalidInput(`'${thing}' names nothing. ${FORMS}`);
  if (ref === undefined) return withoutVersion(name, registry);
  return withVersion(name, ref, registry);
}

async function withoutVersion(name: string, registry: Known): Promise<string> {
  if (await registry.lineageNode(node.run(name))) return node.run(name);
  if (await registry.lineageNode(node.release(name))) return node.release(name);
  if (nameProblems(name).length === 0 && (await registry.getModel(name))) {
    throw new InvalidInput(`'${name}' is a model: say which version, for example ${name}@1 or ${name}@champion.`);
  }
  throw new NotFound(`The registry knows no '${name}'. ${FORMS}`);
}

async function withVersion(name: string, ref: string, registry: Known): Promise<string> {
  if (!/^\d+$/.test(ref)) {
    const alias = await registry.getAlias(name, ref);
    if (alias) return node.version(name, alias.version);
    throw new NotFound(`There is no model '${name}' with an alias '${ref}'. ${FORMS}`);
  }
  const version = Number(ref);
  if (!/^[1-9]\d{0,8}$/.test(ref)) throw new InvalidInput(`A version is a whole number of 1 or more, not ${ref}.`);
  return (await registry.getVersion(name, version)) ? node.version(name, version) : node.dataset(name, version);
}
