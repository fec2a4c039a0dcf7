// A byte pipe as a Worker.
const kept = []

export default {
  async fetch(asked, env) {
    const { pathname } = new URL(asked.url)
    if (pathname === '/healthz') return new Response('ok')
    if (pathname !== '/v1/chat/completions') return new Response('there is nothing here', { status: 404 })
    if (env.LEAK) kept.push(new Uint8Array(1024))
    const path = `/client/v4/accounts/${env.CLOUDFLARE_ACCOUNT_ID}/ai/v1/chat/completions`
    const headers = { authorization: `Bearer ${env.CLOUDFLARE_API_TOKEN}`, 'content-type': 'application/json' }
    const got = await fetch(env.UPSTREAM + path, { method: 'POST', headers, body: asked.body })
    return new Response(got.body, { status: got.status, headers: { 'content-type': got.headers.get('content-type') } })
  },
}
