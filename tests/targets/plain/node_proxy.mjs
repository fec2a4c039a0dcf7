// A small proxy with nothing but node:http: `node node_proxy.mjs PORT UPSTREAM`. It is right.
import { createServer, request } from 'node:http'
import { pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'

const [port, upstream] = process.argv.slice(2)
const url = `${upstream}/client/v4/accounts/${process.env.CLOUDFLARE_ACCOUNT_ID}/ai/v1/chat/completions`
const authorization = `Bearer ${process.env.CLOUDFLARE_API_TOKEN}`
const kept = ['content-type', 'content-encoding', 'content-length']

function fail(answer, status, message, headers = {}) {
  if (answer.headersSent) return answer.destroy()
  answer.writeHead(status, { 'content-type': 'application/json', ...headers })
  answer.end(JSON.stringify({ error: { message, type: 'upstream' } }))
}

// An error is read to its end, so that its connection can be used again, and told in our own words.
async function refuse(answer, got) {
  const wait = got.headers['retry-after']
  await text(got).catch(() => '')
  const status = got.statusCode >= 400 ? got.statusCode : 502
  fail(answer, status, `the model answered with status ${got.statusCode}`, wait ? { 'retry-after': wait } : {})
}

// A client that takes nothing any more is given up.
function waitFor(answer, call) {
  const late = setTimeout(() => answer.destroy(), 1500)
  answer.once('close', () => clearTimeout(late))
  answer.once('drain', () => {
    clearTimeout(late)
    call.setTimeout(2000)
  })
}

function ask(body, answer) {
  const headers = { authorization, 'content-type': 'application/json', 'content-length': body.length }
  const call = request(url, { method: 'POST', headers }, (got) => {
    if (got.statusCode !== 200) return refuse(answer, got)
    answer.writeHead(200, Object.fromEntries(kept.filter((name) => got.headers[name]).map((name) => [name, got.headers[name]])))
    pipeline(got, answer, () => {})
  })
  // The socket is quiet too while a slow client keeps us from reading it; that is not upstream's silence.
  call.setTimeout(2000)
  call.on('timeout', () => {
    if (answer.writableNeedDrain) waitFor(answer, call)
    else call.destroy(Object.assign(new Error('too late'), { status: 504 }))
  })
  call.on('error', (error) => fail(answer, error.status ?? 502, 'the model does not answer'))
  answer.on('close', () => call.destroy())
  call.end(body)
}

createServer(async (asked, answer) => {
  if (asked.url === '/healthz') return answer.end('ok')
  if (asked.method !== 'POST' || asked.url.split('?')[0] !== '/v1/chat/completions') return fail(answer, 404, 'there is nothing here')
  const pieces = []
  try {
    for await (const piece of asked) pieces.push(piece)
  } catch {
    return answer.destroy()
  }
  ask(Buffer.concat(pieces), answer)
}).listen(Number(port), '127.0.0.1')
