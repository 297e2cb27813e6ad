/** What the store keeps in memory of its documents. */
export const LIMITS = {
  /**
   * Documents, and keys without one. Root with 10,000 instances goes through four times as many for each round of decisions; with
   * fewer it would read the file instead. Some 60 MB when full, next to nothing on a small installation.
   */
  cachedDocuments: 65_536,
  /** Larger ones are rare, and few of them would fill the memory that many small ones share. */
  cachedDocumentLength: 8_192,
} as const
