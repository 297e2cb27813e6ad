import { z } from 'zod'
import { ROLES } from '../../state/role-rules.ts'

/** Shorter ones are guessed. */
const PASSWORD_LENGTH_MIN = 8
/** Longer passwords only cost time. */
const PASSWORD_LENGTH_MAX = 1024
const NAME_LENGTH_MAX = 256

const NEW_PASSWORD = `a password of ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`
const NEW_NAME = 'a name of 1 to 64 characters without blanks, "/", "?", "#" and "%"'
const EMAIL = 'an e-mail address, or nothing'
const ROLE_LIST = `a list of ${ROLES.join(', ')}`

/** A name or password that is looked up: what it may look like is not told to who guesses. */
export const nameText = z.string({ error: 'text' }).max(NAME_LENGTH_MAX, { error: `at most ${NAME_LENGTH_MAX} characters` })
export const passwordText = z.string({ error: 'text' }).max(PASSWORD_LENGTH_MAX, { error: `at most ${PASSWORD_LENGTH_MAX} characters` })

export const newPassword = z
  .string({ error: NEW_PASSWORD })
  .min(PASSWORD_LENGTH_MIN, { error: NEW_PASSWORD })
  .max(PASSWORD_LENGTH_MAX, { error: NEW_PASSWORD })

/** It is part of addresses, and stands in lists. */
export const newName = z.string({ error: NEW_NAME }).regex(/^[^\s/?#%\p{C}]{1,64}$/u, { error: NEW_NAME })

export const email = z
  .string({ error: EMAIL })
  .max(254, { error: EMAIL })
  .regex(/^$|^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/, { error: EMAIL })

export const roles = z.array(z.enum(ROLES, { error: `one of ${ROLES.join(', ')}` }), { error: ROLE_LIST }).max(16, { error: ROLE_LIST })
