// As the tutorials write it: one fetch handler, no library.
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url)
    if (request.method !== 'POST' || url.pathname !== '/v1/chat/completions') return new Response('Not found', { status: 404 })
    const { model, messages, stream } = await request.json()
    if (stream) {
      const events = await env.AI.run(model, { messages, stream: true })
      return new Response(events, { headers: { 'content-type': 'text/event-stream' } })
    }
    const key = JSON.stringify([model, messages]).slice(0, 500)
    const cached = await env.CACHE.get(key)
    if (cached) return new Response(cached, { headers: { 'content-type': 'application/json' } })
    const answer = JSON.stringify(await env.AI.run(model, { messages }))
    ctx.waitUntil(env.CACHE.put(key, answer, { expirationTtl: 60 }))
    return new Response(answer, { headers: { 'content-type': 'application/json' } })
  },
}
