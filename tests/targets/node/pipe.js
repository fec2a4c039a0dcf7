// A byte pipe in Node: what the client asks goes upstream, and upstream's bytes come back as they are.
import { createServer, request } from 'node:http'
import { explain } from './words.js'

const [port, upstream] = process.argv.slice(2)
const headers = { authorization: `Bearer ${process.env.CLOUDFLARE_API_TOKEN}`, 'content-type': 'application/json' }
const kept = ['content-type', 'content-encoding', 'retry-after', 'location']
const path = `/client/v4/accounts/${process.env.CLOUDFLARE_ACCOUNT_ID}/ai/v1/chat/completions`

createServer((asked, answer) => {
  if (asked.url === '/healthz') return answer.end('ok')
  if (asked.url !== '/v1/chat/completions') return explain(answer, 404, 'there is nothing here')
  const call = request(upstream + path, { method: 'POST', headers }, (got) => {
    answer.writeHead(got.statusCode, kept.flatMap((name) => (got.headers[name] ? [name, got.headers[name]] : [])))
    got.on('error', () => answer.destroy())
    got.pipe(answer)
  })
  call.on('error', () => (answer.headersSent ? answer.destroy() : explain(answer, 502, 'upstream does not answer')))
  answer.on('close', () => call.destroy())
  asked.pipe(call)
}).listen(Number(port), '127.0.0.1')
