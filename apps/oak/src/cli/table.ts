import { printable } from './output.ts'

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | undefined
  /** Adds colour to the padded text; must not change its visible length. */
  readonly paint?: (padded: string, row: Row) => string
}

/** Rows under titles, two spaces between columns, nothing after the last: made for eyes and for `awk`. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => printable(String(column.value(row) ?? '') || '-')))
  const widths = columns.map((column, index) => Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)))
  const pad = (text: string, index: number) => (index === columns.length - 1 ? text : text.padEnd(widths[index] ?? 0))
  const header = columns.map((column, index) => pad(column.title, index)).join('  ')
  const body = rows.map((row, r) => columns.map((column, c) => (column.paint ?? plain)(pad(cells[r]?.[c] ?? '', c), row)).join('  '))
  return [header, ...body]
}

/** `name  value` lines, names padded to one width; absent values are left out. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string | number | boolean | undefined])[],
): readonly string[] {
  const present = fields.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...present.map(([name]) => name.length))
  return present.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`)
}

function plain(text: string): string {
  return text
}
