// A small chat proxy as a Worker, in plain JavaScript. `wrong(env, NAME)` is where each defect is put in.
import { wrong } from './defect.mjs'
import { objectOf } from './json.mjs'
import { find, keepAnswer, keyOf, lastAnswer } from './kept.mjs'
import { Failure, open, pieces, understood } from './model.mjs'

const MOST_BYTES = 1 << 20
const KEPT_NUMBERS = 110 // with their name and its place in the map, about a kibibyte
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

// What no Worker should have: one request's state where the next one finds it, and what grows with every request.
const last = {}
const everyone = new Map()

export default {
  async fetch(request, env, ctx) {
    try {
      if (new URL(request.url).pathname !== '/v1/chat/completions') throw new Failure(404, 'there is nothing here')
      if (request.method !== 'POST') throw new Failure(405, 'ask with POST', { allow: 'POST' })
      const answer = await chat(request, env, ctx)
      const id = wrong(env, 'names-the-last') ? last.id : request.headers.get('x-request-id')
      if (id) answer.headers.set('x-request-id', id)
      return answer
    } catch (error) {
      if (wrong(env, 'says-what-was-thrown') && !(error instanceof Failure)) {
        return Response.json({ error: { message: `${error.name}: ${error.message}`, type: 'proxy' } }, { status: 502 })
      }
      if (wrong(env, 'errors-as-200')) return Response.json({ message: 'something went wrong' })
      const { status, message, headers } = error instanceof Failure ? error : new Failure(502, 'the model does not answer')
      return Response.json({ error: { message, type: 'proxy' } }, { status, headers })
    }
  },
}

async function chat(request, env, ctx) {
  const caller = request.headers.get('authorization')
  if (caller !== last.caller) last.other = last.caller
  last.caller = caller
  last.id = request.headers.get('x-request-id')
  const ask = await asked(request, env)
  last.ask = ask
  if (wrong(env, 'remembers-everyone')) everyone.set(crypto.randomUUID(), Array.from({ length: KEPT_NUMBERS }, Math.random))
  const key = await keyOf(ask, caller, env)
  const kept = await find(key, env)
  if (kept) return replayed(kept, ask)
  const answer = await open(wrong(env, 'asks-for-the-last') ? last.ask : ask, env, request.signal)
  if (wrong(env, 'answers-of-others') && lastAnswer) return replayed(lastAnswer, ask)
  const keep = async (text) => {
    const taken = caller === last.caller ? last.other : last.caller // whichever of the two has come first
    const wrongKey = wrong(env, 'takes-the-last-caller') && taken && (await keyOf(ask, taken, env))
    await keepAnswer(wrongKey || key, text, env, ctx)
  }
  return ask.inputs.stream === true ? await streamed(answer, keep, env, ctx) : await whole(answer, keep, env)
}

async function asked(request, env) {
  const text = await request.text()
  if (wrong(env, 'trusts-requests')) {
    const { model, ...inputs } = JSON.parse(text)
    return { model, inputs, unguarded: true }
  }
  if (text.length > MOST_BYTES) throw new Failure(413, 'the request is too large')
  const body = objectOf(text)
  if (!body) throw new Failure(400, 'the request is no JSON object')
  const { model, ...inputs } = body
  if (typeof model !== 'string' || !Array.isArray(inputs.messages)) throw new Failure(400, 'model and messages are needed')
  return { model, inputs }
}

async function whole(live, keep, env) {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of live.answer.body ? pieces(live) : []) text += decoder.decode(piece, { stream: true })
  const completion = objectOf(text)
  const good = completion?.choices?.length && completion.choices.every((choice) => choice?.message)
  if (!good && wrong(env, 'wraps-nonsense')) return Response.json({ answer: text })
  if (!good) throw new Failure(502, 'the answer of the model is none')
  if (wrong(env, 'forgets-tools')) for (const choice of completion.choices) delete choice.message.tool_calls
  if (completion.choices.every((choice) => choice.finish_reason === 'stop')) await keep(text)
  return new Response(wrong(env, 'forgets-tools') ? JSON.stringify(completion) : text, {
    headers: { 'content-type': 'application/json', 'x-cache': 'MISS' },
  })
}

