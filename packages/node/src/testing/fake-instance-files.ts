import type { InstanceFiles } from '../instance-files.ts'

/** Files that nobody needs: for workloads that are not real. */
export function createFakeInstanceFiles(): InstanceFiles {
  return { prepare: async () => [], remove: async () => undefined }
}
