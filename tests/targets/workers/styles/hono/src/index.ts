// As Hono's users write it: an app with middleware, in TypeScript.
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'

interface Bindings {
  AI: { run(model: string, inputs: object): Promise<unknown> }
  CACHE: { get(key: string): Promise<string | null>; put(key: string, value: string, options: object): Promise<void> }
}

const app = new Hono<{ Bindings: Bindings }>()

app.use('*', cors())
app.get('/', (c) => c.text('a proxy'))
app.post('/v1/chat/completions', async (c) => {
  const { model, messages, stream } = await c.req.json().catch(() => {
    throw new HTTPException(400, { message: 'the request is no JSON' })
  })
  if (stream) {
    const events = (await c.env.AI.run(model, { messages, stream: true })) as ReadableStream
    return c.body(events, 200, { 'content-type': 'text/event-stream' })
  }
  const key = JSON.stringify([model, messages]).slice(0, 500)
  const cached = await c.env.CACHE.get(key)
  if (cached) return c.json(JSON.parse(cached))
  const answer = await c.env.AI.run(model, { messages })
  c.executionCtx.waitUntil(c.env.CACHE.put(key, JSON.stringify(answer), { expirationTtl: 60 }))
  return c.json(answer as object)
})
app.onError((error, c) => {
  const status = error instanceof HTTPException ? error.status : 502
  return c.json({ error: { message: error.message } }, status)
})

export default app
