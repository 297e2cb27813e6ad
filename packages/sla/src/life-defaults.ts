import type { ServiceDescriptor } from './descriptor.ts'

/** What holds for the life of instances whose descriptor says nothing about it. */
export const LIFE_DEFAULTS: Readonly<Pick<ServiceDescriptor, 'restart' | 'disconnect' | 'update' | 'stopGraceMs'>> = {
  restart: { when: 'always' },
  disconnect: { action: 'replace', siteOnly: false },
  update: { strategy: 'rolling', maxUnavailable: 1, minReadyMs: 1_000, deadlineMs: 120_000, rollBack: true },
  // Long enough for a web server to finish its requests, short enough for a person who waits.
  stopGraceMs: 10_000,
}
