import { OakError } from '@oakestra/base'

/** An answer is one id and a sentence; who sends more is not the one we asked. */
const ANSWER_BYTES_MAX = 64 * 1024

/** Of a reason, as much as people read. */
const REASON_LENGTH_MAX = 500

export type Answer = { readonly candidateId: string } | { readonly candidateId: null; readonly reason: string }

/** @throws OakError that says in words what is wrong with the answer */
export async function readAnswer(response: Response): Promise<Answer> {
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    throw await refused(response, 'answered with a redirection, which is not followed')
  }
  if (response.status !== 200) throw await refused(response, `answered with HTTP ${response.status}`)
  return parseAnswer(await readBounded(response))
}

function bad(what: string): OakError {
  return new OakError('unavailable', what)
}

/** Lets go of the connection: nobody reads the rest. */
async function refused(response: Response, what: string): Promise<OakError> {
  await response.body?.cancel()
  return bad(what)
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    // Leaving the loop cancels the rest.
    if (length > ANSWER_BYTES_MAX) throw bad(`answered with more than ${ANSWER_BYTES_MAX} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parseAnswer(text: string): Answer {
  const answer = parseJson(text)
  if (typeof answer === 'object' && answer !== null && 'candidate_id' in answer) {
    const { candidate_id: candidateId } = answer
    if (typeof candidateId === 'string') return { candidateId }
    if (candidateId === null) return { candidateId, reason: reasonOf(answer) }
  }
  throw bad('answered without a candidate_id that is a text or null')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw bad('answered with something that is not JSON')
  }
}

/** In one line: it is shown to people. */
function reasonOf(answer: object): string {
  const reason = 'reason' in answer && typeof answer.reason === 'string' ? answer.reason : ''
  const line = reason
    .slice(0, REASON_LENGTH_MAX)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
  return line || 'it gave no reason'
}
