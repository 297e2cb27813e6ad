import { readFileSync } from 'node:fs'

/** Whose things a caller reaches: `yes` where there is nothing that belongs to anybody. */
export type Reach = 'all' | 'organization' | 'own' | 'yes' | '–'

const WORDS: readonly string[] = ['all', 'organization', 'own', 'yes', '–'] satisfies readonly Reach[]

/** The table of `docs/roles.md`: by route (`GET /api/status`), then by the column's title. */
export function readRoleTable(): ReadonlyMap<string, ReadonlyMap<string, Reach>> {
  const lines = readFileSync(new URL('../../../../../../docs/roles.md', import.meta.url), 'utf8').split('\n')
  const table = lines.slice(lines.findIndex((line) => line.startsWith('| Route ')))
  const rows = table
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const [titles = [], _rule, ...entries] = rows
  return new Map(
    entries.map(([route = '', ...cells]) => [
      route.replaceAll('`', ''),
      new Map(cells.map((cell, index) => [titles[index + 1] ?? '', reachOf(cell, route)])),
    ]),
  )
}

function reachOf(cell: string, route: string): Reach {
  if (!WORDS.includes(cell)) throw new Error(`docs/roles.md, ${route}: ${cell} is none of ${WORDS.join(', ')}`)
  return cell as Reach
}
