// What the model is asked, and what it answers. Nothing of it is waited for longer than SILENCE_MS.
import { wrong } from './defect.mjs'
import { objectOf } from './json.mjs'

const SILENCE_MS = 2000

export class Failure extends Error {
  constructor(status, message, headers = {}) {
    super(message)
    Object.assign(this, { status, headers })
  }
}

export async function open({ model, inputs }, env, left) {
  const call = new AbortController()
  if (!wrong(env, 'reads-on-alone')) left.addEventListener('abort', () => call.abort())
  if (wrong(env, 'turns-the-heat-up')) inputs = { ...inputs, temperature: 2 }
  // Without the raw response the binding throws what upstream says, in words of its own.
  if (wrong(env, 'says-what-was-thrown')) await env.AI.run(model, { ...inputs, stream: false })
  const running = env.AI.run(model, inputs, { returnRawResponse: true, signal: call.signal })
  const answer = wrong(env, 'waits-for-ever') ? await running : await soon(running, call)
  if (!answer.ok) {
    const wait = answer.headers.get('retry-after')
    const status = wrong(env, 'everything-is-500') ? 500 : answer.status
    throw new Failure(status >= 400 ? status : 502, `the model answered with status ${answer.status}`, wait ? { 'retry-after': wait } : {})
  }
  return { answer, call, endless: wrong(env, 'waits-for-ever') }
}

async function soon(promise, call) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failure(504, 'the model does not answer in time')), SILENCE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } catch (error) {
    promise.catch(() => {})
    call.abort()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

export async function* pieces({ answer, call, endless }) {
  const reader = answer.body.getReader()
  for (;;) {
    const { done, value } = endless ? await reader.read() : await soon(reader.read(), call)
    if (done) return
    yield value
  }
}

// The stream's events, each as it goes to the client; throws when the answer is not one whole good one.
export async function* understood(live, env) {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const ended = new Map()
  let rest = ''
  for await (const piece of pieces(live)) {
    rest = (wrong(env, 'loses-halves') ? '' : rest) + decoder.decode(piece, { stream: true })
    const events = rest.replaceAll('\r\n', '\n').split('\n\n')
    rest = events.pop()
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart()).join('\n')
      if (!data) continue
      if (data.trim() === '[DONE]') {
        yield 'data: [DONE]\n\n'
        if (wrong(env, 'ends-twice')) yield 'data: [DONE]\n\n'
        return
      }
      const chunk = objectOf(data)
      const failed = !chunk || chunk.error || chunk.errors || /^event: ?error$/m.test(event)
      if (failed && wrong(env, 'overlooks-errors')) continue
      if (wrong(env, 'loses-halves') && !chunk) continue
      if (failed) throw new Failure(502, 'the model failed while it answered')
      if (!chunk.choices && 'response' in chunk) continue
      for (const choice of chunk.choices ?? []) {
        if (wrong(env, 'says-stop') && choice.finish_reason) choice.finish_reason = 'stop'
        ended.set(choice.index, ended.get(choice.index) || Boolean(choice.finish_reason))
      }
      yield `data: ${wrong(env, 'says-stop') ? JSON.stringify(chunk) : data.replaceAll('\n', '')}\n\n`
    }
  }
  const whole = ended.size && [...ended.values()].every(Boolean)
  if (!whole && !wrong(env, 'overlooks-errors')) throw new Failure(502, 'the answer of the model broke off')
  yield 'data: [DONE]\n\n'
}
