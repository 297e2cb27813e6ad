import type { MetricFamily } from '@oakestra/base'

/** Whether a child is connected to its parent, as a number. @param role of the child */
export function connectionMetric(role: 'cluster' | 'node', isConnected: boolean): MetricFamily {
  return {
    name: 'oak_session_connected',
    kind: 'gauge',
    help: 'Whether this role is connected to its parent.',
    samples: [{ labels: { role }, value: isConnected ? 1 : 0 }],
  }
}
