import type { Descriptor } from './manifest.ts'

/** Where the pieces of an image come from, once it is known what they are. */
export interface BlobSource {
  /** A small document: manifest, index, configuration. */
  document(descriptor: Descriptor, signal?: AbortSignal): Promise<Buffer>
  /** The content from `offset` on. */
  open(descriptor: Descriptor, offset: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}
