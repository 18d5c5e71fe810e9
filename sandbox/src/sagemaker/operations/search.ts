import { validationError } from '../api/errors';
import type { ServiceModel } from '../api/service-model';
import { type Order, pageOf } from '../state/listing';
import type { Kind, Resource } from '../state/store';
import { matchesExpression, type SearchExpression, valuesAt } from './search-expression';
import type { Call, Input, Operations } from './support';

interface Searchable {
  readonly kind: Kind;
  /** The member of SearchRecord, and the shape that describes what may be searched. */
  readonly member: string;
  readonly shape: string;
  record(resource: Resource): Input;
}

const plain = ({ describe, tags }: Resource): Input => ({ ...describe, Tags: tags });

const SEARCHABLE: Record<string, Searchable> = {
  TrainingJob: { kind: 'training-job', member: 'TrainingJob', shape: 'TrainingJob', record: plain },
  Endpoint: { kind: 'endpoint', member: 'Endpoint', shape: 'Endpoint', record: plain },
  Model: { kind: 'model', member: 'Model', shape: 'Model', record: plain },
  ModelPackage: { kind: 'model-package', member: 'ModelPackage', shape: 'ModelPackage', record: plain },
  ModelPackageGroup: {
    kind: 'model-package-group',
    member: 'ModelPackageGroup',
    shape: 'ModelPackageGroup',
    record: plain,
  },
};

export const search: Operations = {
  Search: (call) => {
    const { input, context, scope } = call;
    const { member, record, kind, shape } = searchable(call);
    const expression = input.SearchExpression as SearchExpression | undefined;
    const known = (name: string) => checkProperty(context.model, shape, name);
    // A search among what other accounts share finds nothing: there are none.
    const all = input.CrossAccountFilterOption === 'CrossAccount' ? [] : context.store.list(kind, scope);
    const found = all.filter((resource) => matchesExpression(expression, record(resource), known));
    const sortBy = (input.SortBy as string | undefined) ?? 'LastModifiedTime';
    known(sortBy === 'LastModifiedTime' ? 'CreationTime' : sortBy);
    const { items, NextToken, total } = pageOf(found, input, {
      order: (input.SortOrder as Order | undefined) ?? 'Descending',
      keyOf: (resource) => sortKey(record(resource), sortBy),
    });
    return {
      Results: items.map((resource) => ({ [member]: asMember(member, record(resource)) })),
      NextToken,
      TotalHits: { Value: total, Relation: 'EqualTo' },
    };
  },
  GetSearchSuggestions: (call) => {
    const { kind, shape, record } = searchable(call);
    const { context, scope } = call;
    const hint = String(call.input.SuggestionQuery?.PropertyNameQuery?.PropertyNameHint ?? '').toLowerCase();
    const names = new Set(Object.keys(context.model.shape(shape).members ?? {}));
    for (const resource of context.store.list(kind, scope)) {
      const { HyperParameters = {}, Tags } = record(resource);
      for (const name of Object.keys(HyperParameters)) names.add(`HyperParameters.${name}`);
      for (const { Key } of Tags) names.add(`Tags.${Key}`);
    }
    const suggested = [...names].filter((name) => name.toLowerCase().includes(hint)).sort();
    return { PropertyNameSuggestions: suggested.slice(0, 10).map((PropertyName) => ({ PropertyName })) };
  },
};

function searchable({ input }: Call): Searchable {
  const found = Object.hasOwn(SEARCHABLE, input.Resource) ? SEARCHABLE[input.Resource] : undefined;
  if (found) return found;
  const known = Object.keys(SEARCHABLE).join(', ');
  throw validationError(`The sandbox does not search ${input.Resource}; it searches ${known}.`);
}

/** A model is shown as its dashboard entry, which holds it. */
const asMember = (member: string, record: Input): Input =>
  member === 'Model' ? { Model: record, Endpoints: [], MonitoringSchedules: [] } : record;

/** The first name of a property's path must be one that the resource has. */
function checkProperty(model: ServiceModel, shape: string, name: string): void {
  const [first = ''] = name.split('.');
  const members = model.shape(shape).members ?? {};
  if (first === 'Metrics' || Object.hasOwn(members, first)) return;
  throw validationError(`Unknown property name: ${name}. Properties of ${shape}: ${Object.keys(members).join(', ')}.`);
}

function sortKey(record: Input, name: string): string | number {
  const [value] = name === 'LastModifiedTime' ? [record[name] ?? record.CreationTime] : valuesAt(record, name);
  return typeof value === 'number' ? value : String(value ?? '');
}
