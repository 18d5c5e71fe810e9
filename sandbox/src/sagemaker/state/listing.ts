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

/** AWS's page size where a request names none. */
const DEFAULT_PAGE = 10;

/**
 * Filters, sorts and pages as the List operations do: newest first unless asked otherwise. A token is the
 * place to go on from, bound to the filters it was given for.
 */
export function page(resources: Resource[], request: ListRequest, statusField?: string) {
  const { NextToken, MaxResults, ...filters } = request;
  const fingerprint = JSON.stringify(filters);
  const offset = NextToken === undefined ? 0 : decodeToken(NextToken, fingerprint);
  const found = resources
    .filter((resource) => matches(resource, request, statusField))
    .sort(comparator(request, statusField));
  const end = offset + (MaxResults ?? DEFAULT_PAGE);
  return {
    items: found.slice(offset, end),
    NextToken: end < found.length ? encodeToken(end, fingerprint) : undefined,
  };
}

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

function comparator(request: ListRequest, statusField?: string) {
  const key = (resource: Resource): string | number => {
    if (request.SortBy === 'Name') return resource.name;
    if (request.SortBy === 'Status' && statusField) return resource.describe[statusField] as string;
    return resource.describe.CreationTime as number;
  };
  const ascending = request.SortOrder ? request.SortOrder === 'Ascending' : request.SortBy === 'Name';
  return (a: Resource, b: Resource) => {
    const [x, y] = [key(a), key(b)];
    const order = x < y ? -1 : x > y ? 1 : a.name < b.name ? -1 : 1;
    return ascending ? order : -order;
  };
}

const encodeToken = (offset: number, filters: string) =>
  Buffer.from(JSON.stringify({ offset, filters })).toString('base64url');

function decodeToken(token: string, filters: string): number {
  try {
    const decoded = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as { offset: number; filters: string };
    if (Number.isInteger(decoded.offset) && decoded.offset >= 0 && decoded.filters === filters) return decoded.offset;
  } catch {
    // Falls through to the refusal below.
  }
  throw validationError('Invalid NextToken: pass the token of the previous answer, with the same filters and order.');
}
