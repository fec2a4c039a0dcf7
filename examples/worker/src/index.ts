// A chat proxy as a Worker: OpenAI's dialect in front, Workers AI behind. This file says what is where.
import { chat } from './chat'
import type { Env } from './env'
import { Failure, failed, told } from './failure'
import { conversationOf } from './talk'

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
      if (conversation) return await connected(conversation[1], request, env)
      throw new Failure(404, 'there is nothing here')
    } catch (error) {
      return told(failed(error))
    }
  },
} satisfies ExportedHandler<Env>

async function connected(name: string, request: Request, env: Env): Promise<Response> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Failure(426, 'a conversation is a WebSocket', { upgrade: 'websocket' })
  }
  const conversation = await conversationOf(name, request.headers.get('authorization') ?? '', env)
  return conversation.fetch(request)
}
