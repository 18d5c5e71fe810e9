import type { PickleImport } from './machine';

/** What pickles of models import: constructors of data and classes of the libraries that made them, by module and name. */
const ALLOWED: readonly (readonly [module: RegExp, name: RegExp])[] = [
  [/^collections$/, /^(OrderedDict|defaultdict|deque|Counter)$/],
  [
    /^(builtins|__builtin__)$/,
    /^(set|frozenset|list|dict|tuple|int|long|float|complex|bool|str|unicode|bytes|bytearray|slice|range|xrange|object)$/,
  ],
  [/^(copyreg|copy_reg)$/, /^_reconstructor$/],
  [/^_codecs$/, /^encode$/],
  [/^datetime$/, /^(datetime|date|time|timedelta|timezone)$/],
  [/^decimal$/, /^Decimal$/],
  [/^numpy$/, /^(ndarray|dtype|(u?int|float|complex)\d+|bool_?|str_|bytes_|object_|void|datetime64|timedelta64)$/],
  [/^numpy\._?core\.(multiarray|numeric)$/, /^(_reconstruct|scalar|_frombuffer)$/],
  [/^numpy\.random\.(_pickle|mtrand|_mt19937|_pcg64)$/, /^(__\w+_ctor|RandomState|MT19937|PCG64)$/],
  [/^joblib\.numpy_pickle$/, /^NumpyArrayWrapper$/],
  [/^scipy\.sparse(\.\w+)*$/, /^(bsr|coo|csc|csr|dia|dok|lil)_(matrix|array)$/],
  [/^(sklearn|xgboost|lightgbm|catboost)(\.\w+)*$/, /^([A-Z]\w*|_[A-Z]\w*|__pyx_unpickle_\w+)$/],
  [/^sklearn\.compose\._column_transformer$/, /^make_column_selector$/],
  [/^pandas\.(core|_libs)(\.\w+)*$/, /^([A-Z]\w*|_new_Index|_unpickle_block|__pyx_unpickle_\w+)$/],
  [/^torch\._utils$/, /^_rebuild_(tensor|tensor_v2|tensor_v3|parameter|parameter_with_state)$/],
  [/^torch$/, /^(\w+Storage|device|Size|(b?float|int|uint)\d+|bool)$/],
  [/^torch\.nn(\.\w+)*$/, /^[A-Z]\w*$/],
];

/** Whether an import is one of those that models need, or of a user's own list (`module.name`, or `module.*`). */
export function isAllowed({ module, name }: PickleImport, own: readonly string[] = []): boolean {
  if (own.includes(`${module}.${name}`) || own.includes(`${module}.*`)) return true;
  // Protocol 4 takes dotted names, by which one gets from a module to all that it has imported.
  return !name.includes('.') && ALLOWED.some(([modules, names]) => modules.test(module) && names.test(name));
}
