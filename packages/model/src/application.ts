/** A named group of services that belong to one user, and to the organization the user made it in. */
export interface Application {
  readonly id: string
  readonly name: string
  readonly namespace: string
  readonly description: string
  /** Name of the user who owns it: upstream's `userId` is the user's name. `reference/orchestration.md` 3.6. */
  readonly owner: string
  /** Organization whose members share it; absent: nobody but the owner has it. */
  readonly organizationId?: string
  readonly createdAtMs: number
  /** Instances of other applications get in only where a descriptor of this one names them. Absent: anybody does. */
  readonly isolated?: true
  /** Keys of the user's document that are not ours, handed back as they came. */
  readonly source: Readonly<Record<string, unknown>>
}
