import type { Application } from '@oakestra/model'
import type { Store } from '@oakestra/store'
import { sampleInstance, sampleService } from '../../services-control/testing/sample-service.ts'
import { applications, instances, services } from '../../state/collections.ts'

const PER_APPLICATION = 10
/** Enough for one section. */
const BATCH = 1_000

export interface ManyServices {
  readonly services: number
  /** Of each service. */
  readonly instances: number
  readonly owner: string
}

/** Fills a store with services, ten in each application. */
export async function fillStore(store: Store, { services: count, instances: each, owner }: ManyServices): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    await store.write(async (writer) => {
      for (let at = from; at < Math.min(count, from + BATCH); at += 1) {
        const application = applicationAt(Math.floor(at / PER_APPLICATION), owner)
        if (at % PER_APPLICATION === 0) await writer.put(applications, application)
        const id = idOf('5', at)
        const named = { applicationId: application.id, applicationName: application.name, applicationNamespace: 't' }
        await writer.put(services, sampleService({ id, ...named, nextInstanceNumber: each, createdAtMs: at }))
        for (let number = 0; number < each; number += 1) {
          await writer.put(instances, { ...sampleInstance(number, { id: idOf('1', at * each + number), serviceId: id }) })
        }
      }
    })
  }
}

function applicationAt(number: number, owner: string): Application {
  const name = `filler${number}`
  return { id: idOf('a', number), name, namespace: 't', description: '', owner, createdAtMs: number, source: {} }
}

function idOf(kind: string, number: number): string {
  return kind + number.toString(16).padStart(23, '0')
}
