// A chat proxy as a Worker: OpenAI's dialect in front, Workers AI behind. This file says what is where.
import { chat } from './chat'
import type { Env } from './env'
import { Failure, failed, told } from './failure'
import { conversationOf, soon } from './talk'

export { Conversation } from './conversation'

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const path = new URL(request.url).pathname
    try {
      if (path === '/healthz') return new Response('ok')
      if (path === '/v1/chat/completions') {
        if (request.method !== 'POST') throw new Failure(405, 'ask with POST', { allow: 'POST' })
        return await chat(request, env, ctx)
      }
      const conversation = /^\/v1\/conversations\/([^/]+)$/.exec(path)
      if (conversation) return await attended(conversation[1], request, env)
      throw new Failure(404, 'there is nothing here')
    } catch (error) {
      return told(failed(error))
    }
  },
} satisfies ExportedHandler<Env>

// What was said, that it be forgotten, or a WebSocket to go on over.
async function attended(name: string, request: Request, env: Env): Promise<Response> {
  const conversation = await conversationOf(name, request.headers.get('authorization') ?? '', env)
  if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') return conversation.fetch(request)
  if (request.method === 'GET') {
    const messages = await soon(conversation.history())
    return Response.json({ messages: messages.map((message) => JSON.parse(message)) })
  }
  if (request.method !== 'DELETE') throw new Failure(405, 'read it with GET, clear it with DELETE', { allow: 'GET, DELETE' })
  await soon(conversation.clear())
  return new Response(null, { status: 204 })
}
