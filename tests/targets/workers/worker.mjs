// A small chat proxy as a Worker, in plain JavaScript. `wrong(env, NAME)` is where each defect is put in.
const SILENCE_MS = 2000
const KV_PATIENCE_MS = 300
const TTL_MS = 1500
const MOST_BYTES = 1 << 20
const KEPT_NUMBERS = 110 // with their name and its place in the map, about a kibibyte
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

const everyone = new Map() // nor this: what grows with every request
let lastAnswer // what no Worker should have: one request's state where the next one finds it
const last = {}

// Wrong ones that write before they answer, and fail where that does.
const WRITES_FIRST = ['needs-its-writes', 'keeps-for-a-second', 'keeps-what-was-posted', 'keeps-a-range', 'keeps-what-varies']

const wrong = (env, name) => env.DEFECT === name

class Failure extends Error {
  constructor(status, message, headers = {}) {
    super(message)
    Object.assign(this, { status, headers })
  }
}

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
  last.caller = request.headers.get('authorization')
  last.id = request.headers.get('x-request-id')
  const ask = await asked(request, env)
  last.ask = ask
  if (wrong(env, 'remembers-everyone')) everyone.set(crypto.randomUUID(), Array.from({ length: KEPT_NUMBERS }, Math.random))
  const key = await keyOf(ask, request.headers.get('authorization'), env)
  const kept = await find(key, env)
  if (kept) return replayed(kept, ask)
  const answer = await open(wrong(env, 'asks-for-the-last') ? last.ask : ask, env, request.signal)
  if (wrong(env, 'answers-of-others') && lastAnswer) return replayed(lastAnswer, ask)
  const keep = async (text) => {
    const wrongKey = wrong(env, 'takes-the-last-caller') && (await keyOf(ask, last.caller, env))
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

async function open({ model, inputs }, env, left) {
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

async function* pieces({ answer, call, endless }) {
  const reader = answer.body.getReader()
  for (;;) {
    const { done, value } = endless ? await reader.read() : await soon(reader.read(), call)
    if (done) return
    yield value
  }
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

// The stream's events, each as it goes to the client; throws when the answer is not one whole good one.
async function* understood(live, env) {
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

// What is kept is the text of an answer: a stream's events, or a whole answer's JSON.
async function keyOf({ inputs, model }, asker, env) {
  const caller = wrong(env, 'one-cache-for-all') ? '' : asker
  const { temperature, ...rest } = inputs
  const text = JSON.stringify([caller, model, wrong(env, 'forgets-parameters') ? rest : inputs])
  return wrong(env, 'names-by-what-was-asked') ? text : sha256(text)
}

async function find(key, env) {
  if (wrong(env, 'needs-its-store') || wrong(env, 'names-by-what-was-asked')) return unsealed(key, await env.CACHE.get(key), env)
  if (wrong(env, 'waits-for-its-store')) return unsealed(key, await env.CACHE.get(key).catch(() => null), env)
  return unsealed(key, await within(env.CACHE.get(key)), env)
}

async function unsealed(key, stored, env) {
  if (!stored) return undefined
  if (wrong(env, 'trusts-its-store')) return JSON.parse(stored).text
  const { text, madeMs, seal } = objectOf(stored) ?? {}
  const genuine = seal === (await sha256(key + text + madeMs))
  const young = wrong(env, 'never-expires') || Date.now() - madeMs < TTL_MS
  return genuine && young ? text : undefined
}

// What it returns is waited for before the answer ends, which only a wrong one wants.
function keepAnswer(key, text, env, ctx) {
  lastAnswer = text
  const madeMs = Date.now()
  const write = async () => {
    const value = JSON.stringify({ text, madeMs, seal: await sha256(key + text + madeMs) })
    const expirationTtl = wrong(env, 'keeps-for-a-second') ? 1 : 60
    await env.CACHE.put(key, value, { expirationTtl })
    if (wrong(env, 'counts-under-one-key')) await env.CACHE.put('answers', String(madeMs))
  }
  if (WRITES_FIRST.includes(env.DEFECT)) return write()
  if (wrong(env, 'waits-for-its-writes')) return write().catch(() => {})
  if (wrong(env, 'leaves-its-writes')) return void within(scheduler.wait(50).then(write))
  ctx.waitUntil(within(write()))
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

async function within(promise) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(undefined), KV_PATIENCE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    promise.catch(() => {})
  }
}

function objectOf(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
