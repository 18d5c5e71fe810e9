/** The import rules of docs/architecture.md, checked by `npm run lint:imports`. */
const ours = '^(bin|lib|lambdas|core|cli|sandbox|examples|test|bench|scripts)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'bin-imports-lib-only',
      severity: 'error',
      from: { path: '^bin/' },
      to: { path: ours, pathNot: '^(bin|lib)/' },
    },
    { name: 'lib-imports-lib-only', severity: 'error', from: { path: '^lib/' }, to: { path: ours, pathNot: '^lib/' } },
    {
      name: 'lib-has-no-dependencies',
      comment: 'jsii wants dependencies bundled or as peers: the library has the two peers and Node.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: 'node_modules', pathNot: 'node_modules/(aws-cdk-lib|constructs)/' },
    },
    {
      name: 'lambdas-import-core-shared-store-contracts',
      severity: 'error',
      from: { path: '^lambdas/([^/]+)/' },
      to: { path: ours, pathNot: '^(core/|lambdas/(shared|$1)/|lambdas/registry/store/|lib/[^/]+/contract\\.ts$)' },
    },
    {
      name: 'core-imports-core-only',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: ours, pathNot: '^(core/|lib/[^/]+/contract\\.ts$)' },
    },
    {
      name: 'core-takes-only-types-of-contracts',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^lib/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-is-pure',
      comment: 'No AWS, CDK or network in core.',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        path: '(^|/)(aws-cdk-lib|constructs|@aws-sdk|node:(http|https|net|fs|child_process)|fs|http|https|net|child_process)(/|$)',
      },
    },
    {
      name: 'cli-imports-core-contracts-launcher',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: ours, pathNot: '^(cli/|core/|lib/[^/]+/contract\\.ts$|sandbox/src/index\\.ts$)' },
    },
    {
      name: 'sandbox-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: ours, pathNot: '^sandbox/' },
    },
    {
      name: 'examples-import-the-public-package',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: ours, pathNot: '^(examples/|lib/index\\.ts$)' },
    },
    {
      name: 'nobody-imports-a-handler-entry',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '\\.lambda\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|cdk\\.out)/|cli/templates/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
