// A byte pipe on Fastify.
const app = require('fastify')({ logger: false })
const { passOn, port } = require('./upstream.cjs')

app.removeAllContentTypeParsers()
app.addContentTypeParser('*', (asked, body, done) => done(null)) // the body is piped, never read here
app.get('/healthz', async () => 'ok')
app.post('/v1/chat/completions', (asked, reply) => {
  reply.hijack()
  passOn(asked.raw, reply.raw)
})
app.listen({ port, host: '127.0.0.1' })
