const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes with a unit that keeps the number readable. */
export function bytesText(bytes: number): string {
  let value = Math.max(0, bytes)
  let unit = 0
  for (; value >= 1024 && unit < UNITS.length - 1; unit += 1) value /= 1024
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2).replace(/\.?0+$/, '')} ${UNITS[unit]}`
}

export function mebibytesText(mebibytes: number): string {
  return bytesText(mebibytes * 1024 * 1024)
}

export function percentText(percent: number): string {
  const value = Math.max(0, percent)
  return `${value > 0 && value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} %`
}

/** `1 node`, `3 nodes`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}
