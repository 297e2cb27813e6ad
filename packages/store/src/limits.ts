/** What the store keeps in memory of its documents: some 20 MB when full, next to nothing on a small installation. */
export const LIMITS = {
  cachedDocuments: 8_192,
  /** Larger ones are rare, and few of them would fill the memory that many small ones share. */
  cachedDocumentLength: 8_192,
} as const
