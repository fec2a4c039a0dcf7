// Makes the call of a binding that the path names, and answers with what it observed: a value, or what was thrown.
import { DurableObject } from 'cloudflare:workers'
export class Counter extends DurableObject {
  async next() {
    const count = ((await this.ctx.storage.get('count')) ?? 0) + 1
    await this.ctx.storage.put('count', count)
    return count
  }
}
const messages = [{ role: 'user', content: 'ep-0123456789ab tokens=3' }]
const fresh = { 'cache-control': 'max-age=60' }
const model = '@cf/meta/llama-3.1-8b-instruct'
const upload = {} // what one request begins and the next one goes on with
const resumed = (env) => env.BUCKET.resumeMultipartUpload('parts', upload.id)
const calls = {
  get: (env) => env.CACHE.get('key'),
  json: (env) => env.CACHE.get('key', 'json'),
  metadata: (env) => env.CACHE.getWithMetadata('key'),
  put: (env) => env.CACHE.put('key', '{"a":1}', { metadata: { m: 1 }, expirationTtl: 60 }),
  list: (env) => env.CACHE.list({ prefix: 'k' }),
  delete: (env) => env.CACHE.delete('key'),
  many: async (env) => [...(await env.CACHE.get(['key', 'other']))],
  run: (env) => env.AI.run(model, { messages }),
  stream: async (env) => new Response(await env.AI.run(model, { messages, stream: true })).text(),
  nobody: (env) => env.AI.run('@cf/no-such', { messages }),
  models: async (env) => (await env.AI.models({ search: 'llama' })).length > 0,
  match: async () => (await caches.default.match('https://example.com/a'))?.text(),
  keep: () => caches.default.put('https://example.com/a', new Response('kept', { headers: fresh })),
  drop: () => caches.default.delete('https://example.com/a'),
  elsewhere: async () => (await fetch('https://api.example.com/x')).status,
  openai: async () => (await fetch('https://api.openai.com/v1/models')).status,
  store: async (env) => (await env.BUCKET.put('a/b', 'hello', { customMetadata: { x: 'y' } })).size,
  object: async (env) => {
    const found = await env.BUCKET.get('a/b')
    return found && [await found.text(), found.etag.length, found.customMetadata]
  },
  part: async (env) => (await env.BUCKET.get('a/b', { range: { offset: 1, length: 3 } })).text(),
  look: async (env) => (await env.BUCKET.head('a/b'))?.key,
  unchanged: async (env) => 'body' in (await env.BUCKET.get('a/b', { onlyIf: { etagMatches: 'other' } })),
  objects: async (env) => (await env.BUCKET.list({ prefix: 'a/' })).objects.map((each) => each.key),
  remove: (env) => env.BUCKET.delete('a/b'),
  once: async (env) => (await env.BUCKET.put('a/once', 'x', { onlyIf: { etagDoesNotMatch: '*' } })) !== null,
  digest: async (env) => (await env.BUCKET.put('a/b', 'hello', { md5: '5d41402abc4b2a76b9719d911017c592' })).size,
  misdigest: (env) => env.BUCKET.put('a/b', 'other', { md5: '5d41402abc4b2a76b9719d911017c592' }),
  begin: async (env) => {
    const begun = await env.BUCKET.createMultipartUpload('parts', { customMetadata: { x: 'y' } })
    upload.id = begun.uploadId
    return begun.key
  },
  fill: async (env) => {
    upload.part = await resumed(env).uploadPart(1, 'hello')
    return upload.part.partNumber
  },
  finish: async (env) => {
    const made = await resumed(env).complete([upload.part])
    return [made.size, made.etag.slice(-2), made.customMetadata]
  },
  give: (env) => resumed(env).abort(),
  whole: async (env) => (await env.BUCKET.get('parts'))?.text(),
  large: async (env) => {
    const begun = await env.BUCKET.createMultipartUpload('large')
    const parts = [await begun.uploadPart(1, new Uint8Array(5 << 20)), await begun.uploadPart(2, 'end')]
    await begun.complete(parts)
    return (await env.BUCKET.get('large', { range: { suffix: 4 } })).text()
  },
  lost: (env) => env.BUCKET.resumeMultipartUpload('parts', 'none').uploadPart(1, 'x'),
  send: async (env) => (await env.QUEUE.send({ a: 1 })) ?? null,
  batch: async (env) => (await env.QUEUE.sendBatch([{ body: 1 }, { body: 'two' }])) ?? null,
  point: (env) => env.POINTS.writeDataPoint({ indexes: ['i'], doubles: [1.5], blobs: ['b', null] }),
  count: (env) => env.COUNTER.get(env.COUNTER.idFromName('one')).next(),
  edge: (env, request) => [request.headers.get('cf-connecting-ip'), env.KEY],
}
export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1)
    try {
      return Response.json({ value: (await calls[name](env, request)) ?? null })
    } catch (error) {
      return Response.json({ thrown: `${error.name}: ${error.message}` })
    }
  },
}
