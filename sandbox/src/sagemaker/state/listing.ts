import { validationError } from '../api/errors';
import type { Resource } from './store';

export interface ListRequest {
  NameContains?: string;
  StatusEquals?: string;
  CreationTimeAfter?: number | string;
  CreationTimeBefore?: number | string;
  LastModifiedTimeAfter?: number | string;
  LastModifiedTimeBefore?: number | string;
  SortBy?: string;
  SortOrder?: string;
  MaxResults?: number;
  NextToken?: string;
}

export type Order = 'Ascending' | 'Descending';

/** AWS's page size where a request names none. */
const DEFAULT_PAGE = 10;

/**
 * Filters, sorts and pages as the List operations do. A token names the last resource that was given, so that what
 * comes or goes in between neither repeats nor hides another one; it is bound to the filters it was given for.
 */
export function page(resources: Resource[], request: ListRequest, order: Order, statusField?: string) {
  const keyOf = sortKey(request, statusField);
  const found = resources.filter((resource) => matches(resource, request, statusField));
  return pageOf(found, request, { keyOf, order: (request.SortOrder as Order | undefined) ?? order });
}

interface Paging {
  readonly keyOf: (resource: Resource) => string | number;
  readonly order: Order;
}

/** One page of resources in order of their keys; equal keys are in order of their ARNs. */
export function pageOf(
  resources: Resource[],
  request: { MaxResults?: number; NextToken?: string },
  { keyOf, order }: Paging,
) {
  const { NextToken, MaxResults, ...filters } = request;
  const fingerprint = JSON.stringify(filters);
  const sign = order === 'Ascending' ? 1 : -1;
  const compare = (a: Place, b: Place) => sign * (compareValues(a[0], b[0]) || compareValues(a[1], b[1]));
  const placed = resources.map((resource) => ({ resource, place: [keyOf(resource), resource.arn] as Place }));
  placed.sort((a, b) => compare(a.place, b.place));
  const last = NextToken === undefined ? undefined : decodeToken(NextToken, fingerprint);
  const rest = last ? placed.filter(({ place }) => compare(place, last) > 0) : placed;
  const given = rest.slice(0, MaxResults ?? DEFAULT_PAGE);
  return {
    items: given.map(({ resource }) => resource),
    NextToken: given.length < rest.length ? encodeToken(given.at(-1)!.place, fingerprint) : undefined,
    total: placed.length,
  };
}

type Place = [key: string | number, arn: string];

const compareValues = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

const seconds = (time: number | string) => (typeof time === 'number' ? time : Date.parse(time) / 1000);

function matches(resource: Resource, request: ListRequest, statusField?: string): boolean {
  const { describe } = resource;
  const created = describe.CreationTime as number;
  const modified = (describe.LastModifiedTime as number | undefined) ?? created;
  return (
    (request.NameContains === undefined || resource.name.toLowerCase().includes(request.NameContains.toLowerCase())) &&
    (request.StatusEquals === undefined || !statusField || describe[statusField] === request.StatusEquals) &&
    within(created, request.CreationTimeAfter, request.CreationTimeBefore) &&
    within(modified, request.LastModifiedTimeAfter, request.LastModifiedTimeBefore)
  );
}

const within = (time: number, after?: number | string, before?: number | string) =>
  (after === undefined || time >= seconds(after)) && (before === undefined || time <= seconds(before));

function sortKey(request: ListRequest, statusField?: string): Paging['keyOf'] {
  return ({ name, describe }) => {
    if (request.SortBy === 'Name') return name;
    if (request.SortBy === 'Status' && statusField) return describe[statusField] as string;
    return describe.CreationTime as number;
  };
}

const encodeToken = (place: Place, filters: string) =>
  Buffer.from(JSON.stringify({ place, filters })).toString('base64url');

function decodeToken(token: string, filters: string): Place {
  try {
    const decoded = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { place: Place; filters: string };
    if (Array.isArray(decoded.place) && decoded.filters === filters) return decoded.place;
  } catch {
    // Falls through to the refusal below.
  }
  throw validationError('Invalid NextToken: pass the token of the previous answer, with the same filters and order.');
}
