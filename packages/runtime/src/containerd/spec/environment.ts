const PATH_DEFAULT = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Merges `KEY=value` lists; a later one wins, each key keeps the place where it first stood. */
export function mergeEnvironment(...lists: readonly (readonly string[])[]): readonly string[] {
  const byKey = new Map<string, string>()
  for (const entry of lists.flat()) byKey.set(keyOf(entry), entry)
  return [...byKey.values()]
}

/** What a container's process sees: defaults, the host name, the image's, then the service's own. */
export function containerEnvironment(image: readonly string[], hostname: string, service: readonly string[]): readonly string[] {
  return mergeEnvironment([PATH_DEFAULT, `HOSTNAME=${hostname}`], image, service)
}

function keyOf(entry: string): string {
  const at = entry.indexOf('=')
  return at < 0 ? entry : entry.slice(0, at)
}
