import { describe, expect, it } from 'vitest'
import { MAY_SPAWN, PACKAGE_DEPENDENCIES, PURE_PACKAGES } from './package-dependencies.ts'
import { importsOf, isProduct, isTest, packageOf, read, repositoryFiles, sourceFiles } from './source-files.ts'

const sources = sourceFiles().map((path) => ({ path, imports: importsOf(read(path)) }))
const product = sources.filter(({ path }) => isProduct(path))

const manifests = repositoryFiles()
  .filter((path) => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
  .map((path) => ({ name: packageOf(path) ?? '', manifest: JSON.parse(read(path)) as { dependencies?: Record<string, string> } }))

function ours(specifier: string): string | undefined {
  return /^@oakestra\/([^/]+)/.exec(specifier)?.[1]
}

/** Built-ins that read clocks, files, sockets or processes. */
const EFFECTS = /^node:(fs|net|http|https|http2|tls|dgram|child_process|worker_threads|timers|os|dns|cluster|process|perf_hooks)(\/|$)/

describe('arrows between packages', () => {
  it('has a rule for every package, and no rule for a package that is gone', () => {
    expect(manifests.map(({ name }) => name).sort()).toEqual(Object.keys(PACKAGE_DEPENDENCIES).sort())
  })

  it('declares only dependencies that the table allows', () => {
    const wrong = manifests.flatMap(({ name, manifest }) => {
      const rule = PACKAGE_DEPENDENCIES[name]
      return Object.keys(manifest.dependencies ?? {})
        .map(ours)
        .filter((other) => other !== undefined && !rule?.allowed.includes(other))
        .map((other) => `${name} depends on ${other}, which tools/package-dependencies.ts does not allow: ${rule?.because}`)
    })
    expect(wrong).toEqual([])
  })

  it('imports only what the package declares, and other packages only through their doors', () => {
    const declared = new Map(manifests.map(({ name, manifest }) => [name, new Set(Object.keys(manifest.dependencies ?? {}).map(ours))]))
    const wrong = product.flatMap(({ path, imports }) => {
      const own = packageOf(path) ?? ''
      const undeclared = imports.map(ours).filter((other) => other !== undefined && other !== own && !declared.get(own)?.has(other))
      const around = imports.filter(
        (specifier) => /^(\.\.\/)+(packages|apps)\//.test(specifier) || /^@oakestra\/[^/]+\/(?!testing$)/.test(specifier),
      )
      return [
        ...undeclared.map((other) => `${path} imports ${other} without declaring it`),
        ...around.map((door) => `${path} reaches past a door: ${door}`),
      ]
    })
    expect(wrong).toEqual([])
  })

  it('lets fakes into tests only', () => {
    const wrong = product.filter(({ imports }) =>
      imports.some(
        (specifier) => specifier.endsWith('/testing') || /\/testing(\/|\.ts$)/.test(specifier) || specifier === '@oakestra/testkit',
      ),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

describe('effects', () => {
  it('keeps pure packages free of everything that touches the world', () => {
    const isPure = (path: string) =>
      PURE_PACKAGES.some((name) => path.startsWith(`packages/${name}/`)) || path.startsWith('packages/net/src/plan/')
    const wrong = product.flatMap(({ path, imports }) =>
      isPure(path) ? imports.filter((specifier) => EFFECTS.test(specifier)).map((specifier) => `${path} imports ${specifier}`) : [],
    )
    expect(wrong).toEqual([])
  })

  it('starts processes and calls native code in few places only', () => {
    const wrong = sources.filter(({ path, imports }) => {
      const dangerous = imports.some((specifier) => specifier === 'node:child_process' || specifier === 'koffi')
      return dangerous && !isTest(path) && !MAY_SPAWN.some(({ place }) => path.startsWith(place))
    })
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('never runs a shell', () => {
    const shell = /(?<![.\w])exec(Sync)?\(|shell: *true/
    const wrong = sources.filter(({ path, imports }) => imports.includes('node:child_process') && shell.test(read(path)))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('takes time and chance as parameters', () => {
    // `base` is where the platform's clock and chance are wrapped; a process is held by a timer that measures nothing.
    // A page has timers of its own kind.
    const exempt = new Set([
      'packages/base/src/clock.ts',
      'packages/base/src/random.ts',
      'apps/oak/src/keep-alive.ts',
      'apps/dashboard/src/platform/clock.ts',
    ])
    const direct = /\b(Date\.now|Math\.random|performance\.now|process\.hrtime)\b|new Date\(\)|(?<![.\w])(setTimeout|setInterval)\(/
    const wrong = product.filter(({ path }) => !exempt.has(path) && direct.test(withoutComments(read(path))))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('escapes the type checker nowhere', () => {
    const escapes = /@ts-(ignore|nocheck|expect-error)|\bas any\b|:\s*any\b/
    const wrong = sources.filter(
      ({ path }) => !path.startsWith('tools/architecture') && escapes.test(withoutStrings(withoutComments(read(path), /@ts-/))),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

function withoutComments(source: string, except?: RegExp): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g, (comment) => (except?.test(comment) ? comment : ''))
}

function withoutStrings(source: string): string {
  return source.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "''")
}
