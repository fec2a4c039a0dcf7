// As itty-router's users write it: a router that is the Worker.
import { AutoRouter, error } from 'itty-router'

const router = AutoRouter()

router.get('/', () => 'a proxy')
router.post('/v1/chat/completions', async (request, env, ctx) => {
  const { model, messages, stream } = await request.json().catch(() => ({}))
  if (!messages) return error(400, 'messages are needed')
  if (stream) {
    const events = await env.AI.run(model, { messages, stream: true })
    return new Response(events, { headers: { 'content-type': 'text/event-stream' } })
  }
  const key = JSON.stringify([model, messages]).slice(0, 500)
  const cached = await env.CACHE.get(key, 'json')
  if (cached) return cached
  const answer = await env.AI.run(model, { messages })
  ctx.waitUntil(env.CACHE.put(key, JSON.stringify(answer), { expirationTtl: 60 }))
  return answer
})

export default router
