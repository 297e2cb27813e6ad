/** What of a service decides how large its application is. */
export interface ServiceSize {
  readonly serviceId: string
  readonly applicationId: string
  /** Its instances, or how many there shall be. */
  readonly instances: number
}

/*
 * Every node of an application that is prefetched is told all of its services and all of its nodes, so the cost is the square of its size.
 * What is larger is told to those who ask. One that shrinks is not taken at once, so that one at the limit does not go to and fro.
 */
const PREFETCHED_MAX = 160
const PREFETCHED_AGAIN = 128

/** Which applications are small enough that all of their nodes know all of their services from the start. */
export class Prefetching {
  readonly #services = new Map<string, ServiceSize>()
  readonly #ofApplication = new Map<string, Set<string>>()
  readonly #large = new Set<string>()

  /** Notes what is known of a service. Gives the services for which the answer is another now. */
  note(serviceId: string, size: ServiceSize | undefined): readonly string[] {
    const before = this.#services.get(serviceId)
    if (before) this.#drop(before)
    if (size) this.#keep(size)
    const applicationId = (size ?? before)?.applicationId
    return applicationId !== undefined && this.#weigh(applicationId) ? [...(this.#ofApplication.get(applicationId) ?? [])] : []
  }

  isPrefetched(applicationId: string): boolean {
    return !this.#large.has(applicationId)
  }

  #keep(size: ServiceSize): void {
    this.#services.set(size.serviceId, size)
    const siblings = this.#ofApplication.get(size.applicationId) ?? new Set<string>()
    this.#ofApplication.set(size.applicationId, siblings.add(size.serviceId))
  }

  #drop({ serviceId, applicationId }: ServiceSize): void {
    this.#services.delete(serviceId)
    const siblings = this.#ofApplication.get(applicationId)
    siblings?.delete(serviceId)
    if (siblings?.size === 0) this.#ofApplication.delete(applicationId)
  }

  /** True when it is another answer than before. */
  #weigh(applicationId: string): boolean {
    const siblings = this.#ofApplication.get(applicationId)
    const wasLarge = this.#large.has(applicationId)
    const instances = [...(siblings ?? [])].reduce((sum, id) => sum + (this.#services.get(id)?.instances ?? 0), 0)
    const isLarge = Math.max(instances, siblings?.size ?? 0) > (wasLarge ? PREFETCHED_AGAIN : PREFETCHED_MAX)
    if (isLarge) this.#large.add(applicationId)
    else this.#large.delete(applicationId)
    return isLarge !== wasLarge
  }
}
