/** What is wanted and missing, and what is there and not wanted, told apart by `key`. Order is kept. */
export function difference<Item>(
  present: readonly Item[],
  wanted: readonly Item[],
  key: (item: Item) => string,
): { readonly missing: readonly Item[]; readonly surplus: readonly Item[] } {
  const presentKeys = new Set(present.map(key))
  const wantedKeys = new Set(wanted.map(key))
  return {
    missing: wanted.filter((item) => !presentKeys.has(key(item))),
    surplus: present.filter((item) => !wantedKeys.has(key(item))),
  }
}
