// The arrows between packages, with reasons, are in tools/package-dependencies.ts and checked by a test.
// This checks what needs the whole graph: cycles, and what is reached through others.
const tiers = ['root', 'cluster', 'node']

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', comment: 'Files of a cycle can only be understood together; move what they share into a third.', from: {}, to: { circular: true } },
    ...tiers.map((tier) => ({
      name: `${tier}-knows-no-other-tier`,
      severity: 'error',
      comment: 'Tiers meet on the wire only, so that each can be changed and restarted alone.',
      from: { path: `^packages/${tier}/` },
      to: { reachable: true, path: `^packages/(${tiers.filter((other) => other !== tier).join('|')})/` },
    })),
    {
      name: 'plan-knows-no-kernel',
      severity: 'error',
      comment: 'A plan that asks the machine cannot be tested without one.',
      from: { path: '^packages/net/src/plan/', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/net/src/kernel/' },
    },
    {
      name: 'command-line-stays-thin',
      severity: 'error',
      comment: 'A listing must start in a blink: the daemons are loaded when asked for.',
      from: { path: '^apps/oak/src/(cli|client)/' },
      to: { reachable: true, path: '^packages/(root|cluster|node|runtime|net|store|session|sla|observability)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/\\.cache/|/generated/|\\.test\\.ts$|/testing/|apps/oak/src/main\\.ts)' },
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'] },
  },
}
