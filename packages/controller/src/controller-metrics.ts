import type { MetricFamily } from '@oakestra/base'
import type { ControllerStatus } from './reconciler.ts'

/** What the controllers of a role did and how they fare. */
export function controllerMetrics(role: string, controllers: readonly ControllerStatus[]): readonly MetricFamily[] {
  const family = (name: string, kind: MetricFamily['kind'], help: string, of: (status: ControllerStatus) => number): MetricFamily => ({
    name,
    kind,
    help,
    samples: controllers.map((status) => ({ labels: { role, controller: status.name }, value: of(status) })),
  })
  const inPhase = ({ keys }: ControllerStatus, ...phases: string[]) => keys.filter(({ phase }) => phases.includes(phase)).length
  return [
    family('oak_controller_runs_total', 'counter', 'Runs of a controller, one for each look at one object.', ({ runs }) => runs),
    family('oak_controller_failures_total', 'counter', 'Runs of a controller that failed.', ({ failures }) => failures),
    family('oak_controller_queued_keys', 'gauge', 'Objects that wait to be looked at.', (status) => inPhase(status, 'queued', 'running')),
    family('oak_controller_failing_keys', 'gauge', 'Objects that a controller fails at, again and again or for good.', (status) =>
      inPhase(status, 'failing', 'stuck'),
    ),
  ]
}
