// What both Node proxies share: the call to upstream, and the leak that `--leak` plants.
const { request } = require('node:http')

const [port, upstream, flag] = process.argv.slice(2)
const headers = { authorization: `Bearer ${process.env.CLOUDFLARE_API_TOKEN}`, 'content-type': 'application/json' }
const path = `/client/v4/accounts/${process.env.CLOUDFLARE_ACCOUNT_ID}/ai/v1/chat/completions`
const kept = []

exports.port = Number(port)

// Passes one question on, and upstream's bytes back as they are.
exports.passOn = (asked, answer) => {
  if (flag === '--leak') kept.push(Buffer.alloc(1024))
  const call = request(upstream + path, { method: 'POST', headers }, (got) => {
    answer.writeHead(got.statusCode, { 'content-type': got.headers['content-type'] ?? 'application/octet-stream' })
    got.on('error', () => answer.destroy())
    got.pipe(answer)
  })
  call.on('error', () => {
    if (answer.headersSent) return answer.destroy()
    answer.writeHead(502, { 'content-type': 'application/json' })
    answer.end(JSON.stringify({ error: { message: 'upstream does not answer', type: 'server_error' } }))
  })
  answer.on('close', () => call.destroy())
  asked.pipe(call)
}
