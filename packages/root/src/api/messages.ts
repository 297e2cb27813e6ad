import { z } from 'zod'

/** Clients parse every answer: even one that says nothing is an object. `reference/experience.md` 1.2. */
export const messageSchema = z.object({ message: z.string() }).meta({ id: 'Message' })
