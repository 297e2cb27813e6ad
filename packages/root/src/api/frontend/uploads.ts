import type { IdGenerator } from '@oakestra/base'

export interface Upload {
  readonly id: string
  readonly ownerId: string
  readonly name: string
  readonly text: string
}

/** What users handed in lately, in memory. */
export interface Uploads {
  add(ownerId: string, file: { readonly name: string; readonly text: string }): Upload
  /** Undefined also for what belongs to somebody else. */
  get(ownerId: string, id: string): Upload | undefined
  of(ownerId: string): readonly Upload[]
}

/** Together some 16 MB at most; a user who uploads more loses the oldest of everybody's, which nobody waits for. */
const UPLOADS_MAX = 64

export function createUploads(ids: IdGenerator): Uploads {
  const uploads = new Map<string, Upload>()
  return {
    add(ownerId, { name, text }) {
      const [oldest] = uploads.keys()
      if (uploads.size >= UPLOADS_MAX && oldest !== undefined) uploads.delete(oldest)
      const upload = { id: ids.next(), ownerId, name, text }
      uploads.set(upload.id, upload)
      return upload
    },
    get: (ownerId, id) => [uploads.get(id)].find((upload) => upload?.ownerId === ownerId),
    of: (ownerId) => [...uploads.values()].filter((upload) => upload.ownerId === ownerId),
  }
}
