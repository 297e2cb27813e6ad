import { compileSchema, type ObjectCheck } from './compile-schema.ts'
import type { CustomType } from './custom-resource.ts'

/** Compiled schemas in memory, one for each type at most. */
export class ObjectChecks {
  readonly #known = new Map<string, { readonly id: string; readonly check: Promise<ObjectCheck> }>()

  /** @throws OakError `bad-request` for a schema that this version no longer takes */
  of({ id, name, schema }: CustomType): Promise<ObjectCheck> {
    const known = this.#known.get(name)
    if (known?.id === id) return known.check
    const check = compileSchema(schema)
    this.#known.set(name, { id, check })
    return check
  }

  forget(name: string): void {
    this.#known.delete(name)
  }
}
