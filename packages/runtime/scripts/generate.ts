/**
 * Renews `protos/` from containerd's sources and `src/containerd/generated/` from `protos/`.
 * Run: `node --import tsx packages/runtime/scripts/generate.ts [GO_SOURCE_ROOT]`; the root is where Debian's
 * golang-github-containerd-containerd-dev keeps its files. Without it only the generated code is renewed.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const PACKAGE = join(import.meta.dirname, '..')
const BIN = join(PACKAGE, '../../node_modules/.bin')
const API = 'github.com/containerd/containerd/api'
const SERVICES = ['containers', 'content', 'diff', 'events', 'images', 'leases', 'snapshots', 'tasks', 'version']
const FILES = [
  ...SERVICES.map((name) => `${API}/services/${name}/v1/${name}.proto`),
  `${API}/services/namespaces/v1/namespace.proto`,
  ...['descriptor', 'metrics', 'mount', 'platform', 'task/task'].map((name) => `${API}/types/${name}.proto`),
  `${API}/events/task.proto`,
  'github.com/containerd/containerd/runtime/v2/runc/options/oci.proto',
]

const [sourceRoot] = process.argv.slice(2)
if (sourceRoot) for (const file of FILES) vendor(sourceRoot, file)
generate()

/** Copies one file without the annotations that only Go's gogo generator reads. `reference/dependencies.md` S6. */
function vendor(root: string, file: string): void {
  const stripped = readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => !/import weak|plugin\.fieldpath|option \(gogoproto/.test(line))
    .map((line) => line.replace(/\s*\[\(gogoproto[^;]*\];/, ';').replace(/, \(gogoproto[^\]]*\]/, ']'))
  const target = join(PACKAGE, 'protos', file)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, stripped.join('\n'))
}

/** One module per file: messages as plain objects, services as descriptors that `containerd/grpc` calls. */
function generate(): void {
  const out = join(PACKAGE, 'src/containerd/generated')
  const template = {
    version: 'v2',
    plugins: [
      {
        local: join(BIN, 'protoc-gen-ts_proto'),
        out,
        include_imports: true,
        include_wkt: true,
        opt: [
          'comments=false',
          'enumsAsLiterals=true', // the compiler runs with erasableSyntaxOnly
          'esModuleInterop=true',
          'forceLong=bigint',
          'importSuffix=.ts',
          'outputJsonMethods=false',
          'outputServices=generic-definitions',
          'removeEnumPrefix=true',
          'useDate=true',
          'useExactTypes=false',
        ],
      },
    ],
  }
  rmSync(out, { recursive: true, force: true })
  execFileSync(join(BIN, 'buf'), ['generate', 'protos', '--template', JSON.stringify(template)], { cwd: PACKAGE, stdio: 'inherit' })
}
