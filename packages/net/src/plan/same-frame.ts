import type { Attachment, NetworkInput } from '../network.ts'
import type { MachineFacts } from './plan-frame.ts'

/** What a plan is made from. */
export interface PlanSource {
  readonly input: NetworkInput
  readonly machine: MachineFacts
}

/** True when two plans differ in nothing but their services; not always when they do not. */
export function isSameFrame({ input: a, machine: ofA }: PlanSource, { input: b, machine: ofB }: PlanSource): boolean {
  return (
    isSamePlace(a, b) &&
    (a.asksForUnknown ?? false) === (b.asksForUnknown ?? false) &&
    // What gateways lead to depends on services.
    !a.gateways?.length &&
    !b.gateways?.length &&
    areSame(a.peers ?? [], b.peers ?? [], isIdentical) &&
    areSame(a.attachments, b.attachments, isSameAttachment) &&
    areSame(ofA.addresses, ofB.addresses, isIdentical)
  )
}

function isSamePlace({ place: a }: NetworkInput, { place: b }: NetworkInput): boolean {
  return a.tag === b.tag && a.subnetV4 === b.subnetV4 && a.subnetV6 === b.subnetV6 && a.tunnel?.port === b.tunnel?.port
}

function isSameAttachment(a: Attachment, b: Attachment): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.namespaceV4 === b.namespaceV4 &&
    a.namespaceV6 === b.namespaceV6 &&
    a.instanceV4 === b.instanceV4 &&
    a.instanceV6 === b.instanceV6 &&
    a.admits === b.admits &&
    areSame(a.ports, b.ports, isSamePort)
  )
}

type Port = Attachment['ports'][number]

function isSamePort(a: Port, b: Port): boolean {
  return a.protocol === b.protocol && a.hostPort === b.hostPort && a.containerPort === b.containerPort
}

function isIdentical(a: unknown, b: unknown): boolean {
  return a === b
}

function areSame<Item>(a: readonly Item[], b: readonly Item[], isSame: (one: Item, other: Item) => boolean): boolean {
  return a === b || (a.length === b.length && a.every((item, at) => isSame(item, b[at] as Item)))
}
