import { OakError } from '@oakestra/base'
import { z } from 'zod'
import { schemaBody } from '../bodies.ts'
import type { ApiContext } from '../deps.ts'
import { SIGNED_IN } from '../permission.ts'
import { type Call, defineRoute } from '../route.ts'

const FILE = 'a form with a file, in the field `file`'
const EXTENSIONS = /\.(txt|json|ya?ml)$/i

const body = z
  .looseObject({ file: z.object({ name: z.string().max(255), text: z.string() }, { error: FILE }) }, { error: FILE })
  .meta({ id: 'UploadForm' })
type Form = z.infer<typeof body>

const uploadSchema = z.object({ path: z.string(), name: z.string() }).meta({ id: 'Upload' })

const shared = {
  method: 'POST',
  tag: 'frontend',
  permission: SIGNED_IN,
  body: schemaBody(body),
  answer: uploadSchema,
} as const

const DESCRIPTION = 'As multipart/form-data: a .txt, .json or .yml. It is kept in memory, the last few of everybody, and shown at `path`.'

/** `reference/orchestration.md` 2.4. Upstream wrote what anybody sent to its disk, and read it never. */
export const uploadFile = defineRoute({
  ...shared,
  path: '/frontend/uploader',
  summary: 'Hand in a descriptor as a file',
  description: DESCRIPTION,
  handle: upload,
})

/** Where the dashboard of upstream looks for it. */
export const uploadFileOfDashboard = defineRoute({
  ...shared,
  path: '/api/uploader',
  summary: 'Hand in a descriptor as a file, at the address that the dashboard of upstream calls',
  description: DESCRIPTION,
  handle: upload,
})

async function upload(deps: ApiContext, { body: { file }, actor }: Call<string, undefined, Form>) {
  if (!EXTENSIONS.test(file.name)) throw new OakError('bad-request', 'Not a valid file: its name must end in .txt, .json or .yml')
  const { id, name } = deps.uploads.add(actor.userId, file)
  return { path: `/frontend/uploader/${id}`, name }
}

export const listUploads = defineRoute({
  method: 'GET',
  path: '/frontend/uploader',
  tag: 'frontend',
  summary: "List one's own uploads that are still kept",
  permission: SIGNED_IN,
  answer: z.array(uploadSchema),
  handle: async (deps, call) => deps.uploads.of(call.actor.userId).map(({ id, name }) => ({ path: `/frontend/uploader/${id}`, name })),
})

export const getUpload = defineRoute({
  method: 'GET',
  path: '/frontend/uploader/:uploadId',
  tag: 'frontend',
  summary: "Show one's own upload",
  permission: SIGNED_IN,
  answer: uploadSchema.extend({ text: z.string() }).meta({ id: 'UploadedFile' }),
  async handle(deps, call) {
    const found = deps.uploads.get(call.actor.userId, call.params.uploadId)
    if (!found) throw new OakError('not-found', 'there is no such upload any more')
    return { path: `/frontend/uploader/${found.id}`, name: found.name, text: found.text }
  },
})
