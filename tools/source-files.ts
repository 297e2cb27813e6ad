import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Files that belong to the repository: tracked, or new and not ignored. Paths from its root. */
export function repositoryFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

/** Our TypeScript, without what a generator wrote. */
export function sourceFiles(): readonly string[] {
  return repositoryFiles().filter((path) => /\.tsx?$/.test(path) && !path.includes('/generated/') && !path.endsWith('.generated.ts'))
}

/** Is it part of the program, rather than of a test of it? */
export function isProduct(path: string): boolean {
  return /^(packages|apps)\//.test(path) && !path.startsWith('packages/testkit/') && !isTest(path)
}

/** Doors through which fakes and tools for tests leave a package count as tests. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$|\.contract\.ts$|\/testing\/|\/testing\.ts$|\/oci-archive\.ts$|\/testdata\//.test(path)
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Modules a file imports or re-exports, by what stands between the quotes. Comments and types count: both are arrows. */
export function importsOf(source: string): readonly string[] {
  const found = source.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

/** The package a file is in, such as `session`; undefined outside packages and apps. */
export function packageOf(path: string): string | undefined {
  return /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1]
}
