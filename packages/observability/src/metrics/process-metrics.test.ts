import { VirtualClock } from '@oakestra/base/testing'
import { expect, test } from 'vitest'
import { createProcessMetrics } from './process-metrics.ts'

test('what a process says of itself keeps its names, for charts and rules of other people name them', async () => {
  const families = await createProcessMetrics(new VirtualClock())()
  expect(families.map(({ name }) => name).sort()).toEqual([
    'nodejs_external_memory_bytes',
    'nodejs_heap_size_total_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_version_info',
    'process_cpu_seconds_total',
    'process_cpu_system_seconds_total',
    'process_cpu_user_seconds_total',
    'process_heap_bytes',
    'process_max_fds',
    'process_open_fds',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'process_virtual_memory_bytes',
  ])
  expect(families.every(({ samples: [sample] }) => (sample?.value ?? -1) >= 0)).toBe(true)
})
