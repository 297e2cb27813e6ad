import type { DisconnectPolicy, HealthCheck, Note, ServiceDescriptor, UpdatePolicy } from './descriptor.ts'
import { LIFE_DEFAULTS } from './life-defaults.ts'
import type { HealthCheckDocument, LifeDocument } from './life-schema.ts'
import { type Path, pathText } from './violations.ts'

type Life = Pick<ServiceDescriptor, 'replicas' | 'health' | 'restart' | 'disconnect' | 'update' | 'stopGraceMs'>

/** How the instances of a service live: seconds become milliseconds, what is absent gets its default. */
export function readLife(document: LifeDocument): Life {
  const { replicas, restart, stop_grace: stopGrace, health_check: check, disconnect, update } = document
  return {
    ...(replicas === null || replicas === undefined ? {} : { replicas }),
    ...(check ? { health: readHealthCheck(check) } : {}),
    restart: restart ? { when: restart } : LIFE_DEFAULTS.restart,
    disconnect: readDisconnect(disconnect),
    update: readUpdate(update),
    stopGraceMs: msOr(stopGrace, LIFE_DEFAULTS.stopGraceMs),
  }
}

/** Says which of the given fields can have no effect. */
export function noteIdle(document: LifeDocument & { one_shot?: boolean | null | undefined }, path: Path, notes: Note[]): void {
  const note = (step: Path, text: string) => notes.push({ path: pathText([...path, ...step]), text })
  const { disconnect, update, restart } = document
  if (document.one_shot && restart && restart !== 'never') note(['restart'], 'has no effect: a one-shot is never started again')
  if (disconnect?.policy === 'keep' && typeof disconnect.after === 'number') note(['disconnect', 'after'], 'has no effect with keep')
  if (update?.strategy === 'recreate' && typeof update.max_unavailable === 'number') {
    note(['update', 'max_unavailable'], 'has no effect with recreate')
  }
}

function readHealthCheck(document: HealthCheckDocument): HealthCheck {
  return {
    probe: readProbe(document),
    startDelayMs: msOr(document.start_delay, 0),
    periodMs: msOr(document.period, 10_000),
    timeoutMs: msOr(document.timeout, 2_000),
    threshold: document.threshold ?? 3,
  }
}

function readProbe({ http, tcp, command }: HealthCheckDocument): HealthCheck['probe'] {
  if (http) return { kind: 'http', port: http.port, path: http.path || '/' }
  if (tcp) return { kind: 'tcp', port: tcp.port }
  return { kind: 'command', command: command ?? [] }
}

function readDisconnect(document: LifeDocument['disconnect']): DisconnectPolicy {
  const after = document?.after
  return {
    action: document?.policy ?? LIFE_DEFAULTS.disconnect.action,
    ...(typeof after === 'number' ? { afterMs: ms(after) } : {}),
    siteOnly: document?.site_only ?? LIFE_DEFAULTS.disconnect.siteOnly,
  }
}

function readUpdate(document: LifeDocument['update']): UpdatePolicy {
  const defaults = LIFE_DEFAULTS.update
  return {
    strategy: document?.strategy ?? defaults.strategy,
    maxUnavailable: document?.max_unavailable ?? defaults.maxUnavailable,
    minReadyMs: msOr(document?.min_ready, defaults.minReadyMs),
    deadlineMs: msOr(document?.deadline, defaults.deadlineMs),
    rollBack: document?.roll_back ?? defaults.rollBack,
  }
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000)
}

function msOr(seconds: number | null | undefined, fallback: number): number {
  return typeof seconds === 'number' ? ms(seconds) : fallback
}
