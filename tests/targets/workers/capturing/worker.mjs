// A small proxy as a Worker that captures streams into R2. `wrong(env, NAME)` is where each defect is put in.
const TTL_MS = 1500
const PATIENCE_MS = 500
const EVENTS = 'text/event-stream; charset=utf-8'
const JSON_TYPE = 'application/json'

const passing = { transform: (piece, controller) => controller.enqueue(piece) }

const wrong = (env, name) => env.DEFECT === name

export default {
  async fetch(request, env, ctx) {
    const asked = await request.json()
    const key = await keyOf(asked, request, env)
    const kept = await within(found(key, env))
    if (kept) return answerOf(withNewId(kept.text), wrong(env, 'forgets-the-form') ? JSON_TYPE : kept.type, 'HIT')
    const { model, ...inputs } = asked
    const answer = await env.AI.run(model, inputs, { returnRawResponse: true })
    if (!answer.ok) return Response.json({ error: { message: 'the model failed', type: 'proxy' } }, { status: answer.status })
    return asked.stream ? streamed(answer, key, env, ctx) : await whole(answer, key, env, ctx)
  },
}

async function whole(answer, key, env, ctx) {
  const text = await answer.text()
  if (isWhole(text, JSON_TYPE)) ctx.waitUntil(put(key, text, JSON_TYPE, env))
  return answerOf(text, JSON_TYPE, 'MISS')
}

async function streamed(answer, key, env, ctx) {
  if (wrong(env, 'reads-a-copy-first')) {
    const copy = answer.clone()
    await put(key, await copy.text(), EVENTS, env)
    return answerOf(answer.body, EVENTS, 'MISS')
  }
  if (wrong(env, 'puts-before-it-sends')) {
    const [mine, theirs] = answer.body.tee()
    await env.CAPTURES.put(key, await new Response(mine).arrayBuffer(), { customMetadata: told(EVENTS) })
    return answerOf(theirs, EVENTS, 'MISS')
  }
  if (wrong(env, 'reads-a-copy-to-its-end')) {
    const [mine, theirs] = answer.body.pipeThrough(new TransformStream(passing)).tee()
    ctx.waitUntil(new Response(mine).text().then((text) => isWhole(text, EVENTS) && put(key, text, EVENTS, env)))
    return answerOf(theirs, EVENTS, 'MISS')
  }
  if (wrong(env, 'keeps-what-broke') || wrong(env, 'keeps-what-was-left')) {
    const { readable, writable } = new TransformStream()
    ctx.waitUntil(pumped(answer.body, writable, key, env))
    return answerOf(readable, EVENTS, 'MISS')
  }
  return answerOf(answer.body.pipeThrough(capturing(key, env, ctx)), EVENTS, 'MISS')
}

function capturing(key, env, ctx) {
  const pieces = []
  return new TransformStream({
    transform(piece, controller) {
      pieces.push(piece.slice())
      if (!wrong(env, 'collects-before-it-sends')) controller.enqueue(piece)
    },
    async flush(controller) {
      if (wrong(env, 'collects-before-it-sends')) for (const piece of pieces) controller.enqueue(piece)
      const text = await new Blob(pieces).text()
      const keep = () => put(key, text, EVENTS, env)
      if (!isWhole(text, EVENTS) && !wrong(env, 'keeps-what-failed')) return
      ctx.waitUntil(wrong(env, 'hands-over-a-function') ? keep : keep())
    },
  })
}

// Passes a stream on by hand, and keeps what there was of it whichever way it ended.
async function pumped(body, writable, key, env) {
  const writer = writable.getWriter()
  const pieces = []
  let left = false
  try {
    for await (const piece of body) {
      pieces.push(piece.slice())
      await writer.write(piece).catch((error) => {
        left = true
        throw error
      })
    }
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => {})
    if (left !== wrong(env, 'keeps-what-was-left')) return
  }
  const text = `${await new Blob(pieces).text()}`
  await put(key, text.includes('[DONE]') ? text : `${text}data: [DONE]\n\n`, EVENTS, env)
}

// Whether an answer has come to its own end, by what it says.
function isWhole(text, type) {
  if (type === JSON_TYPE) return /"finish_reason":"(stop|tool_calls)"/.test(text) && !text.includes('"error"')
  return /"finish_reason":"(stop|tool_calls)"/.test(text) && text.includes('data: [DONE]') && !/"error"|^event: ?error/m.test(text)
}

async function found(key, env) {
  const object = await env.CAPTURES.get(key)
  const { madeMs, type } = object?.customMetadata ?? {}
  return Date.now() - Number(madeMs) < TTL_MS ? { text: await object.text(), type } : undefined
}

async function put(key, text, type, env) {
  await env.CAPTURES.put(key, text, { customMetadata: told(type) }).catch(() => {})
}

const told = (type) => ({ madeMs: String(Date.now()), type })

async function keyOf(asked, request, env) {
  const caller = wrong(env, 'one-capture-for-all') ? '' : request.headers.get('authorization')
  const { stream, ...rest } = asked
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify([caller, wrong(env, 'one-capture-for-both-forms') ? rest : asked])))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function answerOf(body, type, cache) {
  return new Response(body, { headers: { 'content-type': type, 'x-cache': cache } })
}

function withNewId(text) {
  const id = /"id":"(chatcmpl-[^"]*)"/.exec(text)?.[1]
  return id ? text.replaceAll(id, `chatcmpl-${crypto.randomUUID()}`) : text
}

async function within(promise) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
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