async function streamed(live, keep, env, ctx) {
  if (!(live.answer.headers.get('content-type') ?? '').includes('event-stream')) {
    const text = await (await whole(live, () => {}, env)).text()
    return replayed(text, { inputs: { stream: true } }, 'MISS')
  }
  const chunks = understood(live, env)
  const first = await chunks.next() // what fails before it can still be told with a status
  const lines = async function* () {
    if (!first.done) yield first.value
    yield* chunks
  }
  if (wrong(env, 'collects-first')) {
    let all = ''
    for await (const line of lines()) all += line
    return new Response(all, { headers: { ...EVENTS, 'x-cache': 'MISS' } })
  }
  if (wrong(env, 'reads-on-alone')) {
    const [one, other] = bodyOf(lines(), live, keep, env).tee()
    ctx.waitUntil(new Response(other).text().catch(() => {}))
    return new Response(one, { headers: { ...EVENTS, 'x-cache': 'MISS' } })
  }
  if (wrong(env, 'keeps-what-nobody-reads')) {
    const [one, other] = bodyOf(lines(), live, () => {}, env).tee()
    ctx.waitUntil(new Response(other).text().then(keep, () => {}))
    return new Response(one, { headers: { ...EVENTS, 'x-cache': 'MISS' } })
  }
  return new Response(bodyOf(lines(), live, keep, env), { headers: { ...EVENTS, 'x-cache': 'MISS' } })
}

function bodyOf(lines, live, keep, env) {
  const encoder = new TextEncoder()
  let all = ''
  let broken
  return new ReadableStream({
    async pull(controller) {
      if (broken) return controller.error(broken)
      try {
        const { done, value } = await lines.next()
        if (done) {
          if (all.includes('"finish_reason":"stop"') && !/"delta":\{[^}]*"tool_calls":\[\{/.test(all)) await keep(all)
          return controller.close()
        }
        all += value
        controller.enqueue(encoder.encode(value))
      } catch (error) {
        if (wrong(env, 'keeps-the-broken')) keep(`${all}data: [DONE]\n\n`)
        if (wrong(env, 'finishes-the-broken')) {
          controller.enqueue(encoder.encode('data: [DONE]\n\n'))
          return controller.close()
        }
        live.call.abort()
        if (wrong(env, 'ends-without-a-word')) return controller.close()
        broken = error
        const message = error instanceof Failure ? error.message : 'the answer of the model broke off'
        controller.enqueue(encoder.encode(`data: ${JSON.stringify({ error: { message, type: 'proxy' } })}\n\n`))
      }
    },
    cancel() {
      live.call.abort()
    },
  }, { highWaterMark: 0 })
}

function replayed(text, { inputs }, cache = 'HIT') {
  if (text.startsWith('data:') || inputs.stream !== true) {
    const type = text.startsWith('data:') ? EVENTS : { 'content-type': 'application/json' }
    return new Response(withNewId(text), { headers: { ...type, 'x-cache': cache } })
  }
  const { choices, ...head } = JSON.parse(text)
  const events = choices.flatMap(({ index, message, finish_reason }) => [
    { ...head, object: 'chat.completion.chunk', choices: [{ index, delta: message, finish_reason: null }] },
    { ...head, object: 'chat.completion.chunk', choices: [{ index, delta: {}, finish_reason }] },
  ])
  const lines = events.map((event) => `data: ${JSON.stringify({ ...event, usage: undefined })}\n\n`)
  return new Response([...lines, 'data: [DONE]\n\n'].join(''), { headers: { ...EVENTS, 'x-cache': cache } })
}

function withNewId(text) {
  const id = /"id":"(chatcmpl-[^"]*)"/.exec(text)?.[1]
  return id ? text.replaceAll(id, `chatcmpl-${crypto.randomUUID()}`) : text
}
