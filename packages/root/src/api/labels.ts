import { z } from 'zod'

/** More than anybody has sorted machines by; each candidate of a placement carries them. */
const LABELS_MAX = 64
const LABELS_EXPECTED = `at most ${LABELS_MAX} labels`
const LABEL_EXPECTED = 'a label such as zone=north: letters, digits, "-", "_", "." and "/", up to 63 on each side of "="'

/** Labels of a cluster or node: all of them, for they replace those it had. */
export const labelsSchema = z
  .array(z.string({ error: LABEL_EXPECTED }).regex(/^[\w./-]{1,63}=[\w./-]{0,63}$/, { error: LABEL_EXPECTED }), { error: LABELS_EXPECTED })
  .max(LABELS_MAX, { error: LABELS_EXPECTED })
  .describe('All of them, as `key=value`; they replace those that were there.')

export const flagSchema = z.boolean({ error: 'true or false' })
