import { readFile } from 'node:fs/promises'

/** What is mounted at a directory and below it, the deepest first, as it has to be unmounted. proc(5), mountinfo. */
export async function mountPointsBelow(dir: string): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const points = lines.map((line) => unescapeMount(line.split(' ')[4] ?? ''))
  return points.filter((point) => point === dir || point.startsWith(`${dir}/`)).reverse()
}

/** Blanks and the like are written as three octal digits. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
