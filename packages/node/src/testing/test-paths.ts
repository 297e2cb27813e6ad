import type { Clock } from '@oakestra/base'
import { recordingLogger } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { PathBook } from '../overlay/path-book.ts'
import { PathFinder, type PathFinderDeps } from '../overlay/path-finder.ts'
import { NODE_COLLECTIONS } from '../state.ts'

/** Looks for ways in a network where nobody is heard, unless told otherwise. */
export function testPaths(clock: Clock, deps: Partial<PathFinderDeps> = {}): PathFinder {
  const logger = recordingLogger()
  return new PathFinder({
    clock,
    logger,
    book: new PathBook(createMemoryStore({ collections: NODE_COLLECTIONS }), logger),
    heard: async () => [],
    onChange: () => undefined,
    onUnreached: () => undefined,
    ...deps,
  })
}
